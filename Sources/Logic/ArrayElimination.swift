/// Rewrites terms so that solvers see neither arrays nor tuples: reads are pushed through stores, an array variable becomes an
/// uninterpreted function of the parts of its index, a tuple variable a variable for each field.
///
/// The result is satisfiable exactly if the original is, as long as arrays are only read: two arrays are never compared. Congruence of
/// functions decides in microseconds what the theories of arrays and datatypes take long over.
public struct ArrayElimination {
    private struct Read: Hashable {
        let array: Term
        let index: Term
    }

    private var rewritten: [Term: Term] = [:]
    private var reads: [Read: Term] = [:]
    private var isPossible = true
    private let forgottenArrays: Set<String>
    private let forgetsConversions: Bool
    private let forgetsProducts: Bool
    private let decide: (Term) -> Bool?
    private var ranges: [Term: Term] = [:]

    /// - Parameters:
    ///   - forgottenArrays: reads of these array variables at different terms become unrelated variables.
    ///   - decide: whether two indices (an equality of rewritten terms) are known to be equal; nil when that is not known. The result is right
    ///     only where its answers are.
    ///   - forgetsConversions: integers made of bit-vectors become unrelated integer variables, of which `range` tells the range.
    ///   - forgetsProducts: products that take many additions of wide bit-vectors, as those in hash functions do, become unrelated variables.
    ///
    /// What is forgotten makes the result weaker: if it is unsatisfiable, so is the original.
    public init(
        forgottenArrays: Set<Term> = [], forgetsConversions: Bool = false, forgetsProducts: Bool = false,
        decide: @escaping (Term) -> Bool? = { _ in nil }
    ) {
        self.decide = decide
        self.forgottenArrays = Set(forgottenArrays.compactMap(\.variableName))
        self.forgetsConversions = forgetsConversions
        self.forgetsProducts = forgetsProducts
    }

    /// What is known of an integer variable that stands for a bit-vector; nil for other variables.
    public func range(of variable: Term) -> Term? { ranges[variable] }

    /// The rewritten term, or nil when arrays are used in some other way than by reading.
    public mutating func eliminate(_ term: Term) -> Term? {
        let result = rewrite(term)
        return isPossible ? result : nil
    }

    private mutating func rewrite(_ root: Term) -> Term {
        if let done = rewritten[root] { return done }
        var stack = [root]
        while let term = stack.last {
            if rewritten[term] != nil {
                stack.removeLast()
                continue
            }
            let missing = term.arguments.filter { rewritten[$0] == nil }
            if missing.isEmpty {
                rewritten[term] = rewriteShallow(term)
                stack.removeLast()
            } else {
                stack.append(contentsOf: missing)
            }
        }
        return rewritten[root] ?? root
    }

    private mutating func rewriteShallow(_ term: Term) -> Term {
        let arguments = term.arguments.map { rewritten[$0] ?? $0 }
        switch term.operation {
        case .variable(let name):
            guard case .tuple = term.sort else { return term }
            return spread(name, [], sort: term.sort)
        case .unsignedInteger where forgetsConversions:
            let bits = arguments[0]
            guard bits.width < 63, bits.bitVectorValue == nil else { return term.rebuilt(with: arguments) }
            let variable = Term.variable("integer[\(bits.identifier)]", .integer)
            ranges[variable] =
                .lessOrEqual(.integer(0), variable) && .less(variable, .integer(1 << bits.width))
            return variable
        case .multiply where forgetsProducts && Self.takesManyAdditions(arguments):
            let product = term.rebuilt(with: arguments)
            return product.isConstant ? product : .variable("product[\(product.identifier)]", term.sort)
        case .select: return read(arguments[0], arguments[1])
        case .equal:
            if case .array = term.arguments[0].sort { isPossible = false }
            return .equal(arguments[0], arguments[1])
        case .apply(let name):
            // A function of a whole array: of each array variable a function of its own.
            var rest: [Term] = []
            var fullName = name
            for argument in arguments {
                if case .array = argument.sort {
                    guard let array = argument.variableName else {
                        isPossible = false
                        return term
                    }
                    fullName += ".\(array)"
                } else {
                    rest += argument.sort == .bitVector(32) ? ArrayElimination.halves(argument) : flattened(argument)
                }
            }
            return rest.isEmpty ? .variable(fullName, term.sort) : .apply(fullName, rest, sort: term.sort)
        default: return term.rebuilt(with: arguments)
        }
    }

