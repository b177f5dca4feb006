import Diagnostics
import Foundation
import Logic
import SMT
import Synchronization
import Testing

@testable import Verification

/// A second solver for every answer: it must notice a wrong one, and must not be taken for having noticed nothing.
@Suite struct CrossCheckTests {
    private static let x = Term.variable("x", .bitVector(32))
    private static let small = Term.unsignedLess(x, .bitVector(10, width: 32))

    /// Follows.
    private static let right = Obligation(
        subject: "right", place: "path0", assumptions: [small], goal: .unsignedLess(x, .bitVector(11, width: 32)),
        location: SourceLocation(file: "box.c", line: 12, column: 3))
    /// Does not.
    private static let wrong = Obligation(
        subject: "wrong", place: "path1", assumptions: [small], goal: .unsignedLess(x, .bitVector(9, width: 32)),
        location: SourceLocation(file: "box.c", line: 34, column: 5))

    /// A solver that says of everything what it likes.
    private final class Liar: SolverPool {
        let answer: Satisfiability

        init(_ answer: Satisfiability) { self.answer = answer }

        func answers(count: Int, waiting: (() -> Void) -> Void, query: (Int) -> SolverQuery?) -> [SolverAnswer?] {
            (0..<count).map { query($0).map { _ in SolverAnswer(answer) } }
        }
    }

    /// Keeps what it is told.
    private final class Listener: AnswerObserver {
        private let told = Mutex<(questions: [AnsweredQuestion], settled: Int)>(([], 0))

        var questions: [AnsweredQuestion] { told.withLock { $0.questions } }
        var settled: Int { told.withLock { $0.settled } }

        func note(_ question: AnsweredQuestion) { told.withLock { $0.questions.append(question) } }
        func noteSettledByBuilders() { told.withLock { $0.settled += 1 } }
    }

    private final class Folder {
        let path = FileManager.default.temporaryDirectory.path + "/gravel-cross-\(UUID().uuidString)"

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func report(
        _ obligations: [Obligation], by pool: any SolverPool, _ folder: Folder
    ) async throws -> CrossCheckReport {
        let check = CrossCheck(
            // However busy the machine is with other tests.
            solver: try await SecondSolver(.cvc5, timeout: 1200), jobs: 2, kept: ObligationFolder(path: folder.path),
            wholeLimit: 1200)
        defer { check.stop() }
        let discharger = Discharger(
            pool: pool, budget: .init(), recorder: AnswerRecorder(middlebox: "box", observers: [check]))
        discharger.beginQuestions(for: "claim", at: SourceLocation(file: "box.gravel", line: 7, column: 10))
        _ = discharger.discharge(obligations)
        await check.finish()
        return check.report
    }

    @Test func rightAnswersAreAgreedOn() async throws {
        let report = try await report([Self.right, Self.wrong], by: SolverThreads(jobs: 1), Folder())
        #expect(report.answers > 2 && report.agreed == report.answers, "\(report)")
        #expect(SolverDisagreement(report) == nil && BrokenSecondSolver(report) == nil)
    }

    /// "It follows", of what does not: the one mistake that a verifier must not make.
    @Test func aWrongProofIsNoticed() async throws {
        let folder = Folder()
        let report = try await report([Self.right, Self.wrong], by: Liar(.unsatisfiable), folder)
        let disagreement = try #require(
            report.disagreements.first { $0.question.form == .asked && $0.question.subject.hasPrefix("wrong") })
        // The obligation itself is meant: that it follows from less than all that is assumed is asked first, and is wrong of both.
        let whole = report.disagreements.filter { $0.question.form == .whole }.map(\.question.subject)
        #expect(!whole.isEmpty && whole.allSatisfy { $0.hasPrefix("wrong") }, "\(whole)")
        #expect(report.agreed > 0)
        let words = try #require(SolverDisagreement(report)).description
        for part in [
            "wrong (neighbours)", "Z3 says unsat", "cvc5", "says sat", "box.c:34:5", "box.gravel:7:10", "report",
            folder.path,
        ] { #expect(words.contains(part), "\(words)") }
        let script = try String(contentsOfFile: try disagreement.file.get(), encoding: .utf8)
        #expect(script.contains("(set-info :status unsat)") && script.contains("box.c:34:5"), "\(script)")
        // Whoever gets the file sees the same.
        guard case .satisfiable = try Z3Solver().check(script: script, name: "kept") else {
            Issue.record("the file that is kept does not show it: \(script)")
            return
        }
    }

