import MiddleboxIR
import Testing

@testable import Replay

@Suite struct IngressRulesTests {
    private static let ports = [
        Program.Port(name: "inside", number: 0), Program.Port(name: "outside", number: 1),
        Program.Port(name: "dmz", number: 7),
    ]

    private func rules(_ text: String) throws -> IngressRules {
        try ConfigurationFile(path: "box.yml", text: text).ingressRules(ports: Self.ports)
    }

    private func message(_ text: String) -> String {
        do {
            _ = try rules(text)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private static let ethernet: [UInt8] = [1, 1, 1, 1, 1, 1, 2, 0, 0, 0, 0, 9]

    private static func ipv4(_ source: [UInt8], before: [UInt8] = []) -> [UInt8] {
        ethernet + before + [8, 0, 0x45] + [UInt8](repeating: 0, count: 11) + source + [9, 9, 9, 9]
    }

    private static func ipv6(_ source: [UInt8]) -> [UInt8] {
        ethernet + [0x86, 0xDD, 0x60] + [UInt8](repeating: 0, count: 7) + source
    }

    private static func arp(sender: [UInt8]) -> [UInt8] {
        ethernet + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9] + sender + [0, 0, 0, 0, 0, 0, 1, 2, 3, 4]
    }

    @Test("By source network, first match first; the rest to the port without a condition")
    func networks() throws {
        let rules = try rules(
            """
            ports:
              outside: {}
              dmz: { source: [192.168.1.128/25, 2001:db8:0:8000::/50, 10.0.0.1] }
              inside: { source: ["192.168.0.0/16", 02:00:00:00:00:0a] }
            """)
        let expected: [([UInt8], UInt32)] = [
            (Self.ipv4([192, 168, 1, 127]), 0), (Self.ipv4([192, 168, 1, 128]), 7), (Self.ipv4([192, 169, 1, 128]), 1),
            (Self.ipv4([10, 0, 0, 1]), 7), (Self.ipv4([10, 0, 0, 2]), 1),
            (Self.ipv4([10, 0, 0, 1], before: [0x81, 0, 0, 5]), 7),
            (Self.ipv4([10, 0, 0, 1], before: [0x88, 0xA8, 0, 1, 0x81, 0, 0, 5]), 7),
            (Self.arp(sender: [192, 168, 3, 1]), 0), (Self.arp(sender: [8, 8, 8, 8]), 1),
            (Self.ipv6([0x20, 1, 0xD, 0xB8, 0, 0, 0xBF] + [UInt8](repeating: 1, count: 9)), 7),
            (Self.ipv6([0x20, 1, 0xD, 0xB8, 0, 0, 0x7F] + [UInt8](repeating: 1, count: 9)), 1),
            ([1, 1, 1, 1, 1, 1, 2, 0, 0, 0, 0, 10, 0x12, 0x34], 0),
            // Too short to have a source.
            ([], 1), (Array(Self.ipv4([10, 0, 0, 1]).prefix(29)), 1), (Self.ethernet, 1),
        ]
        for (bytes, port) in expected { #expect(rules.port(of: bytes, at: 0) == port, "\(bytes)") }
    }

    @Test func unmatched() throws {
        let rules = try rules("ports: { inside: { source: [0.0.0.0/0] } }")
        #expect(rules.port(of: Self.ipv4([1, 2, 3, 4]), at: 0) == 0)
        #expect(rules.port(of: Self.ipv6([UInt8](repeating: 0, count: 16)), at: 0) == nil)
    }

    @Test("One port for each packet, as counterexamples have it")
    func sequence() throws {
        let rules = try rules("ports: { inside: }\ningress: [outside, dmz]")
        #expect((0..<3).map { rules.port(of: Self.ethernet, at: $0) } == [1, 7, nil])
    }

    @Test(
        "What is not accepted",
        arguments: [
            ("", "box.yml:1: error: the section 'ports' is missing: it tells which packets come in by which port"),
            (
                "port: {}",
                "box.yml:1:1: error: there is no section 'port'; did you mean 'ports'? (the sections are ports, ingress, configuration)"
            ),
            (
                "ports:\n  insied: {}",
                "box.yml:2:3: error: there is no port 'insied'; did you mean 'inside'? (enum port has inside, outside, dmz)"
            ),
            ("ports: [inside]", "box.yml:1:8: error: expected names and values for ports, found a list"),
            ("ports:\n  inside: {}\n  dmz: {}", "box.yml:3:3: error: only one port can take all other packets"),
            (
                "ports: { inside: { surce: [] } }",
                "box.yml:1:20: error: unknown condition 'surce'; did you mean 'source'?; there is 'source'"
            ),
            (
                "ports: { inside: { source: [10.0.0.0/33] } }",
                "box.yml:1:29: error: '33' is not a prefix length from 0 to 32"
            ),
            (
                "ports: { inside: { source: [10.0.0/8] } }",
                "box.yml:1:29: error: '10.0.0/8' is not a network such as 192.168.1.0/24 or 2001:db8::/32, an address or a MAC address"
            ),
            ("ports: { inside: {}, inside: {} }", "box.yml:1:10: error: 'inside' stands here more than once"),
            ("ports: { inside", "not YAML"),
        ])
    func errors(text: String, expected: String) {
        let message = message(text)
        if expected == "not YAML" {
            #expect(message.contains(expected))
        } else {
            #expect(message == expected)
        }
    }
}
