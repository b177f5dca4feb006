import CZ3
import Logic
import Testing

@testable import SMT

/// Every form in which Z3 may write the values of a model.
@Suite struct Z3ModelReaderTests {
    static let packet = Sort.array(index: .bitVector(16), element: .byte)

    /// Reads an expression in SMT-LIB's language as the value of a sort.
    static func read(_ text: String, _ sort: Sort, sortText: String) throws -> Value {
        let context = try Z3Context()
        let solver = try context.checked("Z3_mk_simple_solver", Z3_mk_simple_solver(context.pointer))
        Z3_solver_inc_ref(context.pointer, solver)
        defer { Z3_solver_dec_ref(context.pointer, solver) }
        #expect(Z3_solver_check(context.pointer, solver) == Z3_L_TRUE)
        let model = try context.checked("Z3_solver_get_model", Z3_solver_get_model(context.pointer, solver))
        // The reader takes its reference to the model before the next call can free it.
        var reader = Z3ModelReader(model: model, context: context, sorts: Z3Sorts(context: context))
        let script = "(declare-const subject \(sortText)) (assert (= subject \(text)))"
        let parsed = Z3_parse_smtlib2_string(context.pointer, script, 0, nil, nil, 0, nil, nil)
        let assertions = try context.checked("Z3_parse_smtlib2_string", parsed)
        Z3_ast_vector_inc_ref(context.pointer, assertions)
        defer { Z3_ast_vector_dec_ref(context.pointer, assertions) }
        let equation = try context.checked("get", Z3_ast_vector_get(context.pointer, assertions, 0))
        let subject = Z3_get_app_arg(context.pointer, Z3_to_app(context.pointer, equation), 1)
        return try reader.read(try context.checked("argument", subject), sort)
    }

    static func bytes(_ defaultElement: UInt128, _ entries: [UInt128: UInt128]) -> Value {
        .array(
            ArrayValue(
                indexSort: .bitVector(16), defaultElement: .bitVector(defaultElement, width: 8),
                entries: Dictionary(
                    uniqueKeysWithValues: entries.map { (.bitVector($0, width: 16), .bitVector($1, width: 8)) })))
    }

    @Test(
        arguments: [
            ("((as const (Array (_ BitVec 16) (_ BitVec 8))) #x07)", bytes(7, [:])),
            ("(store ((as const (Array (_ BitVec 16) (_ BitVec 8))) #x07) #x0002 #x01)", bytes(7, [2: 1])),
            // The outer of two stores at one index counts; one of the default is none.
            (
                "(store (store (store ((as const (Array (_ BitVec 16) (_ BitVec 8))) #x07) #x0002 #x01) #x0003 #x07) #x0002 #x04)",
                bytes(7, [2: 4])
            ),
            ("(lambda ((i (_ BitVec 16))) #x05)", bytes(5, [:])),
            (
                "(lambda ((i (_ BitVec 16))) (ite (= i #x0001) #x05 (ite (or (= i #x0002) (= #x0003 i)) #x06 #x07)))",
                bytes(7, [1: 5, 2: 6, 3: 6])
            ),
            ("(lambda ((i (_ BitVec 16))) (ite (= i #x0000) #x05 #x07))", bytes(7, [0: 5])),
            ("(store (lambda ((i (_ BitVec 16))) (ite (= i #x0001) #x05 #x09)) #x0001 #x0a)", bytes(9, [1: 10])),
        ])
    func arraysOfBytes(_ text: String, _ expected: Value) throws {
        let value = try Self.read(text, Self.packet, sortText: "(Array (_ BitVec 16) (_ BitVec 8))")
        #expect(value == expected)
    }

    /// A lambda over a sort whose every value it names has no other index to take the default from.
    @Test func lambdasOverAllOfASmallSort() throws {
        let sort = Sort.array(index: .bitVector(1), element: .integer)
        let value = try Self.read(
            "(lambda ((i (_ BitVec 1))) (ite (= i #b0) 3 (ite (= i #b1) (- 4) 9)))", sort,
            sortText: "(Array (_ BitVec 1) Int)")
        guard case .array(let array) = value else {
            Issue.record("\(value)")
            return
        }
        #expect(array[.bitVector(0, width: 1)] == .integer(3))
        #expect(array[.bitVector(1, width: 1)] == .integer(-4))
    }

    /// What is not constant but at finitely many indices has no counterpart among values.
    @Test(arguments: [
        "(lambda ((i (_ BitVec 16))) ((_ extract 7 0) i))",
        "(lambda ((i (_ BitVec 16))) (ite (bvult i #x0004) #x01 #x02))",
        "(lambda ((i (_ BitVec 16))) (ite (= (bvand i #x0001) #x0001) #x01 #x02))",
    ])
    func unboundedlyVariedArraysAreRefused(_ text: String) {
        #expect(throws: SolverError.self) {
            _ = try Self.read(text, Self.packet, sortText: "(Array (_ BitVec 16) (_ BitVec 8))")
        }
    }

    @Test(arguments: [
        ("(- 170141183460469231731687303715884105728)", Int128.min), ("170141183460469231731687303715884105727", .max),
        ("(- 1)", -1), ("0", 0),
    ])
    func integers(_ text: String, _ expected: Int128) throws {
        #expect(try Self.read(text, .integer, sortText: "Int") == .integer(expected))
    }

    @Test func integersBeyondTheRangeAreRefused() {
        #expect(throws: SolverError.self) {
            _ = try Self.read("170141183460469231731687303715884105728", .integer, sortText: "Int")
        }
    }

    @Test func wideBitVectors() throws {
        let value = try Self.read("#xffffffffffffffffffffffffffffff80", .bitVector(128), sortText: "(_ BitVec 128)")
        #expect(value == .bitVector(.max - 127, width: 128))
    }
}
