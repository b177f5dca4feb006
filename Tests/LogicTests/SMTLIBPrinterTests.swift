import Foundation
import SMT
import Testing

@testable import Logic

@Suite struct SMTLIBPrinterTests {
    private static let key = Sort.tuple(
        TupleSort(name: "nat key", fields: [.init("port", .bitVector(16)), .init("n", .integer)]))

    @Test func scriptsDeclareWhatTheyUse() {
        let table = Term.variable("stamps", .array(index: Self.key, element: .integer))
        let entry = Term.variable("k", Self.key)
        let script = SMTLIBPrinter.script(
            [
                .less(.integer(-3), .select(table, entry)),
                .unsignedLess(.apply("hash", [entry], sort: .bitVector(12)), .bitVector(0xabc as UInt128, width: 12)),
                .signedLess(.apply("odd", [entry], sort: .bitVector(3)), .bitVector(5 as UInt128, width: 3)),
            ], name: "two\nlines")
        #expect(
            script == """
                ; two lines
                (set-info :smt-lib-version 2.6)
                (set-logic ALL)
                (declare-datatypes ((|nat key| 0)) (((|make nat key| (|nat key.port| (_ BitVec 16)) (|nat key.n| Int)))))
                (declare-const stamps (Array |nat key| Int))
                (declare-const k |nat key|)
                (declare-fun hash (|nat key|) (_ BitVec 12))
                (declare-fun odd (|nat key|) (_ BitVec 3))
                (assert (< (- 3) (select stamps k)))
                (assert (bvult (hash k) #xabc))
                (assert (bvslt (odd k) #b101))
                (check-sat)

                """)
    }

    /// Names that SMT-LIB cannot write, or gives another meaning, or that two variables share.
    @Test func namesAreKeptApart() throws {
        let assertions: [Term] = [
            .equal(.variable("x", .integer), .integer(1)),
            .equal(.variable("x", .bitVector(8)), .bitVector(2 as UInt128, width: 8)),
            .equal(.apply("x", [.variable("x", .integer)], sort: .integer), .integer(3)),
            .equal(.variable("select", .integer), .integer(4)), .equal(.variable("a|b\\c", .integer), .integer(5)),
            .equal(.variable("a_b_c", .integer), .integer(6)), .equal(.variable("let", .integer), .integer(7)),
            .equal(.variable("2 fast", .integer), .integer(8)), .equal(.variable("", .integer), .integer(9)),
            .equal(.variable("größe", .integer), .integer(10)), .equal(.variable(".t", .integer), .integer(11)),
        ]
        let script = SMTLIBPrinter.script(assertions, name: "names")
        let solver = try Z3Solver()
        guard case .satisfiable = try solver.check(script: script, name: "names") else {
            Issue.record("not satisfiable: \(script)")
            return
        }
    }

    /// As a tree this term has 2^200 leaves.
    @Test func sharedPartsAreWrittenOnce() throws {
        var term = Term.variable("x", .bitVector(32))
        for _ in 0..<200 { term = .apply("pair", [term, term], sort: .bitVector(32)) }
        let script = SMTLIBPrinter.script([.equal(term, .bitVector(1 as UInt128, width: 32))], name: "shared")
        #expect(script.utf8.count < 20_000)
        #expect("\(term)".utf8.count < 20_000)
        let solver = try Z3Solver()
        guard case .satisfiable = try solver.check(script: script, name: "shared") else {
            Issue.record("not satisfiable")
            return
        }
    }

    @Test func deepTermsAreWritten() throws {
        let script = SMTLIBPrinter.script([DeepTerm.conditionals.assertion(depth: 3_000)], name: "deep")
        guard case .satisfiable = try Z3Solver().check(script: script, name: "deep") else {
            Issue.record("not satisfiable")
            return
        }
    }

    /// The values of variables, and that random terms have the values that come out.
    ///
    /// - Parameter isTaken: which of them.
    private static func valuesOfRandomTerms(
        _ seed: UInt64, where isTaken: (Term) -> Bool = { _ in true }
    ) -> (fixed: [Term], all: Term) {
        var terms = RandomTerms(
            seed: 3000 + seed, widths: seed % 2 == 0 ? [1, 3, 8, 16] : [8, 16, 64, 128], nonlinear: true)
        terms.grow(80)
        let assignment = SimplifierTests.assignment(&terms)
        var fixed: [Term] = []
        for variable in assignment.keys.sorted(by: { $0.identifier < $1.identifier }) {
            let value = assignment[variable] ?? .zero(of: variable.sort)
            if let constant = Term.constant(value, sort: variable.sort) {
                fixed.append(.intern(.equal, [variable, constant], sort: .boolean))
            }
        }
        var evaluator = Evaluator(assignment: assignment)
        var claims: [Term] = []
        for description in terms.all {
            guard isTaken(description.raw), let value = try? evaluator.evaluate(description.raw),
                let constant = Term.constant(value, sort: description.sort)
            else { continue }
            claims.append(.intern(.equal, [description.raw, constant], sort: .boolean))
        }
        #expect(claims.count > 40)
        return (fixed, .intern(.and, claims, sort: .boolean))
    }

    /// What Z3 reads in a script of random terms has the values that the terms have.
    @Test(arguments: 0..<16 as Range<UInt64>)
    func scriptsKeepTheMeaning(_ seed: UInt64) throws {
        let (fixed, all) = Self.valuesOfRandomTerms(seed)
        let solver = try Z3Solver(resourceLimit: 20_000_000)
        let holds = SMTLIBPrinter.script(fixed + [all], name: "holds")
        guard case .satisfiable = try solver.check(script: holds, name: "holds") else {
            Issue.record("the values do not fit the script")
            return
        }
        let fails = SMTLIBPrinter.script(fixed + [.intern(.not, [all], sort: .boolean)], name: "fails")
        guard case .unsatisfiable = try solver.check(script: fails, name: "fails") else {
            Issue.record("the script allows other values")
            return
        }
    }

    /// Arrays whose elements are all one term that is no constant, and rotated ones. cvc5 reads those of constants only, and no lambdas; obligations
    /// have no others.
    private static func hasArrayOfTerms(_ root: Term) -> Bool {
        var (seen, open): (Set<Term>, [Term]) = ([root], [root])
        while let term = open.popLast() {
            if term.operation == .constantArray, !term.isConstant { return true }
            if term.operation == .rotate { return true }
            open += term.arguments.filter { seen.insert($0).inserted }
        }
        return false
    }

    /// Another solver reads the same in them.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func scriptsMeanTheSameToAnotherSolver(_ seed: UInt64) async throws {
        let (fixed, all) = Self.valuesOfRandomTerms(seed) { !Self.hasArrayOfTerms($0) }
        let solver = try await SecondSolver(.cvc5, timeout: 60)
        let path = FileManager.default.temporaryDirectory.path + "/gravel-script-\(UUID().uuidString).smt2"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SMTLIBPrinter.script(fixed + [all], name: "holds").write(toFile: path, atomically: true, encoding: .utf8)
        let holds = await solver.reply(toFile: path)
        #expect(holds == .satisfiable)
        try SMTLIBPrinter.script(fixed + [.intern(.not, [all], sort: .boolean)], name: "fails")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let fails = await solver.reply(toFile: path)
        #expect(fails == .unsatisfiable)
    }

    /// Records of a map's keys, arrays, uninterpreted functions, numbers and bits in one script: all that obligations are made of.
    @Test func bothSolversReadEverySort() async throws {
        let table = Term.variable("stamps", .array(index: Self.key, element: .integer))
        let key = Term.tuple([.variable("p", .bitVector(16)), .integer(3)], sort: Self.key)
        let other = Term.variable("k", Self.key)
        let hash = Term.apply("hash", [key], sort: .bitVector(16))
        let terms: [Term] = [
            .less(.select(.store(table, key, .integer(7)), other), .unsignedInteger(hash)), .equal(key, other),
            .equal(hash, .bitVector(ofInteger: .select(table, key), width: 16)),
            .equal(.select(table, key), .integer(7)),
        ]
        let path = FileManager.default.temporaryDirectory.path + "/gravel-sorts-\(UUID().uuidString).smt2"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let script = SMTLIBPrinter.script(terms, name: "sorts")
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try await SecondSolver(.cvc5, timeout: 60).reply(toFile: path) == .unsatisfiable)
        guard case .unsatisfiable = try Z3Solver().check(script: script, name: "sorts") else {
            Issue.record("Z3 says otherwise")
            return
        }
    }

    /// A solver that is told what to find is no second opinion.
    @Test func theAnswerIsToldOnlyWhereItIsWanted() {
        #expect(!SMTLIBPrinter.script([.true], name: "a").contains("status"))
        #expect(SMTLIBPrinter.script([.true], name: "a", status: "sat").contains("(set-info :status sat)"))
    }
}
