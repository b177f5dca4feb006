import Dataflow
import Diagnostics
import Logic
import MiddleboxIR

/// Executes one input function of an element symbolically: all its paths, and every check on the way.
///
/// Bounds, pointers and loops are followed exactly; what execution does not know ends the path as `unknown`, never silently.
public final class Executor {
    public struct Limits: Sendable {
        /// How often one block may be entered in one activation of its function.
        public var blockVisits = 1100
        /// How often one branch may find that both ways are possible, in one activation, when nothing else bounds the loop that it is in. Each
        /// time is a path of its own with a condition more than the one before. Loops over headers, the longest of which has 60 bytes, stay
        /// below; those over whole packets are out of reach in any case.
        public var openDecisions = 100
        /// How many paths one input function may have.
        public var paths = 20_000
        /// How many ways through a function that changes nothing are paths of their own.
        public var waysApart = 3

        public init() {}
    }

    let program: Program
    let model: StateModel
    private let graph: ElementGraph
    private let oracle: FeasibilityOracle
    let limits: Limits

    private var worklist: [PathState] = []
    private var paths: [ElementPath] = []
    private var checks: [Check] = []
    private var freshVariables: [Term] = []
    private var functionName = ""
    private var includesOtherInputs = false
    /// The loops of the functions seen so far, by the functions' names.
    private var loops: [String: Loops] = [:]
    /// What calls came back with whose ways have been joined.
    var joinedResults: Set<Term> = []

    public init(
        program: Program, graph: ElementGraph, model: StateModel, limits: Limits = Limits(),
        oracle: @escaping FeasibilityOracle
    ) {
        self.program = program
        self.graph = graph
        self.model = model
        self.limits = limits
        self.oracle = oracle
    }

    /// The summary of an input function for callers that hand over arguments of these shapes.
    public func summary(of function: Function, shapes: [ArgumentShape]) -> ElementSummary {
        let arguments = shapes.enumerated().map { index, shape -> SymbolicValue in
            switch shape {
            case .packet: .pointer(.start(of: .packet))
            case .integer(let bits): .integer(InputVariables.argument(index, of: function.name, bits: bits))
            case .packetPointer:

                .pointer(
                    .object(
                        .packetBytes(generation: 0),
                        offset: InputVariables.argument(index, of: function.name, bits: 64)))
            case .null: .pointer(.null)
            case .operationArgument: .pointer(.start(of: .argument(function.name)))
            }
        }
        return summary(of: function, shapes: shapes, arguments: arguments)
    }

    /// The same for arguments that are known.
    func summary(of function: Function, shapes: [ArgumentShape], arguments: [SymbolicValue]) -> ElementSummary {
        worklist = []
        paths = []
        checks = []
        freshVariables = []
        functionName = function.name
        includesOtherInputs = false
        joinedResults = []
        var start = PathState(
            frames: [frame(function, arguments, resultRegister: nil)], packet: .input,
            state: .symbolic(model))
        if function.isControlOperation {
            for fact in model.operations[function.name]?.facts ?? [] { start.assume(fact) }
        }
        worklist = [start]
        while let path = worklist.popLast() {
            if isTooMany(worklist.count, path) { continue }
            run(path)
        }
        return ElementSummary(
            function: function.name, shapes: shapes, paths: paths, checks: checks, freshVariables: freshVariables,
            includesOtherInputs: includesOtherInputs)
    }

    private func frame(_ function: Function, _ arguments: [SymbolicValue], resultRegister: Register?) -> PathState.Frame
    {
        PathState.Frame(
            function: function, registers: Array(repeating: nil, count: function.registerCount), arguments: arguments,
            block: BlockID(0), previous: nil, instruction: 0, resultRegister: resultRegister)
    }

    /// A variable that nothing else in the summary uses.
    func fresh(_ purpose: String, _ sort: Sort) -> Term {
        let variable = Term.variable("\(functionName)#\(freshVariables.count + 1).\(purpose)", sort)
        freshVariables.append(variable)
        return variable
    }

