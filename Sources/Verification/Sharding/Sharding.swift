import Dataflow
import Diagnostics
import Logic
import MiddleboxIR
import PacketFormat
import SpecLanguage
import SymbolicExecution

/// Whether a middlebox can run on several cores, each with state of its own and the packets of some flows, and do with each packet what it does
/// on one core.
///
/// It can where packets of different flows never come across each other's state: whatever one of them changes, no other reads or changes. Control
/// operations run on every core. One thing differs all the same: a core's tables have all of their capacity for its flows alone, so they
/// are full later than on one core, where the flows share them. And it is said of middleboxes that pass the built-in checks: what one does whose
/// behaviour is undefined nobody can tell.
///
/// After Maestro (Pereira, Ramos, Pedrosa: Automatic Parallelization of Software Network Functions, NSDI 2024).
public enum Sharding: Sendable {
    /// By each of these keys, of which the first tells the most flows apart. Of the objects, which packets change, each core has a part;
    /// all others are the same on all cores.
    case possible([FlowKey], objects: Set<String>)
    case impossible(Obstacle)
    /// Nobody can tell: why, and where in the C code.
    case unknown(reason: String, location: SourceLocation?)

    /// State that packets of different flows share, whatever of the flow keys tells flows apart.
    public struct Obstacle: Sendable {
        public let object: String
        /// What happens, as a sentence.
        public let text: String
        public let location: SourceLocation?
        /// Where the other access is, if there is one elsewhere.
        public var other: SourceLocation?
    }
}

extension Verifier {
    /// Whether and by what the middlebox's flows can be spread over cores.
    ///
    /// - Parameter specFile: for what it assumes of configurations.
    /// - Throws: `RejectedInput` or `SpecError` when the C code or the spec is not accepted.
    public func sharding(of program: Program, spec specFile: SourceFile?) throws -> Sharding {
        let verification: MiddleboxVerification
        do { verification = try self.verification(of: program, spec: specFile, confirmation: nil) } catch let error
            as StateModelError
        {
            return .unknown(reason: "\(error)", location: error.location)
        } catch let error as DecompositionError { return .unknown(reason: error.message, location: error.location) }
        let sharding = ShardingAnalysis(verification).sharding()
        verification.discharger.save()
        return sharding
    }
}

/// Looks for the key that keeps flows apart.
struct ShardingAnalysis {
    private let verification: MiddleboxVerification
    private let second: SecondRun
    /// An object that packets change, with all that they do to it.
    private struct Shared {
        let object: String
        let accesses: [StateAccess]
    }

    init(_ verification: MiddleboxVerification) {
        self.verification = verification
        second = SecondRun(verification.model)
    }

    func sharding() -> Sharding {
        guard let composition = verification.exactComposition else {
            return .unknown(reason: "there are too many ways through it to look at each", location: nil)
        }
        for path in composition.paths + composition.operations {
            if case .unknown(let reason, let location) = path.end {
                return .unknown(reason: reason, location: location)
            }
        }
        let finder = StateAccessFinder(verification.model)
        let shared = shared(finder.accesses(of: composition.paths))
        let changed = Set(shared.map(\.object))
        for path in composition.operations {
            if let access = finder.accesses(of: [path]).first(where: { changed.contains($0.object) }) {
                return .impossible(obstacle(of: path.operation ?? "", access))
            }
        }
        if let obstacle = shared.lazy.compactMap(wholeObstacle).first { return .impossible(obstacle) }
        let candidates = FlowKey.candidates(ports: verification.model.ports.map(\.number))
        // Each object by itself first: what no key does for is what people want to know.
        var possible = candidates
        for shared in shared {
            let (rest, conflict) = keys(of: candidates, for: shared)
            if rest.isEmpty { return .impossible(obstacle(of: shared.object, conflict)) }
            possible.removeAll { !rest.contains($0) }
            if possible.isEmpty {
                return .impossible(
                    Sharding.Obstacle(
                        object: shared.object,
                        text: "no one key keeps flows apart in '\(shared.object)' and in the objects before it",
                        location: conflict?.0.location))
            }
        }
        return .possible(possible, objects: changed)
    }

