import Diagnostics
import Logic
import MiddleboxIR
import SMT

/// A question that was put to the solver, with its answer: whether some terms can hold together.
public struct AnsweredQuestion: Sendable {
    /// In SMT-LIB's words.
    public enum Answer: String, Sendable {
        case satisfiable = "sat"
        case unsatisfiable = "unsat"
        case unknown
    }

    /// What its assertions are.
    public enum Form: Sendable {
        /// What the solver was asked.
        case asked
        /// What that was before it was encoded: as encodings only leave out, a solver's "no" is one to this, too.
        case whole
        /// What no solver was asked, as simplification had settled it: before it was simplified.
        case simplified
    }

    public let middlebox: String
    /// What was judged when it was first asked, and where the spec states that; nil: nothing in particular, as in execution.
    public let property: (name: String, location: SourceLocation?)?
    /// What it is about, and in which encoding.
    public let subject: String
    /// Which of the many about this.
    public let place: String
    /// Where in the C code it comes from, as far as that is one place.
    public let location: SourceLocation?
    public let assertions: [Term]
    public let answer: Answer
    public let form: Form

    public init(
        middlebox: String, property: (name: String, location: SourceLocation?)?, subject: String, place: String,
        location: SourceLocation?, assertions: [Term], answer: Answer, form: Form = .asked
    ) {
        self.middlebox = middlebox
        self.property = property
        self.subject = subject
        self.place = place
        self.location = location
        self.assertions = assertions
        self.answer = answer
        self.form = form
    }

    /// As a script that says all of it, the answer included.
    public var script: String {
        let description = [
            "middlebox: \(middlebox)", "property: \(propertyText)", "question: \(subject)", "place: \(placeText)",
            "answer: \(answer.rawValue)\(meaning)",
        ]
        return SMTLIBPrinter.script(
            assertions, name: "A question of verify's, in SMT-LIB 2.6", notes: description, status: answer.rawValue)
    }

    /// As a script that does not tell the answer: for a solver that is to find it.
    public var scriptWithoutAnswer: String { SMTLIBPrinter.script(assertions, name: "\(middlebox): \(subject)") }

    var propertyText: String {
        guard let property else { return "none in particular" }
        return property.name + (property.location.map { ", \($0)" } ?? "")
    }

    var placeText: String {
        let texts = [place, location.map { "\($0)" } ?? ""].filter { !$0.isEmpty }
        return texts.isEmpty ? "none in particular" : texts.joined(separator: ", ")
    }

    private var meaning: String {
        switch form {
        case .asked: ", Z3's"
        case .whole: ", as Z3 found of what this was encoded as"
        case .simplified: ", as simplification found without a solver"
        }
    }
}

/// Is told of every question and its answer.
public protocol AnswerObserver: AnyObject, Sendable {
    /// On the thread that verifies; each question once.
    func note(_ question: AnsweredQuestion)

    /// A question that was settled when its terms were built: there is no form of it in which a solver would have anything to do.
    func noteSettledByBuilders()
}

/// Tells observers of questions and their answers: of each question once, however often it is asked.
struct AnswerRecorder {
    var middlebox = ""
    var observers: [any AnswerObserver] = []
    /// What is judged now, and where it is stated.
    var property: (name: String, location: SourceLocation?)?

    private struct Key: Hashable {
        let assertions: Set<Term>
        let answer: AnsweredQuestion.Answer
    }

    private var told: Set<Key> = []

    init(middlebox: String = "", observers: [any AnswerObserver] = []) {
        self.middlebox = middlebox
        self.observers = observers
    }

    /// Whether anybody is told.
    var isListening: Bool { !observers.isEmpty }

    mutating func note(_ query: Discharger.Query, _ answer: Satisfiability) {
        guard isListening else { return }
        if query.assertions.contains(where: \.isFalse) {
            // The encoding has settled it.
            noteSimplified(
                query.original ?? query.assertions, subject: query.subject, place: query.place, at: query.location)
            return
        }
        let word: AnsweredQuestion.Answer =
            switch answer {
            case .satisfiable: .satisfiable
            case .unsatisfiable: .unsatisfiable
            case .unknown: .unknown
            }
        tell(query.assertions, word, subject: query.subject, place: query.place, at: query.location)
        // Whatever an encoding leaves out: a "no" is one to the whole question.
        // Where that is in numbers, another solver finds bits as slow.
        if word == .unsatisfiable, !query.isInNumbers, let original = query.original, original != query.assertions {
            tell(
                original, word, subject: query.subject + ", as it stands", place: query.place, at: query.location,
                form: .whole)
        }
    }

    /// A question whose answer is "no" without a solver, in the form that it had before.
    mutating func noteSimplified(
        _ question: @autoclosure () -> [Term], subject: String, place: String, at location: SourceLocation? = nil
    ) {
        guard isListening else { return }
        let assertions = question()
        if assertions.contains(where: \.isFalse) {
            for observer in observers { observer.noteSettledByBuilders() }
            return
        }
        tell(assertions, .unsatisfiable, subject: subject, place: place, at: location, form: .simplified)
    }

    private mutating func tell(
        _ assertions: [Term], _ answer: AnsweredQuestion.Answer, subject: String, place: String,
        at location: SourceLocation?, form: AnsweredQuestion.Form = .asked
    ) {
        guard told.insert(Key(assertions: Set(assertions), answer: answer)).inserted else { return }
        let question = AnsweredQuestion(
            middlebox: middlebox, property: property, subject: subject, place: place, location: location,
            assertions: assertions, answer: answer, form: form)
        for observer in observers { observer.note(question) }
    }
}
