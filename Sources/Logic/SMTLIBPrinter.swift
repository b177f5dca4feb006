/// Writes conjunctions of terms as SMT-LIB 2.6 scripts, for a second solver to check or a person to read.
///
/// What occurs more than once is written once, as a `let`, so that a script is as long as its terms have distinct parts. Assertions that
/// have such parts share them in one conjunction. (Definitions by `define-fun` would do too, but Z3 expands them as trees.)
/// Z3 and cvc5 read it; cvc5 asks that the element of a constant array is a value. Beyond the standard's theories there are three things that both have
/// under one name: `bv2nat`, `int2bv` and constant arrays.
public struct SMTLIBPrinter {
    private var names = SMTLIBNames()
    private var declarations: [String] = []
    private var texts: [Term: String] = [:]
    /// The named parts in layers: each uses names of the layers before it only.
    private var layers: [[String]] = []
    /// How many layers a term needs around it.
    private var layerCounts: [Term: Int] = [:]
    private var tuples: [TupleSort: Tuple] = [:]
    private var functions: [Signature: String] = [:]

    private struct Tuple {
        let sort: String
        let constructor: String
        let projections: [String]
    }

    private struct Signature: Hashable {
        let name: String
        let domain: [Sort]
        let range: Sort
    }

    /// How deep expressions nest before a part gets a name of its own: parsers may recurse.
    private static let greatestNesting = 24

    private init() {}