    /// In the order in which they are met.
    private func shared(_ accesses: [StateAccess]) -> [Shared] {
        let changed = accesses.filter(\.isChange).map(\.object)
        var seen: Set<String> = []
        return changed.filter { seen.insert($0).inserted }.map { object in
            Shared(object: object, accesses: accesses.filter { $0.object == object })
        }
    }

    /// The keys that do for an object, and, where the first one does not, two accesses that it does not keep apart.
    private func keys(of candidates: [FlowKey], for shared: Shared)
        -> (keys: [FlowKey], conflict: (StateAccess, StateAccess)?)
    {
        var conflict: (StateAccess, StateAccess)?
        var pairs: [(StateAccess, StateAccess)] = []
        for (index, first) in shared.accesses.enumerated() {
            for other in shared.accesses[index...] where first.isChange || other.isChange {
                pairs.append((first, other))
            }
        }
        let keys = candidates.filter { key in
            let questions = pairs.map { question($0.0, $0.1, key) }
            guard let failed = verification.discharger.areFeasible(questions).firstIndex(of: true) else { return true }
            if conflict == nil { conflict = pairs[failed] }
            return false
        }
        return (keys, conflict)
    }

    /// That two packets with different keys come to the same entry.
    private func question(_ first: StateAccess, _ other: StateAccess, _ key: FlowKey) -> [Term] {
        let (mine, own) = side(first, key)
        let (theirs, others) = side(other, key)
        var renaming = second.renaming(theirs + [others.entry, others.flow])
        return mine + theirs.map { renaming.apply($0) }
            + [
                .equal(own.entry, renaming.apply(others.entry)),
                .notEqual(own.flow, renaming.apply(others.flow)),
            ]
    }

    /// What is known of a packet that comes to the entry, the entry, and the packet's key.
    private func side(_ access: StateAccess, _ key: FlowKey) -> (known: [Term], (entry: Term, flow: Term)) {
        var common = access.decisions[0]
        for list in access.decisions.dropFirst() { common.removeAll { !Set(list).contains($0) } }
        let rest = Set(common)
        let known = common + [.or(access.decisions.map { .and($0.filter { !rest.contains($0) }) })]
        let packet = SymbolicPacket(
            bytes: InputVariables.bytes, length: InputVariables.length, facts: KnownFacts(common))
        let ports = verification.baseFacts.filter { $0.freeVariables.contains(InputVariables.port) }
        return (known + ports, (access.key ?? .true, key.term(of: packet, port: InputVariables.port)))
    }

    // MARK: For people

    private func wholeObstacle(_ shared: Shared) -> Sharding.Obstacle? {
        guard let whole = shared.accesses.first(where: { $0.key == nil }) else { return nil }
        let isPool = verification.model.pools[shared.object] != nil
        return Sharding.Obstacle(
            object: shared.object,
            text: isPool
                ? "what '\(shared.object)' hands out to one flow depends on what all others have"
                : "packets of all flows read or change all of '\(shared.object)'",
            location: whole.location)
    }

    private func obstacle(of object: String, _ conflict: (StateAccess, StateAccess)?) -> Sharding.Obstacle {
        let constant = conflict.map { $0.0.key?.isConstant == true && $0.0.key == $0.1.key } ?? false
        return Sharding.Obstacle(
            object: object,
            text: constant
                ? "'\(object)' is changed by packets of all flows"
                : "packets of different flows come to the same entry of '\(object)'",
            location: conflict?.0.location,
            other: conflict.flatMap { $0.1.location == $0.0.location ? nil : $0.1.location })
    }

    private func obstacle(of operation: String, _ access: StateAccess) -> Sharding.Obstacle {
        Sharding.Obstacle(
            object: access.object,
            text: "'\(operation)' \(access.isChange ? "changes" : "reads") '\(access.object)', which packets change: "
                + "each core would have a part of it",
            location: access.location)
    }
}