    private func finish(_ path: PathState, _ end: PathEnd) {
        paths.append(
            ElementPath(
                knowledge: path.knowledge, end: end, outputs: path.outputs, isDropped: path.isDropped,
                packet: path.packet, state: path.state, conditionsAtLastStateChange: path.conditionsAtLastStateChange,
                trace: path.trace))
    }

    // MARK: Checks and forks

    /// Demands that the claim hold here; from here on it is assumed.
    func check(
        _ path: inout PathState, _ kind: CheckKind, _ claim: Term, _ message: String, location: SourceLocation?
    ) throws(PathStop) {
        switch path.facts.decide(claim) {
        case true?: return
        case false?: try fail(&path, kind, message, location: location)
        case nil:
            checks.append(
                Check(
                    kind: kind, location: location, message: message, knowledge: path.knowledge, claim: claim,
                    trace: path.trace))
            path.assume(claim)
        }
    }

    /// A check that cannot hold: whatever reaches it is wrong.
    func fail(
        _ path: inout PathState, _ kind: CheckKind, _ message: String, location: SourceLocation?
    ) throws(PathStop) -> Never {
        checks.append(
            Check(
                kind: kind, location: location, message: message, knowledge: path.knowledge, claim: .false,
                trace: path.trace))
        throw .failedCheck
    }

    /// Whether the path can be; in doubt, yes. If so, only what is added to it is in question from here on.
    func isFeasible(_ path: inout PathState) -> Bool {
        let isFeasible = oracle([path.question])[0]
        if isFeasible { path.settle() }
        return isFeasible
    }

    /// The path with the condition and the path with its negation, without those that cannot be.
    func fork(_ path: PathState, on condition: Term) -> [(PathState, Bool)] {
        if let decided = path.facts.decide(condition) { return [(path, decided)] }
        var then = path
        then.assume(condition)
        var otherwise = path
        otherwise.assume(!condition)
        if !path.asksAtForks, !isInLoop(path) { return [(then, true), (otherwise, false)] }
        let thenIsFeasible = isFeasible(&then)
        // One of the two is possible if the path so far is.
        if !thenIsFeasible { return [(otherwise, false)] }
        return isFeasible(&otherwise) ? [(then, true), (otherwise, false)] : [(then, true)]
    }

    /// Whether the path stands in a loop of the function that runs.
    func isInLoop(_ path: PathState) -> Bool {
        guard let frame = path.frames.last else { return false }
        let name = frame.function.name
        let known = loops[name] ?? Loops(in: frame.function)
        loops[name] = known
        return known.contains(frame.block)
    }

    // MARK: The loop

    /// Executes until the path ends; its forks go to the worklist.
    private func run(_ start: PathState) {
        var current = [start]
        while current.count == 1 { current = ways(from: current[0]) }
        // The first way on is taken first: paths come out in source order.
        worklist.append(contentsOf: current.reversed())
    }

    /// The ways on after one instruction. None when the path has ended.
    func ways(from path: PathState) -> [PathState] {
        do throws(PathStop) {
            return try step(path)
        } catch {
            switch error {
            case .unknown(let reason, let location): finish(path, .unknown(reason: reason, location: location))
            case .failedCheck: finish(path, .failedCheck)
            }
            return []
        }
    }

    /// Gives the path up where there are too many, so many others being under way.
    func isTooMany(_ others: Int, _ path: PathState) -> Bool {
        guard paths.count + others >= limits.paths else { return false }
        finish(
            path,
            .unknown(
                reason: "'\(functionName)' has more than \(limits.paths) paths",
                location: program.function(functionName)?.location))
        return true
    }