    /// A whole script: declarations, definitions, one assertion per term, and the question.
    ///
    /// Variables and functions have their own names in it, unless two have the same or SMT-LIB gives the name another meaning.
    ///
    /// - Parameters:
    ///   - name: a comment in front, of one line.
    ///   - notes: more of them.
    ///   - status: the answer that is expected: `sat`, `unsat` or `unknown`. Not for a solver that is to find out: cvc5 aborts where its own is another.
    public static func script(
        _ assertions: [Term], name: String, notes: [String] = [], status: String? = nil
    ) -> String {
        var printer = SMTLIBPrinter()
        printer.write(assertions)
        var bodies = assertions.filter { printer.layerCount($0) == 0 }.map { printer.text($0) }
        let sharing = assertions.filter { printer.layerCount($0) > 0 }
        if !sharing.isEmpty {
            let texts = sharing.map { printer.text($0) }
            bodies.append(printer.bound(texts.count == 1 ? texts[0] : "(and \(texts.joined(separator: " ")))"))
        }
        let comments = ([name] + notes).map { "; " + $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
        let information = status.map { ["(set-info :status \($0))"] } ?? []
        let lines =
            comments + ["(set-info :smt-lib-version 2.6)", "(set-logic ALL)"] + information + printer.declarations
            + bodies.map { "(assert \($0))" } + ["(check-sat)"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Fills in the declarations, the layers and the expressions.
    private mutating func write(_ roots: [Term]) {
        var order: [Term] = []
        var uses: [Term: Int] = [:]
        Term.forEachSubterm(of: roots) { term in
            order.append(term)
            for argument in term.arguments { uses[argument, default: 0] += 1 }
        }
        // Variables first, so that nothing the printer makes up takes their names.
        for term in order where term.variableName != nil { declareVariable(term) }
        var nesting: [Term: Int] = [:]
        for term in order where term.variableName == nil {
            let text = expression(term)
            layerCounts[term] = term.arguments.map { layerCount($0) }.max() ?? 0
            let depth = term.arguments.isEmpty ? 0 : 1 + (term.arguments.lazy.compactMap { nesting[$0] }.max() ?? 0)
            guard !term.arguments.isEmpty, (uses[term] ?? 0) > 1 || depth >= Self.greatestNesting else {
                texts[term] = text
                nesting[term] = depth
                continue
            }
            let symbol = names.unique("t\(nesting.count)")
            let layer = layerCount(term)
            if layer == layers.count { layers.append([]) }
            layers[layer].append("(\(symbol) \(text))")
            layerCounts[term] = layer + 1
            texts[term] = symbol
            nesting[term] = 0
        }
    }

    private func text(_ term: Term) -> String { texts[term] ?? "" }

    private func layerCount(_ term: Term) -> Int { layerCounts[term] ?? 0 }

    /// The expression with all named parts around it.
    private func bound(_ expression: String) -> String {
        let openings = layers.map { "(let (\($0.joined(separator: " ")))\n  " }.joined()
        return openings + expression + String(repeating: ")", count: layers.count)
    }

    // MARK: Declarations

    private mutating func declareVariable(_ term: Term) {
        let symbol = names.unique(term.variableName ?? "")
        declarations.append("(declare-const \(symbol) \(sort(term.sort)))")
        texts[term] = symbol
    }

    private mutating func sort(_ sort: Sort) -> String {
        switch sort {
        case .boolean: "Bool"
        case .integer: "Int"
        case .bitVector(let width): "(_ BitVec \(width))"
        case .array(let index, let element): "(Array \(self.sort(index)) \(self.sort(element)))"
        case .tuple(let definition): tuple(definition).sort
        }
    }

    private mutating func tuple(_ definition: TupleSort) -> Tuple {
        if let known = tuples[definition] { return known }
        let fieldSorts = definition.fields.map { sort($0.sort) }
        let result = Tuple(
            sort: names.unique(definition.name), constructor: names.unique("make \(definition.name)"),
            projections: definition.fields.map { names.unique("\(definition.name).\($0.name)") })
        let fields = zip(result.projections, fieldSorts).map { " (\($0) \($1))" }.joined()
        declarations.append("(declare-datatypes ((\(result.sort) 0)) (((\(result.constructor)\(fields)))))")
        tuples[definition] = result
        return result
    }

    private mutating func function(_ name: String, _ term: Term) -> String {
        let signature = Signature(name: name, domain: term.arguments.map(\.sort), range: term.sort)
        if let known = functions[signature] { return known }
        let domain = signature.domain.map { sort($0) }.joined(separator: " ")
        let symbol = names.unique(name)
        declarations.append("(declare-fun \(symbol) (\(domain)) \(sort(term.sort)))")
        functions[signature] = symbol
        return symbol
    }

    // MARK: Expressions

    private mutating func expression(_ term: Term) -> String {
        switch term.operation {
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let value): return value < 0 ? "(- \(value.magnitude))" : "\(value)"
        case .bitVector(let bits): return Self.literal(bits, width: term.width)
        case .variable: return text(term)
        case .constantArray: return applied("(as const \(sort(term.sort)))", term)
        case .apply(let name): return applied(function(name, term), term)
        case .not: return applied("not", term)
        case .and: return chained("and", term, empty: "true")
        case .or: return chained("or", term, empty: "false")
        case .equal: return applied("=", term)
        case .ifThenElse: return applied("ite", term)
        case .negate: return applied("bvneg", term)
        case .add: return applied("bvadd", term)
        case .subtract: return applied("bvsub", term)
        case .multiply: return applied("bvmul", term)
        case .unsignedDivide: return applied("bvudiv", term)
        case .unsignedRemainder: return applied("bvurem", term)
        case .signedDivide: return applied("bvsdiv", term)
        case .signedRemainder: return applied("bvsrem", term)
        case .bitAnd: return applied("bvand", term)
        case .bitOr: return applied("bvor", term)
        case .bitXor: return applied("bvxor", term)
        case .bitNot: return applied("bvnot", term)
        case .shiftLeft: return applied("bvshl", term)
        case .logicalShiftRight: return applied("bvlshr", term)
        case .arithmeticShiftRight: return applied("bvashr", term)
        case .unsignedLess: return applied("bvult", term)
        case .unsignedLessOrEqual: return applied("bvule", term)
        case .signedLess: return applied("bvslt", term)
        case .signedLessOrEqual: return applied("bvsle", term)
        case .concatenate: return applied("concat", term)
        case .extract(let high, let low): return applied("(_ extract \(high) \(low))", term)
        case .zeroExtend(let count): return applied("(_ zero_extend \(count))", term)
        case .signExtend(let count): return applied("(_ sign_extend \(count))", term)
        case .unsignedInteger: return applied("bv2nat", term)
        case .bitVectorOfInteger(let width): return applied("(_ int2bv \(width))", term)
        case .integerAdd: return chained("+", term, empty: "0")
        case .integerMultiply: return applied("*", term)
        case .integerDivide: return applied("div", term)
        case .integerModulo: return applied("mod", term)
        case .integerLess: return applied("<", term)
        case .integerLessOrEqual: return applied("<=", term)
        case .select: return applied("select", term)
        case .store: return applied("store", term)
        case .rotate:
            let (array, amount) = (text(term.arguments[0]), text(term.arguments[1]))
            let index = names.unique("index")
            return "(lambda ((\(index) \(sort(term.arguments[1].sort)))) (select \(array) (bvadd \(index) \(amount))))"
        case .tuple:
            guard case .tuple(let definition) = term.sort else { preconditionFailure("a tuple of sort \(term.sort)") }
            return applied(tuple(definition).constructor, term)
        case .field(let index):
            guard case .tuple(let definition) = term.arguments[0].sort else {
                preconditionFailure("a field of \(term.arguments[0].sort)")
            }
            return applied(tuple(definition).projections[index], term)
        }
    }

    private func applied(_ head: String, _ term: Term) -> String {
        if term.arguments.isEmpty { return head }
        return "(\(head) \(term.arguments.map { text($0) }.joined(separator: " ")))"
    }

    /// An operation of any number of arguments, which in SMT-LIB takes two at least.
    private func chained(_ head: String, _ term: Term, empty: String) -> String {
        switch term.arguments.count {
        case 0: empty
        case 1: text(term.arguments[0])
        default: applied(head, term)
        }
    }

    private static func literal(_ bits: UInt128, width: Int) -> String {
        let (prefix, radix, digits) = width.isMultiple(of: 4) ? ("#x", 16, width / 4) : ("#b", 2, width)
        let text = String(bits, radix: radix)
        return prefix + String(repeating: "0", count: digits - text.count) + text
    }
}

extension Term: CustomStringConvertible {
    /// The term in SMT-LIB's words, with what its shared parts stand for in front. Not longer than the term has distinct parts.
    public var description: String { SMTLIBPrinter.description(of: self) }
}

extension SMTLIBPrinter {
    fileprivate static func description(of term: Term) -> String {
        var printer = SMTLIBPrinter()
        printer.write([term])
        return printer.bound(printer.text(term))
    }
}
