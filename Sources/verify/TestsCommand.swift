import ArgumentParser
import Diagnostics
import Foundation
import Project
import Reporting
import Verification

/// `verify tests NAME --write DIR`: a capture for every path of every element, with what comes out.
struct TestsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tests",
        abstract: "Writes packets for every path through a middlebox, with what comes of them.",
        discussion: """
            Each test is a capture that starts from the initial state, its configuration, and what the native program emits, which is what the \
            verifier predicts: DIR/NAME.001.pcap, .yml, .expected.pcap, .expected.yml, and .operations.yml where control operations take part.

            Exit status: 0; 64 wrong usage; 65 spec or C code not accepted; 70 the native program does otherwise than the verifier predicts.
            """)

    @Argument(help: "The middlebox: its name, or a folder.", completion: middleboxCompletion)
    var name: String

    @Option(help: ArgumentHelp("The folder for the tests.", valueName: "dir"), completion: .directory)
    var write: String

    @OptionGroup var work: JobOptions

    @OptionGroup var caching: CacheOptions

    func validate() throws {
        if write.isEmpty { throw ValidationError("--write needs a folder.") }
    }

    func run() async throws {
        let project = try ProjectFile.current()
        let source = try MiddleboxCatalog.current(project).middlebox(name)
        let display = ProgressDisplay(terminal: Terminal(), isVerbose: false)
        display.show(.phase(middlebox: source.name, name: "compiling"))
        let program = try await source.compile()
        let specification = try source.readSpecification()
        var options = Verifier.Options()
        options.jobs = work.count(in: project)
        options.solverWorker = .ownExecutable
        if let kept = caching.proofs(in: project) {
            options.store = kept.store
            options.tool = kept.tool
        }
        let verifier = Verifier(options: options)
        let tests = try await DedicatedThread.run {
            try RejectedInput.naming(program, specification) {
                try verifier.pathTests(
                    of: program, spec: specification, confirmation: Confirmation(of: source, program)
                ) { done, count in
                    display.show(.phase(middlebox: source.name, name: "path \(done) of \(count)"))
                }
            }
        }
        display.clear()
        try PathTestFiles(folder: write, middlebox: source.name, argument: name).write(tests)
        let terminal = Terminal()
        print(PathTestReport(width: terminal.width(of: .standardOutput) ?? 100).text(of: tests, in: write))
        let wrong = tests.tests.enumerated().filter { $0.element.difference != nil }
        if wrong.isEmpty { return }
        for (number, test) in wrong {
            StandardError.write(
                "error: test \(number + 1): the verifier and the program disagree, please report this: \(test.difference ?? "")\n"
            )
        }
        throw ExitCode(ExitStatus.internalError.rawValue)
    }
}

/// The tests as files.
struct PathTestFiles {
    let folder: String
    let middlebox: String
    /// What `replay` is given to find it.
    let argument: String

    private func stem(_ number: Int) -> String {
        let digits = "\(number)"
        return "\(folder)/\(middlebox).\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)"
    }

    /// Writes all, and removes those of an earlier run that had more.
    func write(_ tests: PathTests) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (index, test) in tests.tests.enumerated() {
            let files = TraceFiles(stem: stem(index + 1), steps: test.trace.steps)
            let elements = test.paths.map { tests.paths[$0].element }
            try files.write(
                configuration: test.trace.configuration,
                heading: "Ends in a path of \(elements.joined(separator: ", ")). To run it: "
                    + "replay \(argument) \(files.arguments)")
            try files.writeOutputs()
        }
        var number = tests.tests.count + 1
        let suffixes = [".pcap", ".yml", ".operations.yml", ".expected.pcap", ".expected.yml"]
        while FileManager.default.fileExists(atPath: stem(number) + ".expected.yml") {
            for suffix in suffixes { try? FileManager.default.removeItem(atPath: stem(number) + suffix) }
            number += 1
        }
    }
}