    /// One instruction, or one terminator: the ways on. None when the path has ended.
    private func step(_ path: PathState) throws(PathStop) -> [PathState] {
        guard let frame = path.frames.last else { return [] }
        let block = frame.function.blocks[frame.block.index]
        if frame.instruction < block.instructions.count {
            return try execute(path, block.instructions[frame.instruction], in: frame)
        }
        return try leave(path, block, in: frame)
    }

    /// The path with the result of the current instruction, standing before the next.
    func advanced(_ path: PathState, result: SymbolicValue?, register: Register?) -> PathState {
        var path = path
        let top = path.frames.count - 1
        if let register { path.frames[top].registers[register.index] = result }
        path.frames[top].instruction += 1
        return path
    }

    private func leave(
        _ path: PathState, _ block: Block, in frame: PathState.Frame
    ) throws(PathStop) -> [PathState] {
        let location = block.terminatorLocation
        var path = path
        switch block.terminator {
        case .jump(let target): return [try enter(path, target)]
        case .branch(let condition, let then, let otherwise):
            let term = try decision(&path, condition, in: frame, location: location)
            var ways: [PathState] = []
            let branches = fork(path, on: term)
            if branches.count > 1 { try countOpenDecision(&path, location: location) }
            for (branch, holds) in branches {
                var branch = branch
                branch.frames = path.frames
                // The line alone: clang may have turned the condition round.
                if path.facts.decide(term) == nil { branch.note(location, "") }
                if isPassingQuestion(term, of: path) { branch.askNoMore(since: path) }
                ways.append(try enter(branch, holds ? then : otherwise))
            }
            return ways
        case .switch(let value, let cases, let fallback):
            let term = try decision(&path, value, in: frame, location: location)
            var ways: [PathState] = []
            var rest: PathState? = path
            for (constant, target) in cases {
                guard let current = rest else { break }
                let width = term.sort == .boolean ? 1 : term.width
                let matches = Term.equal(InstructionSemantics.asBits(term), .bitVector(constant, width: width))
                rest = nil
                for (branch, holds) in fork(current, on: matches) {
                    if holds {
                        var taken = branch
                        if current.facts.decide(matches) == nil { taken.note(location, "case \(constant)") }
                        ways.append(try enter(taken, target))
                    } else {
                        rest = branch
                    }
                }
            }
            if var rest {
                rest.note(location, "default")
                ways.append(try enter(rest, fallback))
            }
            return ways
        case .return(let operand):
            let result: SymbolicValue? =
                if let operand { try value(operand, in: frame, location: location) } else { nil }
            path.leaveFunction()
            if !path.frames.isEmpty {
                return [advanced(path, result: result, register: frame.resultRegister)]
            }
            // A control operation has no packet.
            if !path.isHandedOn, !frame.function.isControlOperation {
                try fail(
                    &path, .handedOnExactlyOnce, "the packet is neither emitted nor dropped",
                    location: location ?? frame.function.location)
            }
            finish(path, .finished)
            return []
        case .trap(let kind):
            try fail(&path, .noUndefinedBehaviour, kind.message, location: location)
        case .unreachable:
            try fail(
                &path, .noUndefinedBehaviour, "a place is reached that the compiler takes for unreachable",
                location: location)
        case .unsupported(let text):
            throw .unknown(reason: "'\(text)' has no model", location: location)
        }
    }

    private func decision(
        _ path: inout PathState, _ operand: Operand, in frame: PathState.Frame, location: SourceLocation?
    ) throws(PathStop) -> Term {
        switch try value(operand, in: frame, location: location) {
        case .integer(let term): return term
        case .undefined:
            try fail(&path, .noUninitialisedMemory, "a decision depends on an uninitialised value", location: location)
        case .pointer, .aggregate: throw .unknown(reason: "a decision on a value of this type", location: location)
        }
    }

