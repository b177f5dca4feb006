/// What solvers were asked, and what it cost.
struct SolverWork {
    private var bySubject: [String: QuestionReport] = [:]
    /// The same, query by query.
    private var byName: [String: QuestionReport] = [:]
    /// Obligations put to solvers.
    private(set) var obligations = 0
    /// Questions that earlier runs had answered.
    private(set) var stored = 0
    private var longest: [(name: String, seconds: Double)] = []

    /// By subject, most costly first: by solver steps, which are the same on every machine.
    var questions: [QuestionReport] {
        bySubject.values.sorted { ($0.steps, $1.name) > ($1.steps, $0.name) }
    }

    /// One by one, by name.
    var queries: [QuestionReport] { byName.values.sorted { $0.name < $1.name } }

    /// The queries that took longest, longest first.
    var slowest: [(name: String, seconds: Double)] { longest.sorted { $0.seconds > $1.seconds } }

    mutating func addObligation() { obligations += 1 }
    mutating func addStored() { stored += 1 }

    mutating func add(_ query: Discharger.Query, seconds: Double, steps: Int) {
        bySubject[query.subject, default: QuestionReport(name: query.subject)].add(seconds: seconds, steps: steps)
        byName[query.name, default: QuestionReport(name: query.name, at: query.location)].add(
            seconds: seconds, steps: steps)
        longest.append((query.name, seconds))
        if longest.count > 200 {
            longest.sort { $0.seconds > $1.seconds }
            longest.removeLast(100)
        }
    }
}

extension QuestionReport {
    fileprivate mutating func add(seconds: Double, steps: Int) {
        queries += 1
        self.seconds += seconds
        self.steps += steps
    }
}
