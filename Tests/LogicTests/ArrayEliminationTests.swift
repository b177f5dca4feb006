import SMT
import Testing

@testable import Logic

/// Terms without arrays and tuples mean what the terms that they came from mean; what is forgotten on the way only weakens.
@Suite struct ArrayEliminationTests {
    /// The values of the variables and functions that elimination puts in the place of others.
    private struct Correspondence {
        var assignment: [Term: Value] = [:]
        var functions: [String: FunctionInterpretation]

        init(_ original: [Term: Value], functions: [String: FunctionInterpretation]) {
            self.functions = functions
            for (variable, value) in original {
                guard let name = variable.variableName else { continue }
                add(name, variable.sort, value)
            }
        }

        mutating func add(_ name: String, _ sort: Sort, _ value: Value) {
            switch (sort, value) {
            case (.tuple(let tuple), .tuple(let fields)):
                for (field, value) in zip(tuple.fields, fields) { add("\(name).\(field.name)", field.sort, value) }
            case (.array(_, let element), .array(let array)): add(name, element, array) { $0 }
            default: assignment[.variable(name, sort)] = value
            }
        }

        /// A function for each scalar of the array's elements.
        private mutating func add(
            _ name: String, _ element: Sort, _ array: ArrayValue, _ part: @escaping (Value) -> Value
        ) {
            if case .tuple(let tuple) = element {
                for (index, field) in tuple.fields.enumerated() {
                    add("\(name).\(field.name)", field.sort, array) { value in
                        part(value).fields?[index] ?? .zero(of: field.sort)
                    }
                }
                return
            }
            var entries: [[Value]: Value] = [:]
            for (index, value) in array.entries { entries[Self.scalars(index)] = part(value) }
            functions[name] = FunctionInterpretation(entries: entries, defaultValue: part(array.defaultElement))
        }

        private static func scalars(_ value: Value) -> [Value] { value.fields.map { $0.flatMap(scalars) } ?? [value] }
    }

    /// Nil where an integer leaves the range in which the evaluator computes.
    private static func value(_ term: Term, _ evaluator: inout Evaluator) throws -> Value? {
        do {
            return try evaluator.evaluate(term)
        } catch .integerOverflow {
            return nil
        }
    }

    /// Everything but arrays themselves, which elimination has no business with; and reads of all the arrays, at several indices each.
    private static func roots(_ terms: RandomTerms) -> [Term] {
        let all = terms.all.map(\.simplified)
        var roots: [Term] = []
        for (number, term) in all.enumerated() {
            guard case .array(let indexSort, _) = term.sort else {
                roots.append(term)
                continue
            }
            let indices = all.filter { $0.sort == indexSort }
            if indices.isEmpty { continue }
            let reads = [0, 1, 2].map { Term.select(term, indices[(7 * number + 13 * $0) % indices.count]) }
            roots += reads + reads.filter { $0.sort == .byte }.map { .unsignedInteger($0) }
        }
        return roots
    }

    private static func terms(_ seed: UInt64) -> RandomTerms {
        var terms = RandomTerms(seed: 5000 + seed, widths: [1, 8, 16], nonlinear: true)
        terms.grow(250)
        return terms
    }

    @Test("The value stays the same, and no array is left", arguments: 0..<12 as Range<UInt64>)
    func meaning(_ seed: UInt64) throws {
        var terms = Self.terms(seed)
        let roots = Self.roots(terms)
        let eliminated = roots.map { root in
            var elimination = ArrayElimination()
            return elimination.eliminate(root)
        }
        for case let term? in eliminated {
            term.forEachSubterm { subterm in
                switch subterm.operation {
                case .select, .store, .constantArray, .rotate: Issue.record("\(subterm.operation) is left")
                case .variable(let name):
                    if case .tuple = subterm.sort { Issue.record("the tuple \(name) is left") }
                default: break
                }
            }
        }
        var compared = 0
        for _ in 0..<8 {
            let assignment = SimplifierTests.assignment(&terms)
            let other = Correspondence(assignment, functions: SimplifierTests.functions)
            var before = Evaluator(assignment: assignment, functions: SimplifierTests.functions)
            var after = Evaluator(assignment: other.assignment, functions: other.functions)
            for case let (root, term?) in zip(roots, eliminated) {
                guard let expected = try Self.value(root, &before), let found = try Self.value(term, &after) else {
                    continue
                }
                compared += 1
                guard found == expected else {
                    Issue.record("\(root) became \(term): \(found), not \(expected)")
                    return
                }
            }
        }
        #expect(compared > 800)
    }