    /// Enters a block: its phis take their values all at once.
    private func enter(_ path: PathState, _ target: BlockID) throws(PathStop) -> PathState {
        var path = path
        let top = path.frames.count - 1
        let frame = path.frames[top]
        let block = frame.function.blocks[target.index]
        var results: [(Register, SymbolicValue)] = []
        for phi in block.phis {
            guard let (_, operand) = phi.incoming.first(where: { $0.from == frame.block }) else {
                throw .unknown(reason: "a phi has no value for the block that control came from", location: nil)
            }
            results.append((phi.result, try value(operand, in: frame, location: block.terminatorLocation)))
        }
        for (register, value) in results { path.frames[top].registers[register.index] = value }
        path.frames[top].previous = frame.block
        path.frames[top].block = target
        path.frames[top].instruction = 0
        try countVisit(&path, target, location: block.instructions.first?.location ?? block.terminatorLocation)
        return path
    }

    /// For how many rounds a loop is asked whether it may stand still.
    private static let roundsAsked = 16

    /// Loops end: either their conditions decide so within the limit, or the path says that nobody knows.
    private func countVisit(
        _ path: inout PathState, _ block: BlockID, location: SourceLocation?
    ) throws(PathStop) {
        let top = path.frames.count - 1
        let visits = path.frames[top].visits[block.index, default: 0] + 1
        path.frames[top].visits[block.index] = visits
        guard visits > 1 else { return }
        let fingerprint = PathState.Fingerprint(
            registers: path.frames[top].registers, stack: path.stack, packet: path.packet, generation: path.generation,
            state: path.state, previous: path.frames[top].previous)
        let message = "this loop does not end"
        let last = path.frames[top].lastEntry[block.index]
        if last == fingerprint || path.frames[top].milestone[block.index] == fingerprint {
            // Nothing that later decisions depend on has changed, so they will be the same for ever.
            try fail(&path, .loopsEnd, message, location: location)
        }
        path.frames[top].lastEntry[block.index] = fingerprint
        if visits & (visits - 1) == 0 { path.frames[top].milestone[block.index] = fingerprint }
        // Where a round may change nothing: once a round is enough, so only where a block before leads back to its loop's start. A loop in
        // which that cannot happen in the first rounds is left to the limits.
        if visits <= Self.roundsAsked, let source = fingerprint.previous, source.index >= block.index, let last,
            let equality = fingerprint.equality(with: last)
        {
            try check(&path, .loopsEnd, !equality, message, location: location)
        }
        if visits > limits.blockVisits {
            throw .unknown(
                reason: "this loop may go round more than \(limits.blockVisits) times", location: location)
        }
    }

    /// A loop that both goes on and ends, time after time, is given up early: unless another branch in it was decided just as often, which
    /// is what a counter that ends it looks like.
    private func countOpenDecision(_ path: inout PathState, location: SourceLocation?) throws(PathStop) {
        let top = path.frames.count - 1
        let frame = path.frames[top]
        let count = frame.openDecisions[frame.block.index, default: 0] + 1
        path.frames[top].openDecisions[frame.block.index] = count
        guard count > limits.openDecisions else { return }
        let hasCounter = frame.visits.contains { block, visits in
            guard case .branch(_, let then, let otherwise) = frame.function.blocks[block].terminator else {
                return false
            }
            // A sanitizer's check is decided every time too, and ends no loop.
            let isCheck = [then, otherwise].contains { target in
                switch frame.function.blocks[target.index].terminator {
                case .trap, .unreachable: true
                case .jump, .branch, .switch, .return, .unsupported: false
                }
            }
            return !isCheck && visits >= count - 1 && frame.openDecisions[block] == nil
        }
        if hasCounter { return }
        throw .unknown(
            reason:
                "this loop may go round more than \(limits.openDecisions) times, and nothing but the packet's content and the state bounds it",
            location: location)
    }

    // MARK: Calls

