import ArgumentParser
import Dataflow
import Diagnostics
import Foundation
import MiddleboxIR
import PacketFormat
import Replay
import Verification

extension ReplayCommand {
    /// What a replay tells.
    struct Outcome {
        let statistics: ReplayStatistics
        /// Nil without `--check`.
        let check: CheckedReplay?
        let program: Program
    }

    /// A middlebox, and what it is to be played.
    private struct Setting {
        let built: BuiltMiddlebox
        let configuration: NativeConfiguration?
        let rules: IngressRules
        let operations: [ScheduledOperation]

        func instance(_ variant: NativeCompiler.Variant) async throws -> NativeMiddlebox {
            try await built.instance(configuration, variant)
        }
    }

    /// Finds, compiles, configures and runs the middlebox.
    func replay() async throws -> Outcome {
        let built = try await BuiltMiddlebox(name)
        let (configuration, rules) = try configure(built)
        let setting = Setting(
            built: built, configuration: configuration, rules: rules,
            operations: try scheduled(operations, built.program))
        // Before compiling natively: a wrong capture need not wait.
        if capture != "-" { _ = try CaptureReader(path: capture) }
        return try await check ? checked(setting) : measured(setting)
    }

    private func scheduled(_ path: String?, _ program: Program) throws -> [ScheduledOperation] {
        try path.map { try OperationsFile(path: $0).operations(of: program.controlOperations) } ?? []
    }

    /// With the spec held against each step, and against the ends of two runs where there is a second.
    private func checked(_ setting: Setting) async throws -> Outcome {
        let program = setting.built.program
        let secondOperations = try scheduled(secondOperations, program)
        let secondRules = try second.map { path in
            _ = try CaptureReader(path: path)
            return try rulesOfSecondRun(path, program) ?? setting.rules
        }
        let specCheck = try specCheck(setting.built, configuration: setting.configuration?.bytes ?? [])
        let middlebox = try await setting.instance(.observable)
        let report = try CheckedReplay(specCheck, middlebox.state(of: specCheck.stateObjects))
        let rounds = ReplayRounds(measured: repetitions)
        var replay = try CaptureReplay(
            middlebox: middlebox, ports: program.ports, rounds: rounds, operations: setting.operations, output: write,
            observer: report.look)
        let statistics = try replay.run(
            PacketSource(capture: capture, rules: setting.rules, rounds: rounds.total))
        if let second, let secondRules, !report.isViolated {
            let other = try await setting.instance(.observable)
            let end = try CheckedReplay(specCheck, other.state(of: specCheck.stateObjects), isSecondRun: true)
            var replay = try CaptureReplay(
                middlebox: other, ports: program.ports, operations: secondOperations, observer: end.look)
            _ = try replay.run(PacketSource(capture: second, rules: secondRules))
            report.compare(with: end)
        }
        return Outcome(statistics: statistics, check: report, program: program)
    }

    /// With what a packet costs, beside another middlebox and compared with what it cost before.
    private func measured(_ setting: Setting) async throws -> Outcome {
        let program = setting.built.program
        let baseline = try compare.map { try PerformanceBaseline(path: $0) }
        let rounds = ReplayRounds(warmup: warmup, measured: repetitions)
        // To be spread over cores, it is read once more.
        let source = PacketSource(
            capture: capture, rules: setting.rules, rounds: rounds.total + (details ? 1 : 0) + (cores > 1 ? 1 : 0))
        var other: Setting?
        if let against { other = try await otherSetting(against) }
        let spread = try cores > 1 ? await Spread(of: setting.built, and: other?.built) : nil
        var replay = try player(
            setting, try await instances(setting, .fast), spread?.key, rounds, source, output: write)
        var reference: (any MeasuredReplay)?
        if let other { reference = try player(other, try await instances(other, .fast), spread?.key, rounds, source) }
        // In turns, and on one core round by round.
        let turn = cores == 1 ? 1 : against == nil ? rounds.total : Self.roundsOfTurn
        for start in stride(from: 0, to: rounds.total, by: turn) {
            let count = min(turn, rounds.total - start)
            try replay.play(source, rounds: count)
            try reference?.play(source, rounds: count)
        }
        var statistics = try replay.finish()
        if let against, let other = try reference?.finish() {
            statistics.reference = ReplayStatistics.Reference(name: against, other, of: statistics)
        }
        if let plot { try draw(statistics, of: setting.built.folder.name, to: plot) }
        statistics.comparison = try baseline.map {
            try $0.comparison(with: statistics, mostChange: maxRegression?.fraction ?? Self.usualRegression)
        }
        if details {
            do { try await addDetails(to: &statistics, setting, spread, rounds, source) } catch {
                note("nothing is known of elements and tables: \(error)")
            }
        }
        return Outcome(statistics: statistics, check: nil, program: program)
    }

    private func draw(_ statistics: ReplayStatistics, of name: String, to path: String) throws {
        let other = statistics.reference.map { LatencyPlot.Curve(name: $0.name, points: $0.distribution) }
        let plot = LatencyPlot([.init(name: name, points: statistics.distribution)] + (other.map { [$0] } ?? []))
        try plot.write(to: path)
    }

    /// On several cores.
    private static let roundsOfTurn = 32

    /// How much more a packet may cost where nothing else is said.
    private static let usualRegression = 0.05

