import Dataflow
import Foundation
import Logic
import MiddleboxIR
import SymbolicExecution
import Testing

@testable import Verification
@testable import verify

@Suite struct SummaryStoreTests {
    /// A middlebox executed element by element.
    ///
    /// An object, as asynchronous tests hold several: of a large struct, Swift 6.3 puts so many copies into a test's frame, without
    /// optimisation, that the frame outgrows the memory set aside for it, and writes over what lies behind.
    private final class Executed {
        let program: Program
        let graph: ElementGraph
        let model: StateModel
        let facts: [Term]
        let summaries: [ElementSummary]

        /// - Parameter change: something to replace in the C file.
        convenience init(_ name: String, change: (old: String, new: String)? = nil, executes: Bool = true) async throws
        {
            let path = repository + "/Middleboxes/\(name)/\(name).c"
            var text = try String(contentsOfFile: path, encoding: .utf8)
            if let change {
                try #require(text.contains(change.old))
                text = text.replacingOccurrences(of: change.old, with: change.new)
            }
            try await self.init(text: text, name: name, executes: executes)
        }

        init(text: String, name: String = "box", executes: Bool = true) async throws {
            let folder = try StoreFolder()
            try text.write(toFile: folder.path + "/\(name).c", atomically: true, encoding: .utf8)
            program = try await Compiler(
                includeDirectories: [repository + "/Middleboxes/include"], workingDirectory: folder.path
            ).compile(name: name, sources: ["\(name).c"])
            graph = try ElementGraph(decomposing: program)
            model = try StateModel(program)
            let (program, graph, model) = (program, graph, model)
            (facts, summaries) = try await DedicatedThread.run {
                let verification = MiddleboxVerification(
                    program: program, graph: graph, model: model, spec: nil,
                    discharger: Discharger(jobs: 1, budget: .init()), confirmation: nil)
                if executes { verification.execute() }
                return (verification.facts, verification.composition.summaries)
            }
        }

        func key(
            of function: String, shapes: [ArgumentShape]? = nil, store: SummaryStore, limits: Executor.Limits = .init()
        )
            -> SummaryStore.Key
        {
            let shapes = shapes ?? [.packet]
            return store.key(of: function, shapes: shapes, program: program, graph: graph, limits: limits, facts: facts)
        }
    }

    private func store(_ folder: StoreFolder) -> SummaryStore {
        SummaryStore(store: folder.store, tool: ToolIdentity(hash: ContentHash(of: [])))
    }

    @Test func summariesComeBackAsTheyWere() async throws {
        let nat = try await Executed("nat")
        let folder = try StoreFolder()
        let store = store(folder)
        #expect(nat.summaries.count > 5)
        #expect(nat.summaries.contains { !$0.checks.isEmpty })
        #expect(nat.summaries.contains { $0.paths.contains { !$0.knowledge.exact.isEmpty } })
        #expect(nat.summaries.contains { $0.paths.contains { !$0.knowledge.arithmetic.isEmpty } })
        for summary in nat.summaries {
            let key = nat.key(of: summary.function, shapes: summary.shapes, store: store)
            #expect(store.summary(for: key, model: nat.model) == nil)
            store.remember(summary, for: key, model: nat.model)
            let restored = try #require(self.store(folder).summary(for: key, model: nat.model))
            expectEqual(restored, summary)
        }
        #expect(folder.entries.count == nat.summaries.count)
    }

    private func expectEqual(_ a: ElementSummary, _ b: ElementSummary) {
        #expect(a.function == b.function)
        #expect(a.shapes == b.shapes)
        #expect(a.freshVariables == b.freshVariables)
        #expect(a.includesOtherInputs == b.includesOtherInputs)
        #expect(a.paths.count == b.paths.count)
        for (p, q) in zip(a.paths, b.paths) {
            #expect(p.knowledge == q.knowledge)
            #expect("\(p.end)".count > 3)
            #expect(isSame(p.end, q.end))
            #expect(p.outputs == q.outputs)
            #expect(p.isDropped == q.isDropped)
            #expect(p.packet == q.packet)
            #expect(p.state == q.state)
            #expect(Array(p.state.maps.keys) == Array(q.state.maps.keys))
            #expect(p.conditionsAtLastStateChange == q.conditionsAtLastStateChange)
            #expect(p.trace == q.trace)
        }
        #expect(a.checks.count == b.checks.count)
        for (p, q) in zip(a.checks, b.checks) {
            #expect(p.kind == q.kind)
            #expect(p.location == q.location)
            #expect(p.message == q.message)
            #expect(p.knowledge == q.knowledge)
            #expect(p.claim == q.claim)
            #expect(p.trace == q.trace)
        }
    }

