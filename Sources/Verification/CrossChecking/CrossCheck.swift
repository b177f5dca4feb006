import Foundation
import SMT
import Synchronization

/// Puts every question that was answered to a second solver, beside the run: nobody waits for it before the end.
///
/// Only the first solver's definite answers are checked, as nothing rests on others. An answer that differs is kept with its script. No answer is
/// taken for agreement.
public final class CrossCheck: AnswerObserver {
    private struct State {
        var waiting: [AnsweredQuestion] = []
        var tasks: [Task<Void, Never>] = []
        var running = 0
        var failuresInARow = 0
        var isStopped = false
        var scripts = 0
        var report: CrossCheckReport
    }

    /// Failures, one after the other, after which the solver is not asked any more: it does not work, and waiting for each would take hours.
    private static let mostFailures = 8
    /// The hard stop for obligations as they stand, in seconds: they are more than the solver was asked, and some are hard.
    private let wholeLimit: Double
    private let solver: SecondSolver
    private let jobs: Int
    private let scratch: String
    private let kept: ObligationFolder
    private let state: Mutex<State>

    /// - Parameters:
    ///   - jobs: how many processes work at the same time.
    ///   - kept: where the questions go on which the solvers disagree.
    ///   - wholeLimit: the hard stop for obligations as they stand, in seconds.
    public init(solver: SecondSolver, jobs: Int, kept: ObligationFolder, wholeLimit: Double = 10) {
        self.wholeLimit = wholeLimit
        self.solver = solver
        self.jobs = max(1, jobs)
        self.kept = kept
        scratch = FileManager.default.temporaryDirectory.path + "/gravel-cross-check-" + UUID().uuidString
        state = Mutex(State(report: CrossCheckReport(solver: solver.kind.rawValue, version: solver.version)))
    }

    /// What has come out so far; what is not answered yet is not asked.
    public var report: CrossCheckReport {
        state.withLock { state in
            var report = state.report
            report.notAsked =
                report.answers - report.agreed - report.unknown - report.failed - report.disagreements.count
            return report
        }
    }

    public func note(_ question: AnsweredQuestion) {
        guard question.answer != .unknown else { return }
        state.withLock { state in
            state.report.answers += 1
            switch question.form {
            case .asked: break
            case .whole: state.report.whole += 1
            case .simplified: state.report.simplified += 1
            }
            guard !state.isStopped else { return }
            state.waiting.append(question)
            guard state.running < jobs else { return }
            state.running += 1
            state.tasks.append(Task.detached(priority: .utility) { [self] in await work() })
        }
    }

    public func noteSettledByBuilders() { state.withLock { $0.report.settledByBuilders += 1 } }

    /// Waits until everything is answered that was noted so far.
    public func finish() async {
        while true {
            let tasks = state.withLock { state in
                defer { state.tasks = [] }
                return state.tasks
            }
            if tasks.isEmpty { break }
            for task in tasks { await task.value }
        }
    }

    /// Kills the solver's processes and forgets what is waiting. Nothing is asked after it.
    public func stop() {
        state.withLock { state in
            state.isStopped = true
            state.waiting = []
        }
        solver.stop()
        try? FileManager.default.removeItem(atPath: scratch)
    }

    private func work() async {
        while let (question, number) = next() {
            let path = "\(scratch)/\(number).smt2"
            let reply: SecondSolver.Reply
            do {
                try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
                try Data(question.scriptWithoutAnswer.utf8).write(to: URL(fileURLWithPath: path))
                reply = await solver.reply(toFile: path, within: question.form == .whole ? wholeLimit : nil)
            } catch {
                reply = .failed("its script cannot be written: \(error.localizedDescription)")
            }
            unlink(path)
            note(reply, to: question)
        }
    }

    private func next() -> (question: AnsweredQuestion, number: Int)? {
        state.withLock { state in
            guard !state.isStopped, !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            state.scripts += 1
            return (state.waiting.removeFirst(), state.scripts)
        }
    }

    private func note(_ reply: SecondSolver.Reply, to question: AnsweredQuestion) {
        let theirs: AnsweredQuestion.Answer
        switch reply {
        case .satisfiable: theirs = .satisfiable
        case .unsatisfiable: theirs = .unsatisfiable
        case .unknown: theirs = .unknown
        case .late(let seconds):
            return noteNoAnswer(isLate: true, "it did not stop at \(seconds) s, and was killed", to: question)
        case .failed(let reason): return noteNoAnswer(isLate: false, reason, to: question)
        }
        if theirs != .unknown, theirs != question.answer {
            let file = Result { () throws(ObligationFolderError) in try kept.write(question) }
            state.withLock { state in
                state.failuresInARow = 0
                state.report.disagreements.append(
                    .init(question: question, otherAnswer: theirs, file: file))
            }
            return
        }
        state.withLock { state in
            state.failuresInARow = 0
            if theirs == .unknown { state.report.unknown += 1 } else { state.report.agreed += 1 }
        }
    }

