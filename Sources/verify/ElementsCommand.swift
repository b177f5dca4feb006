import ArgumentParser
import Dataflow
import Foundation
import MiddleboxIR
import Project
import Verification

/// `verify elements`: the dataflow that the decomposer finds in a C program.
struct ElementsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "elements", abstract: "Shows the elements of a middlebox, and how packets pass between them.")

    @Argument(help: "The middlebox: its name, or a folder.", completion: middleboxCompletion) var name: String

    @Option(help: "How to draw: text, dot, mermaid, json or svg.") var format = DrawingFormat.text

    @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"), completion: .file())
    var output: String?

    func run() async throws {
        let project = try ProjectFile.current()
        let source = try MiddleboxCatalog.current(project).middlebox(name)
        let output = try Output(path: output)
        let program = try await source.compile()
        let graph = try await source.elementGraph(of: program, KeptProofs(folder: project?.cache))
        let width = self.output == nil ? Terminal().width(of: .standardOutput) : nil
        try output.write(graph.drawing(format, width: width ?? 100))
    }
}

extension MiddleboxSource {
    /// The elements, with what is known of the packets on the edges. That takes execution; a program that cannot be executed has elements all the
    /// same.
    ///
    /// - Throws: `RejectedInput` when the program does not come apart into elements.
    func elementGraph(of program: Program, _ kept: KeptProofs?) async throws -> ElementGraph {
        let graph: ElementGraph
        do {
            graph = try ElementGraph(decomposing: program)
        } catch {
            throw RejectedInput([error.diagnostic], sources: program.sources)
        }
        var options = Verifier.Options()
        options.solverWorker = .ownExecutable
        if let kept {
            options.store = kept.store
            options.tool = kept.tool
        }
        let verifier = Verifier(options: options)
        do {
            return try await DedicatedThread.run { try verifier.withFacts(graph, of: program) }
        } catch {
            StandardError.write("note: nothing is known of the packets on the edges: \(Failure(error).reason)\n")
            return graph
        }
    }
}

extension DrawingFormat: ExpressibleByArgument {}
