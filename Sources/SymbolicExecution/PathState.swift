import Diagnostics
import Logic
import MiddleboxIR

/// Where execution stands on one path. A value: a fork is a copy.
struct PathState {
    /// An activation of a function.
    struct Frame {
        let function: Function
        var registers: [SymbolicValue?]
        let arguments: [SymbolicValue]
        var block: BlockID
        /// The block that control came from, for phis.
        var previous: BlockID?
        /// The next instruction in the block.
        var instruction: Int
        /// Where the caller keeps the result.
        let resultRegister: Register?
        /// Its local variables.
        var locals: [Int] = []
        /// How often each block has been entered.
        var visits: [Int: Int] = [:]
        /// How often the branch at each block's end found that both ways are possible.
        var openDecisions: [Int: Int] = [:]
        /// For telling an endless loop: what the path looked like when a block was last entered.
        var lastEntry: [Int: Fingerprint] = [:]
        /// The same at the last visit whose number is a power of two: what a loop comes back to after any number of rounds (Brent's algorithm).
        var milestone: [Int: Fingerprint] = [:]
    }

    /// All that decides what a path does next, apart from registers, which the loop's phis hold.
    struct Fingerprint: Hashable {
        let registers: [SymbolicValue?]
        let stack: [Int: [MemoryByte]]
        let packet: PacketTerms
        let generation: Int
        let state: StateTerms
        let previous: BlockID?

        /// When this is the same as another, where they differ in numbers and offsets alone; nil where they cannot be the same, or
        /// nobody knows.
        func equality(with other: Fingerprint) -> Term? {
            guard previous == other.previous, packet == other.packet, generation == other.generation,
                state == other.state,
                stack.count == other.stack.count, registers.count == other.registers.count
            else { return nil }
            var equalities: [Term] = []
            for (a, b) in zip(registers, other.registers) where a != b {
                switch (a, b) {
                case (.integer(let x)?, .integer(let y)?) where x.sort == y.sort: equalities.append(.equal(x, y))
                case (.pointer(.object(let object, let x))?, .pointer(.object(let otherObject, let y))?)
                where object == otherObject:
                    equalities.append(.equal(x, y))
                default: return nil
                }
            }
            for (number, memory) in stack where other.stack[number] != memory {
                guard let others = other.stack[number], others.count == memory.count else { return nil }
                for (a, b) in zip(memory, others) where a != b {
                    guard case .term(let x) = a, case .term(let y) = b else { return nil }
                    equalities.append(.equal(x, y))
                }
            }
            return .and(equalities)
        }
    }

    var frames: [Frame]
    var knowledge = Knowledge()
    /// Which of the conditions are left out of questions whether the path can be: see ``question``.
    private var unasked: Set<Int> = []
    /// How many of the conditions, from the first on, need not be asked about any more.
    private var settled = 0
    /// What the conditions say.
    private(set) var facts = KnownFacts.none
    var packet: PacketTerms
    /// How often it has been resized: pointers into it from before mean nothing any more.
    var generation = 0
    var state: StateTerms
    var conditionsAtLastStateChange = 0
    /// The locals that are alive.
    var stack: [Int: [MemoryByte]] = [:]
    private var lastLocal = -1
    /// The keys inserted into each map so far: the entry of such a key may lie elsewhere than before.
    var insertions: [String: [Term]] = [:]
    /// What has left, copies included.
    var outputs: [Output] = []
    var isEmitted = false
    var isDropped = false
    var trace: [TraceEntry] = []

    init(frames: [Frame], packet: PacketTerms, state: StateTerms) {
        self.frames = frames
        self.packet = packet
        self.state = state
    }

    /// A new local of the function that runs, of so many bytes: a number that no other on the path has or had.
    mutating func allocate(bytes: Int) -> Int {
        lastLocal += 1
        stack[lastLocal] = Array(repeating: .undefined, count: bytes)
        frames[frames.count - 1].locals.append(lastLocal)
        return lastLocal
    }

    /// Whether nothing but what is known of it, and how it got here, has changed: the packet, the state and all locals are as on the other path.
    func isUnchanged(since other: PathState) -> Bool {
        packet == other.packet && generation == other.generation && state == other.state && stack == other.stack
            && insertions == other.insertions
            && outputs.count == other.outputs.count && isEmitted == other.isEmitted && isDropped == other.isDropped
            && knowledge.exact.count == other.knowledge.exact.count
            && knowledge.arithmetic.count == other.knowledge.arithmetic.count
    }

    /// Gives no number to a local that one on these paths had.
    mutating func skipLocals(of paths: [PathState]) {
        lastLocal = paths.reduce(lastLocal) { max($0, $1.lastLocal) }
    }

    /// Ends the activation that runs, and with it the lives of its locals.
    mutating func leaveFunction() {
        for local in frames.removeLast().locals { stack[local] = nil }
    }

    /// Whether the packet has been handed on.
    var isHandedOn: Bool { isDropped || isEmitted }

    /// Adds a condition; conjunctions are taken apart.
    mutating func assume(_ condition: Term) {
        knowledge.conditions += facts.insert([condition])
    }

    /// Asks no more about what has been assumed since the other path, of which this is a way on.
    mutating func askNoMore(since other: PathState) {
        unasked.formUnion(other.knowledge.conditions.count..<knowledge.conditions.count)
    }

    /// What decides whether the path can be, as far as that is worth asking.
    ///
    /// Left out are earlier rounds' decisions by what joined functions said: that thirty-nine formulas do not hold seldom rules out that the
    /// fortieth does, and asking costs more with each. Less is known then than holds, so a path may be followed that is none.
    var question: FeasibilityQuestion {
        func asked(_ range: Range<Int>) -> [Term] {
            range.filter { !unasked.contains($0) }.map { knowledge.conditions[$0] }
        }
        return FeasibilityQuestion(settled: asked(0..<settled), open: asked(settled..<knowledge.conditions.count))
    }

    /// The path can be, with all that is assumed by now.
    mutating func settle() { settled = knowledge.conditions.count }

    /// Whether forks are asked about at all. They are not where all ways will be one in the end: one that cannot be is then the choice that is
    /// never taken.
    var asksAtForks = true

    /// Asks about everything again that the other path was asked about.
    mutating func askAgain(as other: PathState) {
        unasked = other.unasked
        settled = other.settled
        asksAtForks = other.asksAtForks
    }

    mutating func note(_ location: SourceLocation?, _ note: String) {
        if let location { trace.append(TraceEntry(location: location, note: note)) }
    }

    /// Changes where the packet begins: pointers into it mean nothing any more.
    mutating func resize(_ change: (inout PacketTerms) -> Void) {
        change(&packet)
        generation += 1
    }

    mutating func changeState(_ change: (inout StateTerms) -> Void) {
        let before = state
        change(&state)
        if state != before { conditionsAtLastStateChange = knowledge.conditions.count }
    }
}
