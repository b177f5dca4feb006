import MiddleboxIR
import SymbolicExecution

/// What there is to have a row: everything that a function of the IR can be made of, and the runtime's functions.
enum InstructionKind: Hashable {
    case binary(BinaryOperator)
    case comparison(Comparison)
    case cast(CastOperator)
    case intrinsic(Intrinsic)
    case operation(OperationKind)
    case callee(CalleeKind)
    case operand(OperandKind)
    case terminator(TerminatorKind)
    case trap(TrapName)
    case phi
    case primitive(String)

    static let all: Set<InstructionKind> = Set(
        BinaryOperator.allCases.map(binary) + Comparison.allCases.map(comparison) + CastOperator.allCases.map(cast)
            + Intrinsic.allCases.map(intrinsic) + OperationKind.allCases.map(operation)
            + CalleeKind.allCases.map(callee) + OperandKind.allCases.map(operand)
            + TerminatorKind.allCases.map(terminator) + TrapName.allCases.map(trap) + [phi]
            + Executor.primitives.map(primitive))
}

// A case that the IR gets has no kind here until someone writes it down, and then no row until someone writes that.

enum OperationKind: String, CaseIterable {
    case binary, compare, cast, select, allocate, load, store, address, call, extractValue, insertValue, freeze
    case unsupported

    init(_ operation: Operation) {
        self =
            switch operation {
            case .binary: .binary
            case .compare: .compare
            case .cast: .cast
            case .select: .select
            case .allocate: .allocate
            case .load: .load
            case .store: .store
            case .address: .address
            case .call: .call
            case .extractValue: .extractValue
            case .insertValue: .insertValue
            case .freeze: .freeze
            case .unsupported: .unsupported
            }
    }
}

enum CalleeKind: String, CaseIterable {
    case function, external, intrinsic, indirect, assembly

    init(_ callee: Callee) {
        self =
            switch callee {
            case .function: .function
            case .external: .external
            case .intrinsic: .intrinsic
            case .indirect: .indirect
            case .assembly: .assembly
            }
    }
}

enum OperandKind: String, CaseIterable {
    case register, parameter, integer, null, global, function, undefined, offset, aggregate, unsupported

    init(_ operand: Operand) {
        self =
            switch operand {
            case .register: .register
            case .parameter: .parameter
            case .integer: .integer
            case .null: .null
            case .global: .global
            case .function: .function
            case .undefined: .undefined
            case .offset: .offset
            case .aggregate: .aggregate
            case .unsupported: .unsupported
            }
    }
}

enum TerminatorKind: String, CaseIterable {
    case `return`, jump, branch, `switch`, trap, unreachable, unsupported

    init(_ terminator: Terminator) {
        self =
            switch terminator {
            case .return: .return
            case .jump: .jump
            case .branch: .branch
            case .switch: .switch
            case .trap: .trap
            case .unreachable: .unreachable
            case .unsupported: .unsupported
            }
    }
}

enum TrapName: String, CaseIterable {
    case addOverflow, builtinUnreachable, divideRemainderOverflow, invalidBuiltin, loadInvalidValue
    case multiplyOverflow, negateOverflow, nonnullArgument, nonnullReturn, outOfBounds
    case shiftOutOfBounds, subtractOverflow, typeMismatch, explicit

    /// Nil for those that no C code of a middlebox leads to.
    init?(_ trap: TrapKind) {
        switch trap {
        case .addOverflow: self = .addOverflow
        case .builtinUnreachable: self = .builtinUnreachable
        case .divideRemainderOverflow: self = .divideRemainderOverflow
        case .invalidBuiltin: self = .invalidBuiltin
        case .loadInvalidValue: self = .loadInvalidValue
        case .multiplyOverflow: self = .multiplyOverflow
        case .negateOverflow: self = .negateOverflow
        case .nonnullArgument: self = .nonnullArgument
        case .nonnullReturn: self = .nonnullReturn
        case .outOfBounds: self = .outOfBounds
        case .shiftOutOfBounds: self = .shiftOutOfBounds
        case .subtractOverflow: self = .subtractOverflow
        case .typeMismatch: self = .typeMismatch
        case .explicit: self = .explicit
        // C++'s, a sanitizer that is off, arrays whose length varies (which have no model), and numbers without a name.
        case .missingReturn, .pointerOverflow, .variableLengthArrayBound, .other: return nil
        }
    }
}

extension Function {
    /// What it is made of.
    var kinds: Set<InstructionKind> {
        var kinds: Set<InstructionKind> = []
        func add(_ operands: Operand?...) {
            for case let operand? in operands {
                kinds.insert(.operand(OperandKind(operand)))
                switch operand {
                case .offset(let base, _): add(base)
                case .aggregate(let parts): parts.forEach { add($0) }
                case .register, .parameter, .integer, .null, .global, .function, .undefined, .unsupported: break
                }
            }
        }
        for block in blocks {
            for phi in block.phis {
                kinds.insert(.phi)
                phi.incoming.forEach { add($0.value) }
            }
            for instruction in block.instructions {
                kinds.insert(.operation(OperationKind(instruction.operation)))
                switch instruction.operation {
                case .binary(let operation, let a, let b):
                    kinds.insert(.binary(operation))
                    add(a, b)
                case .compare(let comparison, let a, let b):
                    kinds.insert(.comparison(comparison))
                    add(a, b)
                case .cast(let operation, let a):
                    kinds.insert(.cast(operation))
                    add(a)
                case .select(let condition, let then, let otherwise): add(condition, then, otherwise)
                case .load(let address, _): add(address)
                case .store(let value, _, let address, _): add(value, address)
                case .address(let base, _, let terms):
                    add(base)
                    terms.forEach { add($0.index) }
                case .call(let callee, let operands):
                    kinds.insert(.callee(CalleeKind(callee)))
                    operands.forEach { add($0) }
                    if case .intrinsic(let intrinsic) = callee { kinds.insert(.intrinsic(intrinsic)) }
                    if case .external(let name) = callee { kinds.insert(.primitive(name)) }
                case .extractValue(let aggregate, _): add(aggregate)
                case .insertValue(let aggregate, let value, _): add(aggregate, value)
                case .freeze(let value): add(value)
                case .allocate, .unsupported: break
                }
            }
            kinds.insert(.terminator(TerminatorKind(block.terminator)))
            switch block.terminator {
            case .return(let value): add(value)
            case .branch(let condition, _, _): add(condition)
            case .switch(let value, _, _): add(value)
            case .trap(let trap): if let name = TrapName(trap) { kinds.insert(.trap(name)) }
            case .jump, .unreachable, .unsupported: break
            }
        }
        return kinds
    }
}
