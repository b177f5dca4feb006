import Logic
import PacketFormat

/// The sums over packet words that appear in goals about checksums, spelled out for packets whose lengths are known.
enum WordSumDefinitions {
    /// Most bytes that are summed up: all options of a header, and a short payload.
    static let mostBytes = 128

    /// What is to hold of a trace so that its sums can be spelled out.
    static func lengths(in assertions: [Term]) -> [Term] {
        var result: [Term] = []
        Term.forEachSubterm(of: assertions) { term in
            guard let sum = Sum(term) else { return }
            result.append(.unsignedLessOrEqual(sum.length, .bitVector(mostBytes, width: sum.start.width)))
        }
        return result
    }

    /// The assertions with each sum as a sum of bytes, as many as there are in the model, and with what that presumes. Nil where there are too
    /// many, or the model does not say.
    static func spelledOut(_ assertions: [Term], in evaluator: inout Evaluator) -> [Term]? {
        var result: [Term] = []
        var replacements: [Term: Term] = [:]
        var sums: [Sum] = []
        Term.forEachSubterm(of: assertions) { term in
            if let sum = Sum(term) { sums.append(sum) }
        }
        for sum in sums {
            guard case .bitVector(let length, let width)? = try? evaluator.evaluate(sum.length), length <= mostBytes
            else { return nil }
            result.append(.equal(sum.length, .bitVector(length, width: width)))
            replacements[sum.term] = sumOfWords(
                (0..<Int(length)).map { .select(sum.bytes, .add(sum.start, .bitVector($0, width: width))) })
        }
        var substitution = Substitution(replacements)
        return result + assertions.map { substitution.apply($0) }
    }

    /// A sum over the words of a range of bytes.
    private struct Sum {
        let term: Term
        let bytes: Term
        let start: Term
        let length: Term

        init?(_ term: Term) {
            guard case .apply(wordSumFunction) = term.operation else { return nil }
            self.term = term
            bytes = term.arguments[0]
            start = term.arguments[1]
            length = .subtract(term.arguments[2], start)
        }
    }

    /// The assertions with a truth value that nothing is known of in the place of each claim about sums.
    static func withoutSums(_ assertions: [Term]) -> [Term] {
        var replacements: [Term: Term] = [:]
        Term.forEachSubterm(of: assertions) { term in
            guard term.operation == .equal, term.arguments[0].sort == .integer, occur(in: term) else { return }
            replacements[term] = .variable("sum is right \(replacements.count)", .boolean)
        }
        var substitution = Substitution(replacements)
        return assertions.map { substitution.apply($0) }
    }

    /// Whether a term speaks of sums over packet words, or of their remainders: bytes that have all been written are summed up one by one.
    static func occur(in term: Term) -> Bool {
        var found = false
        term.forEachSubterm { part in
            switch part.operation {
            case .apply(wordSumFunction): found = true
            case .integerModulo where part.arguments[1].integerValue == 65535: found = true
            default: break
            }
        }
        return found
    }
}
