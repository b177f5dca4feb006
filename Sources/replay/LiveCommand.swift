import ArgumentParser
import CProcess
import Diagnostics
import Foundation
import MiddleboxIR
import Replay
import Verification

/// `replay live`: a middlebox, natively compiled, between network interfaces.
struct LiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay live",
        abstract: "Runs a middlebox, natively compiled, between network interfaces.",
        discussion: """
            Each port of the middlebox is an interface. Packets that come in by it are given to the middlebox, and what it emits is sent; the system does not \
            see less of them for that: an interface should have no address of its own, or none that the packets are for. What went through is printed each \
            second, and at the end, which Ctrl-C or SIGTERM is.

            Exit status: 0, 64 for wrong usage, 65 for C code, a configuration or an interface that is not accepted, 70 for an internal error.
            """)

    /// `inside=eth0`.
    struct Attachment: ExpressibleByArgument {
        let port: String
        let interface: String

        init?(argument: String) {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            (port, interface) = (String(parts[0]), String(parts[1]))
        }
    }

    @Argument(help: "The middlebox.") var name: String
    @Option(help: ArgumentHelp("A port and its interface; one for each port.", valueName: "port=interface"))
    var port: [Attachment]
    @Option(help: ArgumentHelp("The configuration; by default NAME.yml beside the C file.", valueName: "file.yml"))
    var config: String?
    @Option(
        help: ArgumentHelp(
            "Control operations to run as they come, one a line: a named pipe, a file, or - for standard input.",
            valueName: "path"))
    var control: String?
    @Option(help: "How to print the statistics.") var format = ReplayCommand.Format.text
    @Flag(name: .shortAndLong, help: "Do not print what went through each second.") var quiet = false

    func run() async throws {
        do {
            let statistics = try await live()
            print(format == .text ? statistics.text() : try statistics.json())
        } catch {
            throw told(error)
        }
    }

    private func live() async throws -> LiveStatistics {
        let built = try await BuiltMiddlebox(name)
        let ports = try attachedPorts(of: built)
        let configuration =
            try config.map { try built.configuration(try ConfigurationFile(path: $0), readFrom: $0) }
            ?? built.usualConfiguration(hint: "; give one with --config")
        let middlebox = try await built.instance(configuration)
        let attachments = try ports.map { port, name in
            LiveReplay.Attachment(port: port, interface: try LiveInterface(name))
        }
        let stop = stop_descriptor()
        guard stop >= 0 else { throw LiveError.failed("signals", reason: String(cString: strerror(errno))) }
        let control = try control.map { try ControlInput(path: $0, known: built.program.controlOperations) }
        let replay = LiveReplay(middlebox, attachments, control: control) { note("\($0)") }
        note("running: " + ports.map { "\($0.name) is \($1)" }.joined(separator: ", ") + "; Ctrl-C ends it")
        var before: LiveStatistics?
        return try replay.run(until: stop) { now in
            if !quiet { note(Self.line(now, since: before)) }
            before = now
        }
    }

    /// Each port of the middlebox with its interface.
    private func attachedPorts(of built: BuiltMiddlebox) throws -> [(port: Program.Port, interface: String)] {
        for attachment in port {
            _ = try built.port(attachment.port)
            if port.count(where: { $0.port == attachment.port }) > 1 {
                throw UsageError(description: "port '\(attachment.port)' is there more than once")
            }
            if port.count(where: { $0.interface == attachment.interface }) > 1 {
                throw UsageError(description: "interface '\(attachment.interface)' is there more than once")
            }
        }
        return try built.program.ports.map { known in
            guard let attachment = port.first(where: { $0.port == known.name }) else {
                throw UsageError(
                    description: "which interface is port '\(known.name)'? Say so with --port \(known.name)=INTERFACE")
            }
            return (known, attachment.interface)
        }
    }

    /// What went through in the last second.
    private static func line(_ now: LiveStatistics, since before: LiveStatistics?) -> String {
        let seconds = now.seconds - (before?.seconds ?? 0)
        func rate(_ count: Int, _ old: Int?) -> String {
            String(format: "%.0f", Double(count - (old ?? 0)) / max(seconds, 1e-9))
        }
        let ports = now.ports.enumerated().map { place, port in
            let old = before?.ports[place]
            return "\(port.name) in \(rate(port.received, old?.received)) out \(rate(port.sent, old?.sent))"
                + (port.lost > 0 ? " lost \(port.lost)" : "")
        }
        return ports.joined(separator: "  ") + "  dropped \(rate(now.dropped, before?.dropped)) packets/s"
    }
}
