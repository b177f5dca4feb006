import Logic

/// Questions in a goal about sums whether a checksum is a certain one, as UDP's 0 is, in the numbers that sums are made of: for the solver,
/// bits and sums have nothing to do with each other.
struct ChecksumTests {
    /// Puts the questions into numbers.
    var inNumbers: Substitution
    /// What is known of the same bytes, in numbers.
    private(set) var known: [Term] = []
    /// The bytes that are not computed and that the questions are about.
    private(set) var bytes: [Term] = []

    /// - Parameters:
    ///   - terms: where there may be questions.
    ///   - computed: bytes that checksum functions computed.
    ///   - known: what may be known of the others.
    init(of terms: [Term], computed: Set<Term>, known assumptions: [Term]) {
        var replacements: [Term: Term] = [:]
        var asked: Set<Term> = []
        Term.forEachSubterm(of: terms) { term in
            guard let question = Self.question(term) else { return }
            if question.isDisjoint(with: computed), !term.freeVariables.contains(where: computed.contains) {
                if question.isEmpty { return }
                asked.formUnion(question)
            }
            replacements[term] = Self.numbers(term)
        }
        known = assumptions.flatMap(\.conjuncts).compactMap { Self.numbers($0, about: asked) }
        bytes = asked.sorted { $0.identifier < $1.identifier }
        inNumbers = Substitution(replacements)
    }

    /// The bytes that an equality with a constant is about; empty where it is about more than bytes side by side, nil for other terms.
    private static func question(_ term: Term) -> Set<Term>? {
        guard term.operation == .equal, case .bitVector(let width) = term.arguments[0].sort, width <= 16 else {
            return nil
        }
        let open = term.arguments.filter { $0.bitVectorValue == nil }
        return open.count == 1 ? Set(parts(of: open[0]) ?? []) : nil
    }

    private static func parts(of term: Term) -> [Term]? {
        if term.operation == .concatenate {
            var result: [Term] = []
            for argument in term.arguments {
                guard let parts = parts(of: argument) else { return nil }
                result += parts
            }
            return result
        }
        return term.width == 8 && (term.variableName != nil || term.operation == .select) ? [term] : nil
    }

    /// An assumption in numbers; nil where it is about anything but the bytes.
    private static func numbers(_ assumption: Term, about bytes: Set<Term>) -> Term? {
        switch assumption.operation {
        case .not, .and, .or:
            var parts: [Term] = []
            for argument in assumption.arguments {
                guard let part = numbers(argument, about: bytes) else { return nil }
                parts.append(part)
            }
            return assumption.rebuilt(with: parts)
        default:
            guard let question = question(assumption), !question.isEmpty, question.isSubset(of: bytes) else {
                return nil
            }
            return numbers(assumption)
        }
    }

    private static func numbers(_ equality: Term) -> Term {
        .equal(.unsignedInteger(equality.arguments[0]), .unsignedInteger(equality.arguments[1]))
    }
}
