import Logic
import SMT
import Testing

/// Queries and answers survive the way between processes.
@Suite struct SolverQueryTests {
    private static func terms(_ seed: UInt64) -> RandomTerms {
        var terms = RandomTerms(seed: seed, widths: [1, 8, 16, 128], nonlinear: false)
        terms.grow(60)
        return terms
    }

    private static func answer(_ seed: UInt64) -> SolverAnswer {
        var terms = terms(seed)
        var assignment: [Term: Value] = [:]
        for variable in Term.and(terms.all.map(\.simplified).filter { $0.sort == .boolean }).freeVariables {
            assignment[variable] = terms.value(variable.sort)
        }
        let table: [[Value]: Value] = [[.integer(-3), .boolean(true)]: .bitVector(7, width: 8)]
        let model = Model(
            assignment: assignment,
            functions: ["f": FunctionInterpretation(entries: table, defaultValue: .bitVector(255, width: 8))])
        return SolverAnswer(.satisfiable(model), seconds: 0.25, resourceCount: 12345)
    }

    @Test func queriesAreDecodedAsTheyWere() throws {
        let assertions = Self.terms(1).all.map(\.simplified).filter { $0.sort == .boolean }
        let query = SolverQuery(
            name: "a, b", assertions: assertions, resourceLimit: 100_000, timeoutMilliseconds: 60_000,
            readsModel: true, wantsCore: true)
        let decoded = try SolverQuery(decoding: query.encoded())
        #expect(decoded.name == query.name && decoded.assertions == assertions)
        #expect(decoded.resourceLimit == 100_000 && decoded.timeoutMilliseconds == 60_000 && decoded.readsModel)
        #expect(decoded.wantsCore && !decoded.isFirstTry)
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func modelsAreDecodedAsTheyWere(_ seed: UInt64) throws {
        let answer = Self.answer(seed)
        let decoded = try SolverAnswer(decoding: answer.encoded())
        #expect(decoded.seconds == 0.25 && decoded.resourceCount == 12345)
        guard case .satisfiable(let model) = answer.satisfiability,
            case .satisfiable(let copy) = decoded.satisfiability
        else {
            Issue.record("not satisfiable")
            return
        }
        #expect(copy.assignment == model.assignment)
        #expect(copy.functions == model.functions)
    }

    @Test func answersWithoutModelsAreDecodedAsTheyWere() throws {
        let no = try SolverAnswer(decoding: SolverAnswer(.unsatisfiable).encoded())
        guard case .unsatisfiable = no.satisfiability else {
            Issue.record("\(no)")
            return
        }
        #expect(no.core == nil)
        for core in [[], [0, 3, 200]] {
            let decoded = try SolverAnswer(decoding: SolverAnswer(.unsatisfiable, core: core).encoded())
            guard case .unsatisfiable = decoded.satisfiability, decoded.core == core else {
                Issue.record("\(decoded)")
                return
            }
        }
        let unknown = try SolverAnswer(decoding: SolverAnswer(.unknown(reason: "tired")).encoded())
        guard case .unknown("tired") = unknown.satisfiability else {
            Issue.record("\(unknown)")
            return
        }
    }

    @Test func damagedAnswersDoNoHarm() {
        var random = SeededGenerator(seed: 5)
        let bytes = Self.answer(2).encoded()
        for count in bytes.indices {
            #expect(throws: CodingError.self) { try SolverAnswer(decoding: Array(bytes.prefix(count))) }
        }
        for _ in 0..<5_000 {
            var changed = bytes
            changed[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? SolverAnswer(decoding: changed)
        }
    }

    /// Whatever the pieces are that a stream comes in.
    @Test func framesComeOutWhole() throws {
        let messages: [[UInt8]] = [[], [1], Array(repeating: 7, count: 1000), [2, 3]]
        let stream = messages.flatMap(FrameBuffer.frame)
        for step in [1, 7, 8, 9, 500, 5000] {
            var buffer = FrameBuffer()
            var received: [[UInt8]] = []
            for start in stride(from: 0, to: stream.count, by: step) {
                buffer.append(stream[start..<min(start + step, stream.count)])
                while let message = try buffer.next() { received.append(message) }
            }
            #expect(received == messages && buffer.isEmpty)
        }
        var buffer = FrameBuffer()
        buffer.append([255, 255, 255, 255, 255, 255, 255, 255])
        #expect(throws: FrameError.self) { try buffer.next() }
    }
}