    private func isSame(_ a: PathEnd, _ b: PathEnd) -> Bool {
        switch (a, b) {
        case (.finished, .finished), (.failedCheck, .failedCheck): true
        case (.handOff(let f, let s, let x), .handOff(let g, let t, let y)): f == g && s == t && x == y
        case (.unknown(let r, let l), .unknown(let q, let m)): r == q && l == m
        case (.finished, _), (.failedCheck, _), (.handOff, _), (.unknown, _): false
        }
    }

    /// A changed element is executed again, and no other.
    @Test func onlyWhatChangedHasAnotherKey() async throws {
        let folder = try StoreFolder()
        let store = store(folder)
        let before = try await Executed("nat", executes: false)
        let after = try await Executed(
            "nat", change: ("udp->length", "udp->checksum"), executes: false)
        let inputs = before.graph.elements.flatMap(\.inputs)
        let changed = inputs.filter { before.key(of: $0, store: store) != after.key(of: $0, store: store) }
        #expect(changed == ["classify_udp"])
        #expect(inputs.count > 5)
    }

    @Test func everythingElseCounts() async throws {
        let folder = try StoreFolder()
        let store = store(folder)
        let nop = try await Executed("nop", executes: false)
        let key = nop.key(of: "packet_arrives", store: store)
        #expect(key == nop.key(of: "packet_arrives", store: self.store(folder)))
        #expect(key != nop.key(of: "packet_arrives", shapes: [.packet, .null], store: store))
        var limits = Executor.Limits()
        limits.paths += 1
        #expect(key != nop.key(of: "packet_arrives", store: store, limits: limits))
        #expect(
            key
                != store.key(
                    of: "packet_arrives", shapes: [.packet], program: nop.program, graph: nop.graph, limits: .init(),
                    facts: nop.facts + [.variable("p", .boolean)]))
        #expect(
            key
                == store.key(
                    of: "packet_arrives", shapes: [.packet], program: nop.program, graph: nop.graph, limits: .init(),
                    facts: nop.facts.reversed()))
        let other = SummaryStore(store: folder.store, tool: ToolIdentity(hash: ContentHash(of: [1])))
        #expect(key != nop.key(of: "packet_arrives", store: other))
        let withOptions = SummaryStore(
            store: folder.store, tool: ToolIdentity(hash: ContentHash(of: [])), options: ["x"])
        #expect(key != nop.key(of: "packet_arrives", store: withOptions))
        // Lines are shown in traces.
        let moved = try await Executed("nop", change: ("void packet_arrives", "\nvoid packet_arrives"), executes: false)
        #expect(key != moved.key(of: "packet_arrives", store: store))
        let ports = try await Executed(
            "nop", change: ("inside, outside }", "inside, outside, third }"), executes: false)
        #expect(key != ports.key(of: "packet_arrives", store: store))
    }

    /// Whole entries, which do not fit.
    @Test func whatDoesNotFitIsNoted() async throws {
        let nat = try await Executed("nat")
        let nop = try await Executed("nop")
        let folder = try StoreFolder()
        let files = folder.store
        let store = SummaryStore(store: files, tool: ToolIdentity(hash: ContentHash(of: [])))
        let summary = try #require(
            nat.summaries.first { $0.paths.contains { $0.state != nat.summaries[0].paths[0].state } })
        let key = nat.key(of: summary.function, shapes: summary.shapes, store: store)
        store.remember(summary, for: key, model: nat.model)
        #expect(store.summary(for: key, model: nop.model) == nil)
        #expect(files.takeNotes().count == 1)
        let whole = try #require(files.entry(.summary, key.hash))
        for index in stride(from: 0, to: whole.count, by: max(1, whole.count / 200)) {
            files.put(.summary, key.hash, Array(whole[..<index]))
            #expect(store.summary(for: key, model: nat.model) == nil)
        }
    }

    /// A hand-off of what cannot be handed on is executed in place: the summary is about two elements then.
    @Test func summariesOfSeveralElementsAreNotKept() async throws {
        func box(_ argument: String) async throws -> Executed {
            try await Executed(
                text: """
                    #include <gravel/middlebox.h>
                    enum port { inside, outside };
                    static uint32_t scratch __attribute__((unused));
                    static void next(struct packet *packet, uint32_t *place) {
                        if (place != NULL && *place == 7) return packet_drop(packet);
                        packet_emit(packet, outside);
                    }
                    void packet_arrives(struct packet *packet) { next(packet, \(argument)); }
                    """)
        }
        for (argument, isKept) in [("NULL", true), ("&scratch", false)] {
            let box = try await box(argument)
            let folder = try StoreFolder()
            let store = store(folder)
            let summary = try #require(box.summaries.first { $0.function == "packet_arrives" })
            #expect(summary.includesOtherInputs == !isKept)
            let key = box.key(of: summary.function, store: store)
            store.remember(summary, for: key, model: box.model)
            #expect((store.summary(for: key, model: box.model) != nil) == isKept)
        }
    }
}