    /// Another middlebox, to be played the same packets.
    private func otherSetting(_ name: String) async throws -> Setting {
        let built = try await BuiltMiddlebox(name)
        return Setting(
            built: built, configuration: try built.usualConfiguration(), rules: IngressRules(allFrom: 0), operations: []
        )
    }

    /// One for each core.
    private func instances(_ setting: Setting, _ variant: NativeCompiler.Variant) async throws -> [NativeMiddlebox] {
        var instances: [NativeMiddlebox] = []
        for _ in 0..<cores { instances.append(try await setting.instance(variant)) }
        return instances
    }

    /// - Parameter key: by which packets are spread over the instances; nil where there is one.
    private func player(
        _ setting: Setting, _ instances: [NativeMiddlebox], _ key: FlowKey?, _ rounds: ReplayRounds,
        _ source: PacketSource, output: String? = nil
    ) throws -> any MeasuredReplay {
        let ports = setting.built.program.ports
        guard let key else {
            return try CaptureReplay(
                middlebox: instances[0], ports: ports, rounds: rounds, operations: setting.operations, output: output)
        }
        return try ShardedReplay(
            middleboxes: instances, key: key, ports: ports, rounds: rounds, operations: setting.operations,
            source: source)
    }

    /// The spec, to be held against what the middlebox does.
    private func specCheck(_ built: BuiltMiddlebox, configuration: [UInt8]) throws -> SpecCheck {
        let folder = built.folder
        guard let specification = try built.specification() else {
            throw UsageError(
                description:
                    "there is nothing to check: \(folder.name) has no spec, neither \(folder.name).gravel beside "
                    + "the C file nor Specs/\(folder.name).gravel")
        }
        return try SpecCheck(
            specification: specification, program: built.program, configuration: configuration,
            hasTwoRuns: second != nil)
    }

    /// The same packets once more, outside of what is timed, through a library that counts.
    private func addDetails(
        to statistics: inout ReplayStatistics, _ setting: Setting, _ spread: Spread?, _ rounds: ReplayRounds,
        _ source: PacketSource
    ) async throws {
        // Standard input is gone.
        if capture == "-", !source.isInMemory { return }
        let built = setting.built
        let counting = try await instances(setting, .counting)
        var replay = try player(setting, counting, spread?.key, rounds, source)
        let graph = try ElementGraph(decomposing: built.program)
        let inputs = graph.elements.map { element in element.inputs.filter { !graph.operations.contains($0) } }
        let counters = try counting.map { try $0.counters(of: inputs.flatMap(\.self)) }
        func counts() -> [String: FunctionCounters.Count] {
            counters.reduce(into: [:]) { $0.merge($1.counts, uniquingKeysWith: +) }
        }
        try replay.play(source, rounds: rounds.warmup)
        let before = counts()
        try replay.play(source, rounds: rounds.measured)
        let after = counts()
        let other = try replay.finish()
        if other.packetsOut != statistics.packetsOut || other.dropped != statistics.dropped {
            note(
                "warning: compiled otherwise, the middlebox does otherwise with these packets: what it does is undefined. "
                    + "'verify \(name)' finds where")
        }
        statistics.elements = zip(graph.elements, inputs).map { element, inputs in
            let counts = inputs.map { after[$0, default: .zero] - before[$0, default: .zero] }
            return .init(
                name: element.name, packets: counts.reduce(0) { $0 + $1.entered },
                dropped: counts.reduce(0) { $0 + $1.dropped })
        }
        statistics.tables = TableOccupancy.together(
            try counting.map { try $0.occupancy(of: built.tables) }, divided: spread?.objects ?? [])
    }

    private func configure(_ built: BuiltMiddlebox) throws -> (NativeConfiguration?, IngressRules) {
        let forced = try ingress.map { try built.port($0) }
        let ports = built.program.ports
        guard let path = configurationPath(built.folder) else {
            if try built.needsConfiguration() { throw built.missingConfiguration("; give one with --config") }
            guard let only = forced ?? (ports.count == 1 ? ports.first?.number : nil) else {
                throw UsageError(
                    description:
                        "which port do the packets come in by? There is no \(built.folder.configurationPath) to tell; "
                        + "give a file with --config or one port for all with --ingress")
            }
            return (nil, IngressRules(allFrom: only))
        }
        let file = try ConfigurationFile(path: path)
        let configuration = try built.configuration(file, readFrom: path)
        let rules = try forced.map { IngressRules(allFrom: $0) } ?? file.ingressRules(ports: ports)
        return (configuration, rules)
    }

    /// Where the second run's packets come in, if there is a file beside its capture. Its configuration is the first run's.
    private func rulesOfSecondRun(_ capture: String, _ program: Program) throws -> IngressRules? {
        let path = fileBeside(capture)
        guard ingress == nil, FileManager.default.fileExists(atPath: path) else { return nil }
        return try ConfigurationFile(path: path).ingressRules(ports: program.ports)
    }

    /// Nil when there is none.
    private func configurationPath(_ folder: MiddleboxFolder) -> String? {
        if let config { return config }
        return [fileBeside(capture), folder.configurationPath].first { FileManager.default.fileExists(atPath: $0) }
    }

    private func fileBeside(_ capture: String) -> String {
        URL(fileURLWithPath: capture).deletingPathExtension().appendingPathExtension("yml").path
    }
}
