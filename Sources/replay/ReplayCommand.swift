import ArgumentParser
import Diagnostics
import Foundation
import MiddleboxIR
import Replay
import Reporting
import Verification

/// `replay`: a middlebox, natively compiled, on a capture.
@main
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs a middlebox, natively compiled, on the packets of a capture.",
        discussion: """
            NAME is a folder that gravel.yml lists, or where there is no list, one under Middleboxes; or the path of a folder or a C file. The configuration is CAPTURE with the extension .yml if \
            that file is there (counterexamples have one), else NAME.yml beside the C file.

            With --check, the spec of the middlebox is held against what it does with each packet, and the replay stops at the first packet \
            that violates it. What cannot be told from one run is listed as not checked; with --second, which is the capture of another run, \
            what the spec claims of two runs is held against the last packets of both.

            replay live runs it between network interfaces: see replay live --help.

            With --repeat, the capture is read once and then played from memory; what a packet costs is measured over whole rounds.

            Exit status: 0, 1 if the spec is violated or a packet costs more than --max-regression allows, 64 for wrong usage, 65 for C code, a configuration or a capture that is not accepted, 70 for an \
            internal error.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Argument(help: "The middlebox.", completion: middleboxCompletion) var name: String
    @Argument(help: "A capture of Ethernet frames: pcap or pcapng; - is standard input.", completion: .file())
    var capture: String
    @Option(help: ArgumentHelp("Write what the middlebox emits to a capture.", valueName: "out")) var write: String?
    @Option(help: ArgumentHelp("The configuration.", valueName: "file.yml")) var config: String?
    @Option(
        help: ArgumentHelp(
            "Control operations to run between the packets of the first round; see docs/replay.md.",
            valueName: "file.yml"))
    var operations: String?
    @Option(help: ArgumentHelp("All packets come in by this port, whatever the configuration says.", valueName: "port"))
    var ingress: String?
    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("Replay the capture this many times; state is kept, time goes on.", valueName: "n"))
    var repetitions = 1
    @Option(
        help: ArgumentHelp(
            "Before that, replay the capture this many times without measuring, as tables and caches fill.",
            valueName: "n"))
    var warmup = 0
    @Option(
        help: ArgumentHelp(
            "Run on this many cores, each with state of its own and the packets of some flows, if that changes nothing.",
            valueName: "n"))
    var cores = 1
    @Option(
        help: ArgumentHelp(
            "With --repeat: replay the same to this middlebox, too, in turns; nop shows what is the middlebox's own cost.",
            valueName: "name"))
    var against: String?
    @Option(
        help: ArgumentHelp(
            "With --repeat: compare with what an earlier replay printed with --format json.", valueName: "baseline.json"
        ))
    var compare: String?
    @Option(
        help: ArgumentHelp(
            "With --compare: how much more a packet may cost before the exit status is 1.", valueName: "percent"))
    var maxRegression: Percentage?
    @Flag(
        inversion: .prefixedNo,
        help:
            "Count packets and drops of each element, and what is in the tables, in a second run that takes longer than the first."
    )
    var details = true
    @Option(help: ArgumentHelp("Draw how long packets take: an SVG of all percentiles.", valueName: "out.svg"))
    var plot: String?
    @Flag(help: "Hold the spec against every packet, and stop at the first violation.") var check = false
    @Option(help: ArgumentHelp("With --check: the capture of a second run, to compare with.", valueName: "capture"))
    var second: String?
    @Option(help: ArgumentHelp("The control operations of the second run.", valueName: "file.yml"))
    var secondOperations: String?
    @Option(help: "How to print the statistics.") var format = Format.text

    static func main() async {
        // Before its options are taken for wrong ones.
        if CommandLine.arguments.dropFirst().first == "live" {
            await LiveCommand.main(Array(CommandLine.arguments.dropFirst(2)))
        } else {
            await main(nil)
        }
    }

    func validate() throws {
        if repetitions < 1 { throw ValidationError("--repeat must be at least 1.") }
        if warmup < 0 { throw ValidationError("--warmup must not be negative.") }
        if warmup > 0, check { throw ValidationError("With --check, nothing is measured: there is no --warmup.") }
        if warmup > 0, capture == "-" { throw ValidationError("Standard input cannot be repeated.") }
        if repetitions < 2 {
            if against != nil { throw ValidationError("--against needs --repeat: one round is no measurement.") }
            if compare != nil { throw ValidationError("--compare needs --repeat: one round is no measurement.") }
        }
        if !(1...ShardedReplay.mostCores).contains(cores) {
            throw ValidationError("--cores must be from 1 to \(ShardedReplay.mostCores).")
        }
        if cores > 1 {
            if check { throw ValidationError("With --check, packets run one by one: there is no --cores.") }
            if capture == "-" { throw ValidationError("--cores reads the capture twice: standard input cannot be.") }
            if write != nil { throw ValidationError("With --cores, there is no one order to --write packets in.") }
        }
        if check, against != nil || compare != nil || plot != nil {
            throw ValidationError("With --check, nothing is measured: there is no --against, --compare or --plot.")
        }
        if maxRegression != nil, compare == nil {
            throw ValidationError("--max-regression is for --compare, which names the baseline.")
        }
        if plot == "-" { throw ValidationError("--plot needs a file: standard output has the statistics.") }
        if repetitions > 1, capture == "-" { throw ValidationError("Standard input cannot be repeated.") }
        if repetitions > 1, operations != nil, warmup == 0 {
            throw ValidationError(
                "With --operations, --repeat needs --warmup: they have their time in the first round, which differs from the others."
            )
        }
        if second != nil, !check { throw ValidationError("--second is for --check, which compares the two runs.") }
        if second == "-" { throw ValidationError("--second needs a file.") }
        if second != nil, repetitions > 1 { throw ValidationError("With --second, the capture is not repeated.") }
        if secondOperations != nil, second == nil {
            throw ValidationError("--second-operations is for --second, which names the capture.")
        }
        if write == "-" { throw ValidationError("--write needs a file: standard output has the statistics.") }
    }

    func run() async throws {
        let outcome: Outcome
        do {
            outcome = try await replay()
        } catch {
            throw told(error)
        }
        switch format {
        case .text:
            let check = outcome.check.map {
                SpecCheckText(
                    $0.check, ports: outcome.program.ports, controlOperations: outcome.program.controlOperations)
            }
            print([outcome.statistics.text(), check?.text].compactMap(\.self).joined(separator: "\n\n"))
        case .json:
            let statistics = CheckedStatistics(
                statistics: outcome.statistics, check: outcome.check, ports: outcome.program.ports)
            print(try statistics.json())
        }
        if outcome.check?.isViolated ?? false { throw ExitCode(1) }
        if outcome.statistics.comparison?.isRegression ?? false { throw ExitCode(1) }
    }
}

/// A share of something: `5%` or `5`.
struct Percentage: ExpressibleByArgument {
    /// 0.05 of 5 %.
    let fraction: Double

    init?(argument: String) {
        let number = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
        guard let value = Double(number), value.isFinite, value >= 0 else { return nil }
        fraction = value / 100
    }
}
