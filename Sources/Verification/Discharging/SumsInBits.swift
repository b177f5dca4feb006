import Logic

/// Claims about sums of packet words, said of bits instead of numbers: code that sums up by itself computes with bits.
enum SumsInBits {
    /// The assertions with each claim about a sum of bytes alone said of bits: carries are added until none is left, as RFC 1071 section 4.1 does. Sums
    /// over bytes that are not told one by one, and of what a checksum function computed, stay as they are.
    ///
    /// - Parameter computed: variables for what checksum functions computed.
    static func rewritten(_ assertions: [Term], computed: Set<Term>) -> [Term] {
        var replacements: [Term: Term] = [:]
        var sums: [Summands] = []
        Term.forEachSubterm(of: assertions) { term in
            if term.operation == .add, term.width == 32 { sums.append(Summands(term)) }
        }
        Term.forEachSubterm(of: assertions) { term in
            guard term.operation == .equal,
                let remainder = term.arguments.first(where: { $0.operation == .integerModulo }),
                term.arguments.contains(.integer(0)), remainder.arguments[1].integerValue == 65535,
                !remainder.freeVariables.contains(where: computed.contains),
                let sum = bits(of: remainder.arguments[0], sums)
            else { return }
            let rest = folded(sum)
            replacements[term] = .equal(rest, .bitVector(0, width: 16)) || .equal(rest, .bitVector(65535, width: 16))
        }
        if replacements.isEmpty { return assertions }
        var substitution = Substitution(replacements)
        return assertions.map { substitution.apply($0) }
    }

    /// A sum over words in 32 bits, where that is what it is and it cannot wrap around.
    ///
    /// - Parameter sums: what code has added up. Where that is a part of the sum, its carries are added as code does: then nobody need find out that
    ///   sums in different orders are the same.
    private static func bits(of sum: Term, _ sums: [Summands]) -> Term? {
        var (high, low): ([Term], [Term]) = ([], [])
        var result = 0
        for summand in sum.operation == .integerAdd ? sum.arguments : [sum] {
            if let constant = summand.integerValue {
                result += constant
            } else if summand.operation == .unsignedInteger, summand.arguments[0].sort == .byte {
                low.append(summand.arguments[0])
            } else if summand.operation == .integerMultiply, summand.arguments[0].integerValue == 256,
                summand.arguments[1].operation == .unsignedInteger,
                summand.arguments[1].arguments[0].sort == .byte
            {
                high.append(summand.arguments[1].arguments[0])
            } else {
                return nil
            }
        }
        guard high.count + low.count <= 1 << 10, (0..<1 << 30).contains(result) else { return nil }
        // Words that were made of neighbouring bytes, as far as there are such: code adds words.
        var words: [Term] = []
        for byte in high {
            let place = low.firstIndex { Term.concatenate(byte, $0).operation != .concatenate } ?? low.indices.last
            words.append(.concatenate(byte, place.map { low.remove(at: $0) } ?? .bitVector(0, width: 8)))
        }
        let summands = (words + low).map { Term.zeroExtend($0, by: 32 - $0.width) }
        let parts = sums.compactMap { part in part.rest(of: summands, result).map { (part: part, rest: $0) } }
        guard
            let (part, rest) = parts.max(by: {
                ($0.part.terms.count, $0.part.constant) < ($1.part.terms.count, $1.part.constant)
            })
        else {
            return summands.reduce(.bitVector(result, width: 32)) { .add($0, $1) }
        }
        return rest.reduce(.zeroExtend(folded(part.sum), by: 16)) { .add($0, $1) }
    }

    /// What a sum of 32 bits leaves modulo 65535, in 16 bits, where 65535 is as good as 0.
    private static func folded(_ sum: Term) -> Term {
        func once(_ sum: Term) -> Term {
            .add(
                .zeroExtend(.extract(sum, high: 15, low: 0), by: 16),
                .zeroExtend(.extract(sum, high: 31, low: 16), by: 16))
        }
        return .extract(once(once(sum)), high: 15, low: 0)
    }

    /// What a sum in bits is a sum of.
    private struct Summands {
        let sum: Term
        private(set) var terms: [Term] = []
        private(set) var constant: UInt128 = 0

        init(_ sum: Term) {
            self.sum = sum
            var open = [sum]
            while let term = open.popLast() {
                if term.operation == .add {
                    open += term.arguments
                } else if let value = term.bitVectorValue {
                    constant += value
                } else {
                    terms.append(term)
                }
            }
        }

        /// What else a sum of such terms and a constant is of, if all of this is part of it.
        func rest(of others: [Term], _ constant: Int) -> [Term]? {
            var rest = others
            for term in terms {
                guard let place = rest.firstIndex(of: term) else { return nil }
                rest.remove(at: place)
            }
            guard let own = Int(exactly: self.constant), own <= constant else { return nil }
            return rest + [.bitVector(constant - own, width: 32)]
        }
    }
}