    private func noteNoAnswer(isLate: Bool, _ reason: String, to question: AnsweredQuestion) {
        state.withLock { state in
            // What was killed because nobody wants to know any more has not failed.
            guard !state.isStopped else { return }
            if isLate {
                state.report.unknown += 1
                state.report.late += 1
            } else {
                state.report.failed += 1
            }
            state.report.failure = state.report.failure ?? reason
            if isLate, question.form == .whole { return }
            state.failuresInARow += 1
            guard state.failuresInARow >= Self.mostFailures else { return }
            state.isStopped = true
            state.waiting = []
            state.report.isGivenUp = true
        }
    }
}

/// What a second solver said of the first one's answers. Questions are counted once, however often they were asked.
public struct CrossCheckReport: Sendable {
    /// Two definite answers to one question.
    public struct Disagreement: Sendable {
        public let question: AnsweredQuestion
        public let otherAnswer: AnsweredQuestion.Answer
        /// The path of its script, or why there is none.
        public let file: Result<String, ObligationFolderError>
    }

    public var solver: String
    public var version: String
    /// Definite answers of the first solver; those that follow from these for what was encoded; and those of simplification.
    public var answers = 0
    /// Of these: to which the second solver says the same.
    public var agreed = 0
    /// Of these: to which it found no answer within its budget.
    public var unknown = 0
    /// Of the unknown: those at which it had to be killed.
    public var late = 0
    /// Of these: to which it gave no answer for another reason, such as a crash.
    public var failed = 0
    /// Of these: to which it was not asked, as the run was interrupted or it had failed too often.
    public var notAsked = 0
    /// Of the answers: those to obligations as they stood before they were encoded.
    public var whole = 0
    /// Of the answers: those that simplification had given, without the first solver.
    public var simplified = 0
    /// Besides these: questions that were settled when their terms were built, which left nothing to ask.
    public var settledByBuilders = 0
    public var disagreements: [Disagreement] = []
    /// The first reason why it gave no answer, other than that it had done all the work that it may.
    public var failure: String?
    /// Whether it failed so often that it was not asked any more.
    public var isGivenUp = false

    /// Whether it was no check at all: the solver does not work.
    public var isBroken: Bool { isGivenUp || agreed == 0 && failed + late > 0 }

    public init(solver: String, version: String) {
        self.solver = solver
        self.version = version
    }
}

/// A second solver that does not work: nothing was checked, whatever the verdicts are.
public struct BrokenSecondSolver: Error, Sendable, CustomStringConvertible {
    private let report: CrossCheckReport

    /// Nil where it works.
    public init?(_ report: CrossCheckReport) {
        guard report.isBroken else { return nil }
        self.report = report
    }

    public var description: String {
        "\(report.solver) does not work, and did not check the verdicts: \(report.failed + report.late) times it gave no answer, first because "
            + (report.failure ?? "of something unknown")
    }
}

/// The solvers disagree: one of them is wrong, or what they were asked is not the same.
public struct SolverDisagreement: Error, Sendable, CustomStringConvertible {
    private let report: CrossCheckReport

    /// Nil where there is none.
    public init?(_ report: CrossCheckReport) {
        if report.disagreements.isEmpty { return nil }
        self.report = report
    }

    /// Most questions that are told of.
    private static let most = 5

    public var description: String {
        let all = report.disagreements.sorted { $0.text < $1.text }
        var lines = [
            "\(report.solver) disagrees on \(all.count) of \(report.answers) answers: no verdict of this run can be relied on."
                + " Please report this, with the \(all.count == 1 ? "file" : "files")"
        ]
        for disagreement in all.prefix(Self.most) {
            let question = disagreement.question
            let first =
                switch question.form {
                case .asked: "Z3"
                case .whole: "Z3, asked what this was encoded as,"
                case .simplified: "simplification"
                }
            lines.append(
                "  \(question.middlebox), question '\(question.subject)': \(first) says \(question.answer.rawValue), "
                    + "\(report.solver) \(report.version) says \(disagreement.otherAnswer.rawValue)")
            lines.append("    property: \(question.propertyText)")
            lines.append("    place: \(question.placeText)")
            switch disagreement.file {
            case .success(let path): lines.append("    file: \(path)")
            case .failure(let error): lines.append("    no file: \(error)")
            }
        }
        if all.count > Self.most { lines.append("  … and \(all.count - Self.most) more") }
        return lines.joined(separator: "\n")
    }
}

extension CrossCheckReport.Disagreement {
    fileprivate var text: String { question.middlebox + question.subject + question.placeText }
}
