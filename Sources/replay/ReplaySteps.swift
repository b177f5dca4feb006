import ArgumentParser
import Dataflow
import Diagnostics
import Foundation
import MiddleboxIR
import Replay
import Verification

/// What is wrong with the arguments, once the middlebox is known.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

extension ReplayCommand {
    /// What a replay tells.
    struct Outcome {
        let statistics: ReplayStatistics
        /// Nil without `--check`.
        let check: CheckedReplay?
        let program: Program
    }

    /// Finds, compiles, configures and runs the middlebox.
    func replay() async throws -> Outcome {
        let workingDirectory = FileManager.default.currentDirectoryPath
        let folder = try MiddleboxFolder(
            name, workingDirectory: workingDirectory, otherRoots: [executableDirectory].compactMap { $0 })
        let program = try await Compiler(includeDirectories: [folder.includeDirectory])
            .compile(name: folder.name, sources: folder.sources)
        let (configuration, rules) = try configure(program, folder)

        func scheduled(_ path: String?) throws -> [ScheduledOperation] {
            try path.map { try OperationsFile(path: $0).operations(of: program.controlOperations) } ?? []
        }
        let operations = try scheduled(operations)
        let secondOperations = try scheduled(secondOperations)

        // Before compiling natively: a wrong capture need not wait.
        if capture != "-" { _ = try CaptureReader(path: capture) }
        let secondRules = try second.map { path in
            _ = try CaptureReader(path: path)
            return try rulesOfSecondRun(path, program) ?? rules
        }

        let compiler = NativeCompiler(
            includeDirectories: [folder.includeDirectory], runtimeDirectory: folder.runtimeDirectory,
            cacheDirectory: cacheDirectory)
        let specCheck =
            check ? try specCheck(program, folder, configuration: configuration?.bytes ?? []) : nil
        let library = try await compiler.library(of: folder.sources, variant: check ? .observable : .fast)
        func instance() throws -> NativeMiddlebox {
            try NativeMiddlebox(
                libraryPath: library, configuration: configuration, scratchDirectory: cacheDirectory)
        }
        let middlebox = try instance()
        let report = try specCheck.map { check in
            try CheckedReplay(check, middlebox.state(of: check.stateObjects))
        }
        let rounds = ReplayRounds(warmup: warmup, measured: repetitions)
        let source = PacketSource(capture: capture, rules: rules, rounds: rounds.total + (details && !check ? 1 : 0))
        var replay = try CaptureReplay(
            middlebox: middlebox, ports: program.ports, rounds: rounds, operations: operations, output: write,
            observer: report.map { report in { report.look(at: $0) } })
        if let report {
            let statistics = try replay.run(source)
            if let second, let secondRules, !report.isViolated {
                let other = try instance()
                let end = try CheckedReplay(
                    report.check, other.state(of: report.check.stateObjects), isSecondRun: true)
                var replay = try CaptureReplay(
                    middlebox: other, ports: program.ports, operations: secondOperations, observer: end.look)
                _ = try replay.run(PacketSource(capture: second, rules: secondRules))
                report.compare(with: end)
            }
            return Outcome(statistics: statistics, check: report, program: program)
        }
        let baseline = try compare.map { try PerformanceBaseline(path: $0) }
        var reference: CaptureReplay?
        if let against { reference = try await self.reference(against, rounds) }
        for _ in 0..<rounds.total {
            try replay.play(source)
            try reference?.play(source)
        }
        var statistics = try replay.finish()
        if let against, let other = try reference?.finish() {
            statistics.reference = ReplayStatistics.Reference(name: against, other, of: statistics)
        }
        if let plot { try draw(statistics, of: folder.name, to: plot) }
        statistics.comparison = try baseline.map {
            try $0.comparison(with: statistics, mostChange: maxRegression?.fraction ?? Self.usualRegression)
        }
        if details {
            do {
                let library = try await compiler.library(of: folder.sources, variant: .counting)
                let counting = try NativeMiddlebox(
                    libraryPath: library, configuration: configuration, scratchDirectory: cacheDirectory)
                let other = try CaptureReplay(
                    middlebox: counting, ports: program.ports, rounds: rounds, operations: operations)
                try addDetails(to: &statistics, of: program, counting, other, rounds, source)
            } catch {
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

    /// How much more a packet may cost where nothing else is said.
    private static let usualRegression = 0.05

    /// Another middlebox, to be played the same packets.
    private func reference(_ name: String, _ rounds: ReplayRounds) async throws -> CaptureReplay {
        let folder = try MiddleboxFolder(
            name, workingDirectory: FileManager.default.currentDirectoryPath,
            otherRoots: [executableDirectory].compactMap { $0 })
        let program = try await Compiler(includeDirectories: [folder.includeDirectory])
            .compile(name: folder.name, sources: folder.sources)
        let configuration = try configurationObject(of: program).map { object in
            NativeConfiguration(
                symbol: object.name,
                bytes: try ConfigurationFile(path: folder.configurationPath).configuration(as: object.type))
        }
        let compiler = NativeCompiler(
            includeDirectories: [folder.includeDirectory], runtimeDirectory: folder.runtimeDirectory,
            cacheDirectory: cacheDirectory)
        let middlebox = try NativeMiddlebox(
            libraryPath: try await compiler.library(of: folder.sources), configuration: configuration,
            scratchDirectory: cacheDirectory)
        return try CaptureReplay(middlebox: middlebox, ports: program.ports, rounds: rounds)
    }

    /// The spec, to be held against what the middlebox does.
    private func specCheck(
        _ program: Program, _ folder: MiddleboxFolder, configuration: [UInt8]
    ) throws -> SpecCheck {
        guard let specification = folder.specificationPath else {
            throw UsageError(
                description:
                    "there is nothing to check: \(folder.name) has no spec, neither \(folder.name).gravel beside "
                    + "the C file nor Specs/\(folder.name).gravel")
        }
        let text = try String(contentsOfFile: specification, encoding: .utf8)
        return try SpecCheck(
            specification: SourceFile(path: specification, text: text), program: program, configuration: configuration,
            hasTwoRuns: second != nil)
    }

    /// The same packets once more, outside of what is timed, through a library that counts.
    private func addDetails(
        to statistics: inout ReplayStatistics, of program: Program, _ counting: NativeMiddlebox,
        _ replay: CaptureReplay, _ rounds: ReplayRounds, _ source: PacketSource
    ) throws {
        // Standard input is gone.
        if capture == "-", !source.isInMemory { return }
        var replay = replay
        let graph = try ElementGraph(decomposing: program)
        let inputs = graph.elements.map { element in element.inputs.filter { !graph.operations.contains($0) } }
        let counters = try counting.counters(of: inputs.flatMap(\.self))
        for _ in 0..<rounds.warmup { try replay.play(source) }
        let before = counters.counts
        for _ in 0..<rounds.measured { try replay.play(source) }
        let after = counters.counts
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
        statistics.tables = try counting.occupancy(of: program.tables)
    }

    private func note(_ message: String) {
        FileHandle.standardError.write(Data("replay: \(message)\n".utf8))
    }

    private func configure(
        _ program: Program, _ folder: MiddleboxFolder
    ) throws -> (NativeConfiguration?, IngressRules) {
        let path = configurationPath(folder)
        let forced = try ingress.map { try port($0, of: program) }
        let global = try configurationObject(of: program)
        guard let path else {
            guard global == nil else {
                throw UsageError(
                    description: "\(folder.name) needs a configuration: there is no \(folder.configurationPath); "
                        + "give one with --config")
            }
            guard let only = forced ?? (program.ports.count == 1 ? program.ports.first?.number : nil) else {
                throw UsageError(
                    description:
                        "which port do the packets come in by? There is no \(folder.configurationPath) to tell; "
                        + "give a file with --config or one port for all with --ingress")
            }
            return (nil, IngressRules(allFrom: only))
        }
        let file = try ConfigurationFile(path: path)
        let bytes = try file.configuration(as: global?.type)
        try checkAssumptions(of: program, folder, bytes, readFrom: path)
        let rules = try forced.map { IngressRules(allFrom: $0) } ?? file.ingressRules(ports: program.ports)
        return (global.map { NativeConfiguration(symbol: $0.name, bytes: bytes) }, rules)
    }

    /// Where the second run's packets come in, if there is a file beside its capture. Its configuration is the first run's.
    private func rulesOfSecondRun(_ capture: String, _ program: Program) throws -> IngressRules? {
        let path = fileBeside(capture)
        guard ingress == nil, FileManager.default.fileExists(atPath: path) else { return nil }
        return try ConfigurationFile(path: path).ingressRules(ports: program.ports)
    }

    /// Refuses a configuration that the spec, if there is one, does not admit.
    private func checkAssumptions(
        of program: Program, _ folder: MiddleboxFolder, _ configuration: [UInt8], readFrom path: String
    ) throws {
        guard let specification = folder.specificationPath else { return }
        let text = try String(contentsOfFile: specification, encoding: .utf8)
        let assumptions = try ConfigurationAssumptions(
            specification: SourceFile(path: specification, text: text), program: program)
        try assumptions?.require(configuration, readFrom: path)
    }

    /// What `CONFIGURATION` declares; nil when the middlebox has no configuration.
    private func configurationObject(of program: Program) throws -> Global? {
        let objects = program.globals.filter { if case .configuration = $0.kind { true } else { false } }
        guard objects.count <= 1 else {
            throw CompilerError.link(
                "CONFIGURATION is there more than once: " + objects.map(\.name).joined(separator: ", "))
        }
        return objects.first
    }

    /// Nil when there is none.
    private func configurationPath(_ folder: MiddleboxFolder) -> String? {
        if let config { return config }
        return [fileBeside(capture), folder.configurationPath].first { FileManager.default.fileExists(atPath: $0) }
    }

    private func fileBeside(_ capture: String) -> String {
        URL(fileURLWithPath: capture).deletingPathExtension().appendingPathExtension("yml").path
    }

    private func port(_ name: String, of program: Program) throws -> UInt32 {
        guard let port = program.ports.first(where: { $0.name == name }) else {
            throw UsageError(
                description: "there is no port '\(name)'; the ports are "
                    + program.ports.map(\.name).joined(separator: ", "))
        }
        return port.number
    }

    /// Where the project may be found from when it is not above the working directory.
    private var executableDirectory: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe").split(separator: "/").dropLast()
            .reduce("") { $0 + "/" + $1 }
    }

    /// Shared with `verify`.
    private var cacheDirectory: String {
        let environment = ProcessInfo.processInfo.environment
        if let directory = environment["XDG_CACHE_HOME"], directory.hasPrefix("/") {
            return directory + "/gravel/native"
        }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/gravel/native" }
        return "/tmp/gravel-\(getuid())/native"
    }

    /// By design section 9.
    func exitStatus(of error: any Error) -> Int32 {
        switch error {
        case is UsageError: 64
        case let failure as MiddleboxFolder.Failure:
            switch failure {
            case .notFound, .noCFiles: 64
            case .noRuntime: 70
            }
        case is ConfigurationError, is CaptureError, is RejectedInput, is PerformanceBaseline.Failure: 65
        case let error as CompilerError:
            switch error {
            case .clang, .noSources, .unreadableSource, .link, .conflictingPorts: 65
            case .clangNotFound, .clangFailed, .invalidBitcode, .passes: 70
            }
        case let error as NativeError: exitStatus(of: error)
        case let failure as CaptureReplay.Failure:
            switch failure {
            case .capture, .unknownPort, .timeOutOfRange: 65
            case .native(let error), .operation(_, let error): exitStatus(of: error)
            }
        default: 70
        }
    }

    private func exitStatus(of error: NativeError) -> Int32 {
        switch error {
        case .clang, .unreadableSource, .missingSymbol, .unobservable, .packetTooLong, .crashed, .tooManyOutputs,
            .outsidePacket,
            .caught,
            .timedOut:
            65
        case .clangNotFound, .clangFailed, .cache, .notLoadable, .childFailed: 70
        }
    }
}

extension Program {
    /// The maps and pools.
    fileprivate var tables: [StateObject] {
        globals.compactMap { global in
            switch global.kind {
            case .map(let key, let value, let capacity):
                StateObject(
                    name: global.name,
                    layout: .map(keySize: key.size, valueSize: value.size, capacity: capacity))
            case .pool(let capacity): StateObject(name: global.name, layout: .pool(capacity: capacity))
            case .configuration, .plain: nil
            }
        }
    }
}