    func call(
        _ path: PathState, _ instruction: Instruction, _ callee: Callee, _ operands: [Operand],
        in frame: PathState.Frame
    ) throws(PathStop) -> [PathState] {
        let location = instruction.location
        var arguments: [SymbolicValue] = []
        for operand in operands { arguments.append(try value(operand, in: frame, location: location)) }
        switch callee {
        case .function(let name):
            guard let function = program.function(name) else {
                throw .unknown(reason: "'\(name)' has no body", location: location)
            }
            if path.frames.count == 1,
                graph.isTailHandOff(
                    function: frame.function.name, block: frame.block, instruction: frame.instruction)
            {
                if let (shapes, terms) = handOffArguments(arguments, path) {
                    var path = path
                    if path.isHandedOn {
                        try fail(
                            &path, .handedOnExactlyOnce, "the packet is handed on a second time", location: location)
                    }
                    path.note(location, "handed to \(name)")
                    finish(path, .handOff(function: name, shapes: shapes, arguments: terms))
                    return []
                }
                includesOtherInputs = true
            }
            if path.frames.contains(where: { $0.function.name == name }) {
                throw .unknown(reason: "'\(name)' calls itself, and recursion has no model", location: location)
            }
            var called = path
            called.frames.append(self.frame(function, arguments, resultRegister: instruction.result))
            return returns(of: called, to: path, register: instruction.result, location: location)
        case .external(let name):
            return try callPrimitive(path, name, arguments, location: location).map { path, result in
                advanced(path, result: result, register: instruction.result)
            }
        case .intrinsic(let intrinsic):
            var path = path
            let result = try callIntrinsic(&path, intrinsic, arguments, type: instruction.type, location: location)
            return [advanced(path, result: result, register: instruction.result)]
        case .indirect: throw .unknown(reason: "a call through a pointer has no model", location: location)
        case .assembly: throw .unknown(reason: "inline assembly has no model", location: location)
        }
    }

    /// The arguments as a summary takes them; nil when one cannot be handed on so, in which case the callee is executed in place.
    private func handOffArguments(_ arguments: [SymbolicValue], _ path: PathState) -> ([ArgumentShape], [Term?])? {
        var shapes: [ArgumentShape] = []
        var terms: [Term?] = []
        for argument in arguments {
            switch argument {
            case .integer(let term):
                shapes.append(.integer(bits: term.sort == .boolean ? 1 : term.width))
                terms.append(term)
            case .pointer(.null):
                shapes.append(.null)
                terms.append(nil)
            case .pointer(.start(of: .packet)):
                shapes.append(.packet)
                terms.append(nil)
            case .pointer(.object(.packetBytes(path.generation), let offset)):
                shapes.append(.packetPointer)
                terms.append(offset)
            case .pointer, .aggregate, .undefined: return nil
            }
        }
        return (shapes, terms)
    }
}

extension TrapKind {
    /// What reaching the trap means, as a clause.
    var message: String {
        switch self {
        case .addOverflow: "signed addition overflows"
        case .subtractOverflow: "signed subtraction overflows"
        case .multiplyOverflow: "signed multiplication overflows"
        case .negateOverflow: "signed negation overflows"
        case .divideRemainderOverflow: "division by zero, or its result overflows"
        case .shiftOutOfBounds: "a shift by more than the type's width, or of a negative value"
        case .outOfBounds: "an array is indexed out of its bounds"
        case .typeMismatch: "a null or misaligned pointer is used"
        case .pointerOverflow: "pointer arithmetic overflows"
        case .builtinUnreachable: "__builtin_unreachable is reached"
        case .missingReturn: "a function ends without returning a value"
        case .loadInvalidValue: "a value is loaded that its type does not have"
        case .invalidBuiltin: "a builtin is called with an invalid argument"
        case .nonnullArgument: "a null pointer is passed where none is allowed"
        case .nonnullReturn: "a null pointer is returned where none is allowed"
        case .variableLengthArrayBound: "a variable-length array has a length that is not positive"
        case .explicit: "__builtin_trap is reached"
        case .other(let number): "undefined behaviour (sanitizer check \(number))"
        }
    }
}
