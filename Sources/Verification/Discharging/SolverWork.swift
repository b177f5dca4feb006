/// What solvers were asked, and what it cost.
struct SolverWork {
    private var bySubject: [String: QuestionReport] = [:]
    /// Obligations put to solvers.
    private(set) var obligations = 0
    /// Questions that earlier runs had answered.
    private(set) var stored = 0
    private var longest: [(name: String, seconds: Double)] = []

    /// By subject, most costly first: by solver steps, which are the same on every machine.
    var questions: [QuestionReport] {
        bySubject.values.sorted { ($0.steps, $1.name) > ($1.steps, $0.name) }
    }

    /// The queries that took longest, longest first.
    var slowest: [(name: String, seconds: Double)] { longest.sorted { $0.seconds > $1.seconds } }

    mutating func addObligation() { obligations += 1 }
    mutating func addStored() { stored += 1 }

    mutating func add(_ query: Discharger.Query, seconds: Double, steps: Int) {
        var question = bySubject[query.subject] ?? QuestionReport(name: query.subject)
        question.queries += 1
        question.seconds += seconds
        question.steps += steps
        bySubject[query.subject] = question
        longest.append((query.name, seconds))
        if longest.count > 200 {
            longest.sort { $0.seconds > $1.seconds }
            longest.removeLast(100)
        }
    }
}