    @Test("Right answers about indices do not change the value", arguments: 0..<8 as Range<UInt64>)
    func decidedIndices(_ seed: UInt64) throws {
        var terms = Self.terms(100 + seed)
        let roots = Self.roots(terms)
        var answered = 0
        for _ in 0..<3 {
            let assignment = SimplifierTests.assignment(&terms)
            let other = Correspondence(assignment, functions: SimplifierTests.functions)
            var before = Evaluator(assignment: assignment, functions: SimplifierTests.functions)
            var after = Evaluator(assignment: other.assignment, functions: other.functions)
            var asked = 0
            for root in roots {
                var elimination = ArrayElimination { equality in
                    asked += 1
                    if asked % 3 == 0 { return nil }
                    var evaluator = Evaluator(assignment: other.assignment, functions: other.functions)
                    guard let answer = try? evaluator.evaluate(equality).boolean else { return nil }
                    answered += 1
                    return answer
                }
                guard let term = elimination.eliminate(root), let expected = try Self.value(root, &before),
                    let found = try Self.value(term, &after)
                else { continue }
                #expect(found == expected, "\(root) became \(term)")
            }
        }
        #expect(answered > 100)
    }

    /// Forgotten reads and conversions become variables. Given the values that the reads and conversions have, they make the whole
    /// have the value that it had: so whatever satisfies the original gives something that satisfies the abstraction.
    @Test("Abstraction only weakens", arguments: 0..<12 as Range<UInt64>)
    func abstraction(_ seed: UInt64) throws {
        var terms = Self.terms(200 + seed)
        let roots = Self.roots(terms)
        let names: Set<String> = ["m_x16_x8_0", "m_x16_x8_1", "m_x8_random_key_0"]
        let forgotten = Set(roots.flatMap(\.freeVariables).filter { $0.variableName.map(names.contains) ?? false })
        var elimination = ArrayElimination(forgottenArrays: forgotten, forgetsConversions: true)
        var abstracted: [(original: Term, term: Term)] = []
        for root in roots {
            var probe = ArrayElimination()
            // One that cannot be eliminated spoils the instance.
            guard probe.eliminate(root) != nil, let term = elimination.eliminate(root) else { continue }
            abstracted.append((root, term))
        }
        var compared = 0
        var forgottenCount = 0
        for _ in 0..<8 {
            let assignment = SimplifierTests.assignment(&terms)
            var other = Correspondence(assignment, functions: SimplifierTests.functions)
            var before = Evaluator(assignment: assignment, functions: SimplifierTests.functions)
            var values: [String: Value] = [:]
            func name(_ key: String, _ sort: Sort, _ value: Value) {
                if let known = values[key] { #expect(known == value, "\(key) stands for different values") }
                values[key] = value
                other.add(key, sort, value)
                forgottenCount += 1
            }
            var subterms: [Term] = []
            Term.forEachSubterm(of: abstracted.map(\.original)) { subterms.append($0) }
            for subterm in subterms {
                switch subterm.operation {
                case .unsignedInteger:
                    let bits = subterm.arguments[0]
                    guard let rewritten = elimination.eliminate(bits), let value = try Self.value(subterm, &before)
                    else {
                        continue
                    }
                    name("integer[\(rewritten.identifier)]", .integer, value)
                case .select:
                    guard let index = elimination.eliminate(subterm.arguments[1]),
                        let place = try Self.value(subterm.arguments[1], &before)
                    else { continue }
                    for (variable, value) in assignment {
                        guard let array = value.array, let variableName = variable.variableName,
                            names.contains(variableName), array.indexSort == index.sort
                        else { continue }
                        name("\(variableName)[\(index.identifier)]", subterm.sort, array[place])
                    }
                default: break
                }
            }
            var after = Evaluator(assignment: other.assignment, functions: other.functions)
            for (original, term) in abstracted {
                guard let expected = try Self.value(original, &before) else { continue }
                let found: Value?
                do { found = try Self.value(term, &after) } catch EvaluationError.unassignedVariable { continue }
                guard let found else { continue }
                compared += 1
                guard found == expected else {
                    Issue.record("\(original) became \(term): \(found), not \(expected)")
                    return
                }
                for variable in term.freeVariables {
                    guard let range = elimination.range(of: variable) else { continue }
                    let holds = try after.evaluate(range)
                    #expect(holds == .boolean(true), "\(variable) is out of its range")
                }
            }
        }
        #expect(compared > 800)
        #expect(forgottenCount > 100)
    }

    // MARK: What is kept and what is forgotten

    private let array = Term.variable("a", .array(index: .bitVector(16), element: .byte))
    private let i = Term.variable("i", .bitVector(16))
    private let j = Term.variable("j", .bitVector(16))

    private func eliminated(_ term: Term?) throws -> Term { try #require(term) }

    private func isSatisfiable(_ term: Term?) throws -> Bool { try isSatisfiable([try #require(term)]) }

    private func isSatisfiable(_ assertions: [Term]) throws -> Bool {
        switch try Z3Solver().check(assertions, name: "elimination") {
        case .satisfiable: return true
        case .unsatisfiable: return false
        case .unknown(let reason): throw Undecided(reason: reason)
        }
    }

    private struct Undecided: Error { let reason: String }

    @Test func equalIndicesReadEqualElements() throws {
        let contradiction = Term.equal(i, j) && .notEqual(.select(array, i), .select(array, j))
        var exact = ArrayElimination()
        #expect(try !isSatisfiable(exact.eliminate(contradiction)))
        // Forgetting makes it satisfiable: weaker, as it says.
        var forgetful = ArrayElimination(forgottenArrays: [array])
        #expect(try isSatisfiable(forgetful.eliminate(contradiction)))
    }

    @Test func forgottenReadsSeeThroughStoresStill() throws {
        let stored = Term.store(array, j, .bitVector(7, width: 8))
        let contradiction = Term.equal(i, j) && .notEqual(.select(stored, i), .bitVector(7, width: 8))
        var forgetful = ArrayElimination(forgottenArrays: [array])
        #expect(try !isSatisfiable(forgetful.eliminate(contradiction)))
    }

    @Test func conversionsKeepTheirRange() throws {
        let byte = Term.variable("b", .byte)
        let tooLarge = Term.less(.integer(255), .unsignedInteger(byte))
        var forgetful = ArrayElimination(forgetsConversions: true)
        let term = try eliminated(forgetful.eliminate(tooLarge))
        let ranges = term.freeVariables.compactMap { forgetful.range(of: $0) }
        #expect(ranges.count == 1)
        #expect(try isSatisfiable(term))
        #expect(try !isSatisfiable([term] + ranges))
    }

    @Test func comparedArraysAreRefused() {
        let other = Term.variable("c", array.sort)
        for term in [Term.equal(array, other), .equal(.store(array, i, .bitVector(0, width: 8)), other)] {
            var elimination = ArrayElimination()
            let result = elimination.eliminate(term)
            #expect(result == nil)
        }
    }

    @Test func functionsOfArraysDependOnTheArray() throws {
        let other = Term.variable("c", array.sort)
        func sum(_ array: Term) -> Term { .apply("sum", [array, i], sort: .integer) }
        var elimination = ArrayElimination()
        let same = try eliminated(elimination.eliminate(.notEqual(sum(array), sum(array))))
        #expect(same.isFalse)
        let different = try eliminated(elimination.eliminate(.notEqual(sum(array), sum(other))))
        #expect(try isSatisfiable(different))
        let ofStore = elimination.eliminate(.equal(sum(.store(array, i, .bitVector(0, width: 8))), .integer(0)))
        #expect(ofStore == nil)
    }

    @Test func manyStores() throws {
        var stores = array
        for number in 0..<5000 {
            let index = Term.variable("i\(number)", .bitVector(16))
            stores = .store(stores, index, .bitVector(number & 255, width: 8))
        }
        var elimination = ArrayElimination()
        let term = try eliminated(elimination.eliminate(.equal(.select(stores, i), .bitVector(1, width: 8))))
        var assignment: [Term: Value] = [i: .bitVector(3, width: 16)]
        for number in 0..<5000 {
            assignment[.variable("i\(number)", .bitVector(16))] = .bitVector(UInt128(number % 7), width: 16)
        }
        let table = ["a": FunctionInterpretation(defaultValue: .bitVector(0, width: 8))]
        // The last store at index 3 is that of 4994 = 7 * 713 + 3: of 130.
        var evaluator = Evaluator(assignment: assignment, functions: table)
        #expect(try evaluator.evaluate(term) == .boolean(false))
        // 4865 = 19 * 256 + 1; all later ones go elsewhere.
        for number in 4866..<5000 {
            assignment[.variable("i\(number)", .bitVector(16))] = .bitVector(9, width: 16)
        }
        assignment[.variable("i4865", .bitVector(16))] = .bitVector(3, width: 16)
        evaluator = Evaluator(assignment: assignment, functions: table)
        #expect(try evaluator.evaluate(term) == .boolean(true))
    }

    /// Products in hash functions are unrelated where they are forgotten, those that lead to an element are not.
    @Test func productsAreForgotten() {
        let x = Term.variable("x", .bitVector(32))
        let hash = Term.multiply(x, .bitVector(0x85EB_CA6B, width: 32))
        let place = Term.multiply(x, .bitVector(12, width: 32))
        var forgetful = ArrayElimination(forgetsProducts: true)
        let (first, second, kept) = (forgetful.eliminate(hash), forgetful.eliminate(hash), forgetful.eliminate(place))
        #expect(first?.variableName != nil && first != x && second == first)
        #expect(kept == place)
        var exact = ArrayElimination()
        let whole = exact.eliminate(hash)
        #expect(whole == hash)
    }

    /// Whether an index is taken in halves or not, what a solver found of the reads is found again in the array.
    @Test(arguments: [(Sort.byte, Value.bitVector(7, width: 8), 1), (.integer, .integer(7), 2)])
    func indicesComeBack(element: Sort, seven: Value, parts: Int) throws {
        let array = Term.variable("a", .array(index: .bitVector(32), element: element))
        var elimination = ArrayElimination()
        let eliminated = elimination.eliminate(.select(array, .bitVector(0x2_0001, width: 32)))
        let read = try #require(eliminated)
        guard case .apply(let name) = read.operation else {
            Issue.record("\(read) is no function")
            return
        }
        var evaluator = Evaluator(assignment: [:])
        var arguments: [Value] = []
        for argument in read.arguments { arguments.append(try evaluator.evaluate(argument)) }
        #expect(arguments.count == parts)
        let found = FunctionInterpretation(entries: [arguments: seven], defaultValue: .zero(of: element))
        let restored = ArrayElimination.restored(array, assignment: [:], functions: [name: found])
        guard case .array(let contents) = restored else {
            Issue.record("\(restored) is no array")
            return
        }
        #expect(contents.entries == [.bitVector(0x2_0001, width: 32): seven])
    }
}
