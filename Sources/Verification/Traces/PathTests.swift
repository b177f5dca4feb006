import Dataflow
import Diagnostics
import Logic
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// Packets for every path: for each way through an element a trace from the initial state that ends in a packet, or a control operation, which
/// takes it; with what the native program does with it, and that is what the verifier predicts.
public struct PathTests: Sendable {
    /// A trace, and what comes of it.
    public struct Test: Sendable {
        /// What the native program did.
        public let trace: Counterexample
        /// In what that is not what the verifier predicts; nil: it is.
        public let difference: String?
        /// Which paths its last step takes: their places in `paths`.
        public let paths: [Int]
    }

    /// A path of an element.
    public struct Path: Sendable {
        public let element: String
        /// The C places on it, with what is decided or done there.
        public let trace: [(location: SourceLocation, note: String)]
        /// Why there is no test of it; nil where there is.
        public var reason: String?
    }

    public let middlebox: String
    public let tests: [Test]
    /// In the order of the elements.
    public let paths: [Path]
    /// The elements, in their order, each with those of its input functions that nothing comes to.
    public let elements: [(name: String, unreached: [String])]
    /// The C files that the places are in.
    public let sources: [SourceFile]
}

/// Looks for them.
struct PathTestSearch {
    private typealias Passage = ProgramPath.Passage

    let verification: MiddleboxVerification

    /// - Parameter progress: called with how many paths are done, and how many there are.
    func run(progress: (_ done: Int, _ count: Int) -> Void) -> PathTests {
        var (passages, paths) = self.paths
        let ways = verification.singleHappenings.map(\.path)
        let isComplete = verification.hasAllSingleWays
        let places = Dictionary(uniqueKeysWithValues: passages.enumerated().map { ($1, $0) })
        var isTested = [Bool](repeating: false, count: paths.count)
        var tests: [PathTests.Test] = []
        for (place, passage) in passages.enumerated() where paths[place].reason == nil {
            progress(place, passages.count)
            if isTested[place] { continue }
            let through = ways.filter { $0.passages.contains(passage) }
            guard !through.isEmpty else {
                paths[place].reason =
                    isComplete
                    ? "no way through the middlebox takes it"
                    : "there are too many ways through the middlebox, and none of those looked at takes it"
                continue
            }
            guard let (way, test) = test(along: through) else {
                paths[place].reason = "no packets that take it were found within the budget"
                continue
            }
            let taken = way.passages.compactMap { places[$0] }
            for place in taken {
                isTested[place] = true
                paths[place].reason = nil
            }
            tests.append(PathTests.Test(trace: test.trace, difference: test.difference, paths: taken))
        }
        progress(passages.count, passages.count)
        return PathTests(
            middlebox: verification.program.name, tests: tests, paths: paths, elements: elements,
            sources: verification.program.sources)
    }

    private var elements: [(name: String, unreached: [String])] {
        let reached = Set(verification.composition.summaries.map(\.function))
        return verification.graph.elements.map { ($0.name, $0.inputs.filter { !reached.contains($0) }) }
    }

    /// Of each element what its input functions can do; those that execution did not follow have a reason.
    private var paths: (passages: [Passage], paths: [PathTests.Path]) {
        var passages: [Passage] = []
        var paths: [PathTests.Path] = []
        for element in verification.graph.elements {
            var known: Set<Passage> = []
            for summary in verification.composition.summaries where element.inputs.contains(summary.function) {
                for (number, path) in summary.paths.enumerated() {
                    let passage = Passage(function: summary.function, shapes: summary.shapes, path: number)
                    // A check that fails is no path of a program that is right.
                    if case .failedCheck = path.end { continue }
                    guard known.insert(passage).inserted else { continue }
                    var entry = PathTests.Path(
                        element: element.name, trace: path.trace.map { ($0.location, $0.note) }, reason: nil)
                    if case .unknown(let reason, _) = path.end { entry.reason = reason }
                    passages.append(passage)
                    paths.append(entry)
                }
            }
        }
        return (passages, paths)
    }

    /// A trace that ends along one of the ways.
    private func test(
        along ways: [ProgramPath]
    ) -> (way: ProgramPath, test: (trace: Counterexample, difference: String?))? {
        let targets = ways.enumerated().map { index, way in
            TraceSearch.Target(
                name: "test \(index)", knowledge: way.knowledge, outputs: way.outputs, state: way.state,
                trace: way.trace, goal: .false, operation: way.operation)
        }
        guard let (target, found) = verification.traceSearch.search(targets),
            let index = targets.firstIndex(where: { $0.name == target.name })
        else { return nil }
        switch Refutation(verification: verification).ofPath(found) {
        case .confirmed(let trace): return (ways[index], (trace, nil))
        case .disagreement(let trace, let difference): return (ways[index], (trace, difference))
        case .notFound: return nil
        }
    }
}

extension Verifier {
    /// Packets for every path of every element.
    ///
    /// - Parameters:
    ///   - specFile: whose assumptions configurations must meet.
    ///   - progress: called with how many paths are done, and how many there are.
    /// - Throws: `RejectedInput`, `DecompositionError`, `StateModelError` or `SpecError` when the C code or the spec is not accepted.
    public func pathTests(
        of program: Program, spec specFile: SourceFile?, confirmation: Confirmation,
        progress: (_ done: Int, _ count: Int) -> Void
    ) throws -> PathTests {
        let verification = try verification(of: program, spec: specFile, confirmation: confirmation)
        verification.execute()
        let tests = PathTestSearch(verification: verification).run(progress: progress)
        verification.discharger.save()
        return tests
    }
}