    private mutating func read(_ array: Term, _ index: Term) -> Term {
        // Down to something already read, then up again, so that long chains of stores need no recursion.
        var chain: [Term] = []
        var current = array
        var result: Term?
        while result == nil {
            if let known = reads[Read(array: current, index: index)] {
                result = known
                break
            }
            switch current.operation {
            case .store:
                var same = ArrayElimination.sameIndex(current.arguments[1], index, of: current.sort)
                if let known = decide(same) { same = .boolean(known) }
                if same.isTrue {
                    result = current.arguments[2]
                } else {
                    if !same.isFalse { chain.append(current) }
                    current = current.arguments[0]
                }
            case .ifThenElse:
                result = .ifThenElse(
                    current.arguments[0], read(current.arguments[1], index), read(current.arguments[2], index))
            case .rotate: result = read(current.arguments[0], .add(index, current.arguments[1]))
            case .constantArray: result = current.arguments[0]
            case .variable(let name):
                guard case .array(_, let element) = current.sort else { return .select(current, index) }
                if forgottenArrays.contains(name) {
                    result = spread("\(name)[\(index.identifier)]", [], sort: element)
                    break
                }
                result = spread(
                    name, ArrayElimination.halves(index, of: current.sort) ?? flattened(index), sort: element)
            default:
                isPossible = false
                return .select(array, index)
            }
        }
        guard var value = result else { return .select(array, index) }
        for store in chain.reversed() {
            value = .ifThenElse(
                ArrayElimination.sameIndex(store.arguments[1], index, of: store.sort), store.arguments[2], value)
            reads[Read(array: store, index: index)] = value
        }
        return value
    }

    /// An index times the size of an element takes few.
    private static func takesManyAdditions(_ factors: [Term]) -> Bool {
        guard let width = factors.first?.width, width >= 16 else { return false }
        return factors.compactMap(\.bitVectorValue).allSatisfy { $0.nonzeroBitCount >= 6 }
    }

    /// Indices of 32 bits are taken in halves: where they are put together from a protocol and a port, congruence of the parts is decided at
    /// once, where a solver that sees only bits tries one port after the other.
    ///
    /// Not so the places of bytes, which are told apart by their low bits.
    private static func halves(_ index: Term, of array: Sort) -> [Term]? {
        isInHalves(array) ? halves(index) : nil
    }

    private static func halves(_ index: Term) -> [Term] {
        [.extract(index, high: 31, low: 16), .extract(index, high: 15, low: 0)]
    }

    private static func isInHalves(_ array: Sort) -> Bool {
        guard case .array(.bitVector(32), let element) = array else { return false }
        return element != .byte
    }

    private static func sameIndex(_ a: Term, _ b: Term, of array: Sort) -> Term {
        guard let first = halves(a, of: array), let second = halves(b, of: array) else { return .equal(a, b) }
        return .and(zip(first, second).map { .equal($0, $1) })
    }

    /// The scalars that a value is made of.
    private func flattened(_ term: Term) -> [Term] {
        guard case .tuple(let sort) = term.sort else { return [term] }
        return sort.fields.indices.flatMap { flattened(.field($0, of: term)) }
    }

    /// A value that depends on the arguments in a way that nothing is known of, for each of its fields.
    private func spread(_ name: String, _ arguments: [Term], sort: Sort) -> Term {
        guard case .tuple(let tuple) = sort else {
            if case .array = sort { return .variable(name, sort) }
            return arguments.isEmpty ? .variable(name, sort) : .apply(name, arguments, sort: sort)
        }
        return .tuple(
            tuple.fields.map { spread("\(name).\($0.name)", arguments, sort: $0.sort) }, sort: sort)
    }

    // MARK: The way back

    /// What a variable of the original terms is, given values for the rewritten ones. Right only where nothing was forgotten.
    public static func restored(
        _ variable: Term, assignment: [Term: Value], functions: [String: FunctionInterpretation]
    ) -> Value {
        guard let name = variable.variableName else { return .zero(of: variable.sort) }
        func scalar(_ name: String, _ sort: Sort) -> Value {
            if case .tuple(let tuple) = sort {
                return .tuple(tuple.fields.map { scalar("\(name).\($0.name)", $0.sort) })
            }
            return assignment[.variable(name, sort)] ?? .zero(of: sort)
        }
        guard case .array(let indexSort, let elementSort) = variable.sort else { return scalar(name, variable.sort) }
        var tables: [FunctionInterpretation] = []
        func element(_ name: String, _ sort: Sort, _ table: (FunctionInterpretation) -> Value) -> Value {
            if case .tuple(let tuple) = sort {
                return .tuple(tuple.fields.map { element("\(name).\($0.name)", $0.sort, table) })
            }
            guard let function = functions[name] else { return .zero(of: sort) }
            tables.append(function)
            return table(function)
        }
        let defaultElement = element(name, elementSort) { $0.defaultValue }
        var entries: [Value: Value] = [:]
        for arguments in Set(tables.flatMap(\.entries.keys)) {
            var rest = arguments[...]
            var index = gathered(&rest, sort: indexSort)
            if isInHalves(variable.sort), let high = arguments.first?.bits, let low = arguments.last?.bits {
                index = .bitVector(high << 16 | low, width: 32)
            }
            entries[index] = element(name, elementSort) { $0(arguments) }
        }
        return .array(ArrayValue(indexSort: indexSort, defaultElement: defaultElement, entries: entries))
    }

    /// A value made of the scalars that come next.
    private static func gathered(_ scalars: inout ArraySlice<Value>, sort: Sort) -> Value {
        if case .tuple(let tuple) = sort { return .tuple(tuple.fields.map { gathered(&scalars, sort: $0.sort) }) }
        return scalars.popFirst() ?? .zero(of: sort)
    }
}