    @Test func aWrongCounterexampleIsNoticed() async throws {
        let report = try await report([Self.right], by: Liar(.satisfiable(Model(assignment: [:]))), Folder())
        #expect(
            report.disagreements.allSatisfy { $0.question.answer == .satisfiable && $0.otherAnswer == .unsatisfiable })
        #expect(!report.disagreements.isEmpty)
    }

    /// Nothing rests on it.
    @Test func thatTheSolverGaveUpIsNotChecked() async throws {
        let report = try await report([Self.right], by: Liar(.unknown(reason: "tired")), Folder())
        #expect(report.answers == 0)
    }

    /// What needs no solver is told in the form that it had, as far as it has one.
    @Test func whatSimplificationSettledIsToldOf() throws {
        let listener = Listener()
        let discharger = Discharger(
            pool: Liar(.unknown(reason: "it is not asked")), budget: .init(),
            recorder: AnswerRecorder(observers: [listener]))
        let assumed = Obligation(subject: "assumed", place: "", assumptions: [Self.small], goal: Self.small)
        let built = Obligation(subject: "built", place: "", assumptions: [Self.small], goal: .equal(Self.x, Self.x))
        let outcomes = discharger.discharge([assumed, built, assumed])
        #expect(outcomes.allSatisfy { $0.isProved })
        #expect(listener.questions.map(\.subject) == ["assumed"], "each once")
        #expect(listener.questions.first?.form == .simplified)
        #expect(listener.questions.first?.assertions == [Self.small, !Self.small])
        #expect(listener.settled == 1)
    }

    // MARK: Whole middleboxes

    private static let box = """
        void packet_arrives(struct packet *packet) {
            if (packet->length < 34) return packet_drop(packet);
            if (3 * packet->length > 4500) return packet_drop(packet);
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        """
    private static let spec = """
        property crosses when p enters inside, q leaves any then q leaves outside
        property short_ones_stop when p enters any where p.length < 20 then p is dropped
        property long_ones_stop when p enters any where p.length > 1500 then p is dropped
        """

    /// Each script says all there is to say: Z3, given nothing else, answers as it did.
    @Test func scriptsAreReadBackWithTheSameAnswer() async throws {
        let listener = Listener()
        try await Box(Self.box, spec: Self.spec).verify(toldTo: listener)
        let questions = listener.questions
        #expect(questions.contains { $0.answer == .unsatisfiable } && questions.contains { $0.answer == .satisfiable })
        for question in questions {
            let answer = try Z3Solver(resourceLimit: 20_000_000).check(script: question.script, name: "script")
            switch (question.answer, answer) {
            case (.satisfiable, .satisfiable), (.unsatisfiable, .unsatisfiable), (.unknown, _): continue
            case (.satisfiable, _), (.unsatisfiable, _): Issue.record("\(answer) of\n\(question.script)")
            }
        }
    }

    // MARK: Folders of scripts

    private static let question = AnsweredQuestion(
        middlebox: "a/b", property: nil, subject: "../it (abstract)", place: "path0", location: nil,
        assertions: [small], answer: .satisfiable)

    @Test func aQuestionHasTheSameNameInEveryRun() throws {
        let folder = Folder()
        let path = try ObligationFolder(path: folder.path).write(Self.question)
        #expect(try ObligationFolder(path: folder.path).write(Self.question) == path)
        let name = try #require(path.split(separator: "/").last)
        #expect(name.wholeMatch(of: /it_abstract\.[0-9a-f]{12}\.smt2/) != nil, "\(path)")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == ["a_b", "a_b/\(name)"])
    }

    @Test func whatIsThereAlreadyIsLeftAsItIs() throws {
        let folder = Folder()
        let path = try ObligationFolder(path: folder.path).write(Self.question)
        try "somebody else's".write(toFile: path, atomically: true, encoding: .utf8)
        let other = folder.path + "/notes.txt"
        try "notes".write(toFile: other, atomically: true, encoding: .utf8)
        #expect(throws: ObligationFolderError.taken(path: path)) {
            try ObligationFolder(path: folder.path).write(Self.question)
        }
        let again = ObligationFolder(path: folder.path)
        again.note(Self.question)
        #expect(again.failure == .taken(path: path) && again.count == 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "somebody else's")
        #expect(try String(contentsOfFile: other, encoding: .utf8) == "notes")
    }

    @Test func whereNothingCanBeWrittenIsTold() throws {
        let folder = ObligationFolder(path: "/dev/null/obligations")
        folder.note(Self.question)
        #expect(folder.failure?.description.contains("cannot write '/dev/null/obligations") == true)
    }
}
