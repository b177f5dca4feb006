import Foundation
import Testing

/// `replay live`: middleboxes between real Linux hosts, in network namespaces.
@Suite struct LiveTests {
    /// What the hosts see of one another in a scenario of `Tests/Live/live.sh`.
    struct Scenario: Sendable, CustomTestStringConvertible {
        let name: String
        let lines: [String]

        var testDescription: String { name }

        init(_ name: String, _ lines: String...) {
            self.name = name
            self.lines = lines
        }
    }

    static let scenarios = [
        Scenario(
            "nat", "ping: yes", "download: yes", "name: yes", "throughput: yes", "hairpin: yes", "unasked: no"),
        Scenario("firewall", "ping: yes", "download: yes", "local: yes", "inbound: no"),
        Scenario("bridge", "x-y: yes", "y-z: yes", "z-x: yes", "private: yes", "others: yes", "again: yes"),
        Scenario("loadbalancer", "spread: yes", "stays: yes", "added: yes"),
    ]

    /// Whether network namespaces can be made here.
    private static func isPossible() async throws -> Bool {
        let name = "gravel-test-\(UUID().uuidString.prefix(8))"
        let execution = try await Command(
            "/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; ip netns add \(name) && ip netns del \(name)"
        ).run()
        return execution.status == 0
    }

    @Test(.enabled("network namespaces can be made: it takes root", isPossible), arguments: scenarios)
    func hostsSeeOneAnother(_ scenario: Scenario) async throws {
        let replay = try Command("replay").executablePath()
        let execution = try await Command("Tests/Live/live.sh", replay, scenario.name).run(atMost: 900)
        #expect(execution.status == 0, "\(execution.words)")
        let lines = execution.output.split(separator: "\n").map(String.init)
        #expect(Array(lines.prefix(scenario.lines.count)) == scenario.lines, "\(execution.words)")
        // It ends as it should when it is told to, tells what went through, and has nothing to complain of.
        #expect(lines.contains("status: 0"), "\(execution.words)")
        #expect(lines.contains { $0.hasPrefix("port ") && $0.contains("received") }, "\(execution.words)")
        #expect(!execution.output.contains("without checksums") && !execution.output.contains("not sent:"))
    }

    /// How many packets it is says what else the machine does; that both forward some is what can be tested.
    @Test(.enabled("network namespaces can be made: it takes root", isPossible))
    func throughputIsMeasured() async throws {
        let benchmark = try await Command(
            "Scripts/benchmark-live.py", "--rounds", "1", "--seconds", "1", "nop"
        ).run(atMost: 300)
        #expect([0, 1].contains(benchmark.status), "\(benchmark.words)")
        for name in ["forwarder", "nop"] {
            let rows = benchmark.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            let rate = rows.first { $0.first == name && $0.count == 3 }.flatMap { Double($0[1]) }
            #expect(rate ?? 0 > 0, "\(benchmark.words)")
        }
    }

    /// Whose configuration were not accepted would be told so before the interface is looked for.
    @Test("The bundled configurations are accepted, and an interface that is not there is told of")
    func bundledConfigurations() async throws {
        let ports = [
            "bridge": ["port1", "port2", "port3", "port4"], "router": ["west", "north", "east", "south"],
            "loadbalancer": ["clients", "servers"], "proxy": ["clients", "network"],
        ]
        for name in WholeProgramTests.middleboxes {
            let names = ports[name] ?? ["inside", "outside"]
            let arguments = names.enumerated().flatMap { ["--port", "\($1)=gravel-none\($0)"] }
            let execution = try await Command("replay", arguments: ["live", name] + arguments).run()
            #expect(execution.status == 65 && execution.output.isEmpty, "\(execution.words)")
            #expect(execution.error.hasPrefix("there is no interface 'gravel-none"), "\(execution.words)")
        }
    }

    @Test(
        "Wrong usage is told",
        arguments: [
            (["--port", "inside=a"], "which interface is port 'outside'?"),
            (["--port", "inside"], "'inside' is invalid"),
            (["--port", "inside=a", "--port", "inside=b"], "port 'inside' is there more than once"),
            (["--port", "inside=a", "--port", "outside=a"], "interface 'a' is there more than once"),
            (["--port", "insid=a", "--port", "outside=b"], "there is no port 'insid'"),
            (["--port", "inside=", "--port", "outside=b"], "'inside=' is invalid"),
        ] as [([String], String)])
    func wrongUsage(_ arguments: [String], _ words: String) async throws {
        let execution = try await Command("replay", arguments: ["live", "nat"] + arguments).run()
        #expect(execution.status == 64 && execution.output.isEmpty, "\(execution.words)")
        #expect(execution.error.contains(words), "\(execution.words)")
    }
}
