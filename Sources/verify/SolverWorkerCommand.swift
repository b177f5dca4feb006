import ArgumentParser
import CProcess
import Foundation
import SMT
import Verification

/// `verify solver-worker`: what `verify` starts to have queries solved. Not for people.
struct SolverWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "solver-worker",
        abstract: "Answers solver queries from standard input on standard output.", shouldDisplay: false)

    /// What a query that gets out of hand may take from the machine.
    private static let memoryLimit: rlim_t = 4 << 30

    @Option(help: "For the solver's random choices, and the order of what it is told.") var seed = 0

    func run() async throws {
        // Ctrl-C goes to all processes of the terminal. What it means is the business of the one that started this one.
        signal(SIGINT, SIG_IGN)
        // Not to outlive it, whatever ends it: in the middle of a query nobody reads the end of the input.
        _ = die_with_parent()
        // The compiler comes with this executable, and is of no use here: two thirds of what the process has in memory at its start.
        forget_library("libLLVM")
        limit(RLIMIT_AS, to: Self.memoryLimit)
        limit(RLIMIT_CORE, to: 0)
        // Z3 recurses.
        try await DedicatedThread.run { [seed] in
            try SolverServer(input: STDIN_FILENO, output: STDOUT_FILENO, seed: seed).run()
        }
        // Nobody waits for Z3 to take itself apart.
        _exit(0)
    }

    private func limit(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(value, limit.rlim_max)
        _ = setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}

extension WorkerCommand {
    /// This executable, as a solver worker.
    static let ownExecutable = WorkerCommand(
        executable: "/proc/self/exe", arguments: [SolverWorkerCommand.configuration.commandName ?? ""])
}

extension WorkerCommand {
    /// This executable as a solver worker that makes other random choices.
    static func ownExecutable(seed: Int) -> WorkerCommand {
        var command = ownExecutable
        if seed != 0 { command.arguments += ["--seed", "\(seed)"] }
        return command
    }
}
