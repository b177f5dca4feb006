import Foundation
import Logic
import SMT
import Testing

@testable import Verification

/// Solvers in processes of their own: whatever happens to one costs the query that it was at.
@Suite(.serialized) struct SolverProcessesTests {
    /// `verify`, where the tests of commands look for it.
    private static func command() throws -> WorkerCommand {
        var folders = [URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path]
        if let folder = ProcessInfo.processInfo.environment["GRAVEL_BIN"], !folder.isEmpty { folders = [folder] }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        folders.append(root + "/.build/debug")
        let path = try #require(
            folders.map { $0 + "/verify" }.first(where: FileManager.default.isExecutableFile(atPath:)))
        return WorkerCommand(executable: path, arguments: ["solver-worker"])
    }

    private static let x = Term.variable("x", .bitVector(32))

    /// Whether x can be the number, which only a model tells apart from other numbers.
    private static func query(_ number: Int) -> SolverQuery {
        SolverQuery(
            name: "is \(number)", assertions: [.equal(x, .bitVector(number, width: 32))], resourceLimit: 1_000_000,
            timeoutMilliseconds: 20_000, readsModel: true)
    }

    /// No solver finds two factors of 61 bits within the time.
    private static func endless(milliseconds: Int) -> SolverQuery {
        let (a, b) = (Term.variable("a", .bitVector(64)), Term.variable("b", .bitVector(64)))
        let product = Term.multiply(.zeroExtend(a, by: 64), .zeroExtend(b, by: 64))
        let one = Term.bitVector(1, width: 64)
        let number = UInt128(2_305_843_009_213_693_951) * UInt128(2_305_843_009_213_693_921)
        return SolverQuery(
            name: "endless",
            assertions: [
                .equal(product, .bitVector(number, width: 128)), .unsignedLess(one, a), .unsignedLess(a, b),
            ], resourceLimit: Int(UInt32.max), timeoutMilliseconds: milliseconds)
    }

    private func number(_ answer: SolverAnswer) throws -> Int? {
        guard case .satisfiable(let model) = answer.satisfiability else { return nil }
        return try model.value(of: Self.x).bits.map { Int($0) }
    }

    private func reason(_ answer: SolverAnswer) -> String? {
        if case .unknown(let reason) = answer.satisfiability { reason } else { nil }
    }

    /// Whether the process is there and at work or waiting for it.
    private func isRunning(_ identifier: pid_t) -> Bool { kill(identifier, 0) == 0 }

    /// Hundredths of a second that it has worked; very many when it is gone.
    private static func processorTicks(of identifier: pid_t) -> Int {
        guard let line = FileManager.default.contents(atPath: "/proc/\(identifier)/stat") else { return .max }
        let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
        return fields.count > 14 ? (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) : .max
    }

    @Test(arguments: [1, 2, 4]) func answersAreInTheOrderOfTheQueries(_ jobs: Int) throws {
        let pool = SolverProcesses(command: try Self.command(), jobs: jobs)
        #expect(pool.identifiers.isEmpty, "nothing is started before it is needed")
        #expect(pool.answers(to: []).isEmpty && pool.identifiers.isEmpty)
        let numbers = Array(0..<50)
        let answers = pool.answers(to: numbers.map(Self.query))
        #expect(try answers.map(number) == numbers)
        #expect(pool.identifiers.count == jobs)
    }

    @Test func aKilledProcessCostsOneQuery() throws {
        let pool = SolverProcesses(command: try Self.command(), jobs: 2)
        #expect(pool.answers(to: [Self.query(0), Self.query(1)]).count == 2)
        let victim = try #require(pool.identifiers.first)
        let before = Self.processorTicks(of: victim)
        let killer = Thread {
            // Not before it is well at it.
            while Self.processorTicks(of: victim) < before + 20 { Thread.sleep(forTimeInterval: 0.02) }
            kill(victim, SIGKILL)
        }
        killer.start()
        let answers = pool.answers(to: [Self.endless(milliseconds: 20_000)] + (1..<20).map(Self.query))
        #expect(reason(answers[0])?.contains("ended by signal 9") == true, "\(answers[0])")
        #expect(try answers.dropFirst().map(number) == Array(1..<20))
        #expect(!isRunning(victim))
        // It is replaced by the time that there is work for it.
        #expect(try pool.answers(to: (0..<20).map(Self.query)).map(number) == Array(0..<20))
        #expect(pool.identifiers.count == 2 && !pool.identifiers.contains(victim))
    }

    /// Between two queries nobody notices, until the next one.
    @Test func aProcessThatDiedIdleIsFoundOut() throws {
        let pool = SolverProcesses(command: try Self.command(), jobs: 1)
        #expect(try number(pool.answers(to: [Self.query(5)])[0]) == 5)
        kill(try #require(pool.identifiers.first), SIGKILL)
        Thread.sleep(forTimeInterval: 0.2)
        let answers = pool.answers(to: [Self.query(6), Self.query(7)])
        #expect(try answers.map(number) == [6, 7])
    }

    /// Z3 stops by itself, mostly.
    @Test func aQueryEndsAtItsTimeLimit() throws {
        let pool = SolverProcesses(command: try Self.command(), jobs: 1)
        let start = ContinuousClock.now
        let answers = pool.answers(to: [Self.endless(milliseconds: 500), Self.query(3)])
        #expect(reason(answers[0]) != nil)
        #expect(try number(answers[1]) == 3)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    /// A process that does not answer any more: stopped, which no time limit of its own can end.
    @Test func aProcessThatHangsIsKilled() throws {
        let pool = SolverProcesses(command: try Self.command(), jobs: 1)
        #expect(try number(pool.answers(to: [Self.query(0)])[0]) == 0)
        let hanging = try #require(pool.identifiers.first)
        kill(hanging, SIGSTOP)
        let start = ContinuousClock.now
        let answers = pool.answers(to: [Self.endless(milliseconds: 200), Self.query(3)])
        #expect(reason(answers[0])?.contains("was killed") == true, "\(answers[0])")
        #expect(try number(answers[1]) == 3)
        #expect(ContinuousClock.now - start >= .milliseconds(2200))
        #expect(!isRunning(hanging))
    }

    @Test func whatCannotBeStartedIsTold() throws {
        let pool = SolverProcesses(command: WorkerCommand(executable: "/nowhere/verify"), jobs: 2)
        let answers = pool.answers(to: [Self.query(0), Self.query(1)])
        #expect(answers.allSatisfy { reason($0)?.contains("No such file") == true }, "\(answers)")
    }

    /// Not a solver at all.
    @Test(arguments: ["/bin/true", "/bin/cat"]) func whatIsNoSolverIsTold(_ executable: String) throws {
        let pool = SolverProcesses(command: WorkerCommand(executable: executable), jobs: 2)
        let answers = pool.answers(to: (0..<3).map(Self.query))
        #expect(answers.allSatisfy { reason($0)?.contains("the solver's process") == true }, "\(answers)")
    }

    @Test func allEndWithThePool() throws {
        var pool: SolverProcesses? = SolverProcesses(command: try Self.command(), jobs: 3)
        _ = pool?.answers(to: (0..<9).map(Self.query))
        let identifiers = pool?.identifiers ?? []
        #expect(identifiers.count == 3)
        pool = nil
        #expect(!identifiers.contains(where: isRunning))
    }

    /// Each gets its own answers, whoever else asks meanwhile.
    @Test func manyMayAskAtATime() throws {
        let pool = SolverProcesses(command: try Self.command(), jobs: 2)
        let threads = CooperativeThreads()
        var answers = [[SolverAnswer?]](repeating: [], count: 6)
        threads.run(6, atOnce: 4) { asker in
            for round in 0..<5 {
                answers[asker] += pool.answers(count: 4, waiting: threads.giveWay) { index in
                    index == 2 ? nil : Self.query(asker * 100 + round * 10 + index)
                }
            }
        }
        for asker in 0..<6 {
            let numbers = try answers[asker].map { try $0.flatMap(number) }
            var expected: [Int?] = []
            for round in 0..<5 {
                for index in 0..<4 { expected.append(index == 2 ? nil : asker * 100 + round * 10 + index) }
            }
            #expect(numbers == expected)
        }
        #expect(pool.identifiers.count == 2)
    }

    /// The same answers as from solvers in this process.
    @Test func processesAnswerAsThreadsDo() throws {
        let (processes, threads) = (SolverProcesses(command: try Self.command(), jobs: 2), SolverThreads(jobs: 2))
        let queries =
            (0..<10).map(Self.query) + [
                SolverQuery(name: "no", assertions: [.false], resourceLimit: 1000, timeoutMilliseconds: 1000),
                SolverQuery(name: "not Boolean", assertions: [Self.x], resourceLimit: 1000, timeoutMilliseconds: 1000),
            ]
        for (first, second) in zip(processes.answers(to: queries), threads.answers(to: queries)) {
            #expect(try number(first) == number(second))
            #expect(reason(first) == reason(second))
        }
    }
}
