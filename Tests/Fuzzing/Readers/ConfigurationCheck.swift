import MiddleboxIR
import Replay
import YAML

/// What must hold of every text that is given to the reader of configurations:
///
/// - what is wrong with it has a place in it;
/// - what is accepted has as many bytes as the C type, and these bytes, written down once more, are read as the same;
/// - packets come in by ports that there are.
enum ConfigurationCheck {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        // Files that are not UTF-8 are refused before they get here.
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let file: ConfigurationFile
        do throws(ConfigurationError) {
            file = try ConfigurationFile(path: "fuzzed.yml", text: text)
        } catch {
            return try checkPlace(of: error, in: text)
        }
        for type in [nil] + CType.fuzzed { try check(file, text, as: type) }
        try checkIngress(file, text)
    }

    /// Also of files of operations, which have the same errors.
    static func checkPlace(of error: ConfigurationError, in text: String) throws(BrokenPromise) {
        try promise(!error.message.isEmpty, "refused without a reason")
        // YAML has more ends of lines than others: a carriage return alone, NEL, LS and PS.
        let lines = text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
        try promise(
            (1...lines + 1).contains(error.location.line),
            "'\(error.message)' is in line \(error.location.line) of \(lines)")
    }

    private static func check(
        _ file: ConfigurationFile, _ text: String, as type: CType?
    ) throws(BrokenPromise) {
        let bytes: [UInt8]
        do throws(ConfigurationError) {
            bytes = try file.configuration(as: type)
        } catch {
            return try checkPlace(of: error, in: text)
        }
        guard let type else { return try promise(bytes.isEmpty, "a configuration where there is none") }
        try promise(bytes.count == type.size, "\(bytes.count) bytes of a configuration of \(type.size)")
        let written = "configuration: " + PlainYAML.text(of: bytes[...], as: type)
        let again = try accepted(written) { () throws(ConfigurationError) in
            try ConfigurationFile(path: "written.yml", text: written).configuration(as: type)
        }
        try promise(again == bytes, "the configuration is another after it has been written and read: \(written)")
    }

    private static func checkIngress(_ file: ConfigurationFile, _ text: String) throws(BrokenPromise) {
        let rules: IngressRules
        do throws(ConfigurationError) {
            rules = try file.ingressRules(ports: Program.Port.fuzzed)
        } catch {
            return try checkPlace(of: error, in: text)
        }
        for (index, packet) in packets.enumerated() {
            guard let port = rules.port(of: packet, at: index) else { continue }
            try promise(Program.Port.fuzzed.contains { $0.number == port }, "a packet comes in by port \(port)")
        }
    }

    /// The beginnings of frames: of IPv4, of ARP, of IPv6 behind two tags, and of nothing.
    private static let packets: [[UInt8]] = {
        let addresses: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        let rest: [UInt8] = Array(0..<40)
        return [
            addresses + [0x08, 0x00] + rest, addresses + [0x08, 0x06, 0, 1, 0x08, 0x00] + rest,
            addresses + [0x81, 0x00, 0, 1, 0x88, 0xA8, 0, 1, 0x86, 0xDD] + rest, addresses + [0x08, 0x00], [],
        ]
    }()
}

extension Program.Port {
    static let fuzzed = [Program.Port(name: "inside", number: 0), Program.Port(name: "outside", number: 1)]
}
