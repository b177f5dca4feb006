import Dataflow
import Logic
import MiddleboxIR
import SymbolicExecution
import Synchronization

/// Summaries of elements' inputs, between runs: what has not changed is not executed again.
///
/// A summary is kept under a digest of all that execution depends on: the input's code, that of its helpers, the state
/// and the configuration that they name, and the lines of all that; where it hands packets on; the shapes of its
/// arguments; the executor's limits; and what was assumed of packets and configurations when it was asked which paths
/// there are.
public final class SummaryStore: Sendable {
    private let store: ProofStore
    private let prefix: ContentHash
    private let digester = Mutex(TermDigester(hash: ContentHash.words))

    /// - Parameter options: what else the feasibility of paths depends on, such as the solver's limits.
    public init(store: ProofStore, tool: ToolIdentity, options: [String] = []) {
        var hasher = ContentHasher("summary")
        hasher.add(tool.hash)
        hasher.add(options)
        self.store = store
        prefix = hasher.finish()
    }

    /// What a summary is kept under.
    public struct Key: Hashable, Sendable {
        let hash: ContentHash
    }

    /// - Parameter facts: what the feasibility oracle assumes.
    public func key(
        of function: String, shapes: [ArgumentShape], program: Program, graph: ElementGraph, limits: Executor.Limits,
        facts: [Term]
    ) -> Key {
        func isHandOff(_ block: BlockID, _ instruction: Int) -> Bool {
            graph.isTailHandOff(function: function, block: block, instruction: instruction)
        }
        var hasher = ContentHasher("input")
        hasher.add(prefix)
        hasher.add(program.digest(ofFunction: function, withoutCalls: isHandOff))
        for (index, block) in (program.function(function)?.blocks ?? []).enumerated() {
            for position in block.instructions.indices {
                guard
                    let destination = graph.tailHandOff(
                        function: function, block: BlockID(index), instruction: position)
                else { continue }
                hasher.add(index)
                hasher.add(position)
                switch destination {
                case .input(let name): hasher.add(["input", name])
                case .emit: hasher.add("emit")
                case .drop: hasher.add("drop")
                }
            }
        }
        hasher.add(shapes.count)
        for shape in shapes {
            switch shape {
            case .packet: hasher.add("packet")
            case .integer(let bits):
                hasher.add("integer")
                hasher.add(bits)
            case .packetPointer: hasher.add("pointer")
            case .null: hasher.add("null")
            case .operationArgument: hasher.add("argument")
            }
        }
        hasher.add(limits.blockVisits)
        hasher.add(limits.openDecisions)
        hasher.add(limits.paths)
        let digests = digester.withLock { digester in Set(facts.map { digester.digest(of: $0) }).sorted() }
        hasher.add(digests.count)
        for digest in digests { hasher.add(digest.words) }
        return Key(hash: hasher.finish())
    }

    /// The summary that was kept; its terms are made anew here. Nil, and a note, where it does not fit.
    public func summary(for key: Key, model: StateModel) -> ElementSummary? {
        guard let bytes = store.entry(.summary, key.hash) else { return nil }
        do {
            return try SummaryCoding.decode(bytes, model: model)
        } catch {
            store.note("\(store.path(of: .summary, key.hash)) is ignored: \(error)")
            return nil
        }
    }

    /// Keeps a summary, unless it is about the code of other elements, too.
    ///
    /// Not to be called when a solver gave up on a path of it: such paths may be there by the load of the machine only.
    public func remember(_ summary: ElementSummary, for key: Key, model: StateModel) {
        if summary.includesOtherInputs { return }
        store.put(.summary, key.hash, SummaryCoding.encode(summary, model: model))
    }
}
