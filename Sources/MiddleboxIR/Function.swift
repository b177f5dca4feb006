import Diagnostics

/// A function with a body, in static single assignment form.
public struct Function: Sendable {
    public let name: String
    public let parameters: [Parameter]
    public let returnType: ValueType
    /// The first one is the entry.
    public let blocks: [Block]
    public let location: SourceLocation?
    /// First and last line of the definition in its file.
    public let lines: ClosedRange<Int>?
    /// The number of registers; parameters are not among them.
    public let registerCount: Int
    /// Whether it was declared with `CONTROL_OPERATION`: it is run from outside, between packets.
    public let isControlOperation: Bool

    public struct Parameter: Hashable, Sendable {
        /// Empty when C gives none.
        public let name: String
        public let type: ValueType
        public let cType: CType?

        public init(name: String, type: ValueType, cType: CType?) {
            self.name = name
            self.type = type
            self.cType = cType
        }
    }

    public init(
        name: String, parameters: [Parameter], returnType: ValueType, blocks: [Block], location: SourceLocation?,
        lines: ClosedRange<Int>?, registerCount: Int, isControlOperation: Bool = false
    ) {
        self.name = name
        self.parameters = parameters
        self.returnType = returnType
        self.blocks = blocks
        self.location = location
        self.lines = lines
        self.registerCount = registerCount
        self.isControlOperation = isControlOperation
    }

    /// The parameter that is the packet (`struct packet *`), if there is one.
    public var packetParameter: Int? {
        parameters.firstIndex { parameter in
            guard case .pointer(let target)? = parameter.cType?.underlying,
                case .structure(let structure) = target.underlying
            else { return false }
            return structure.name == "packet"
        }
    }
}

/// Index of a block in its function.
public struct BlockID: Hashable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
}

/// Index of a register in its function.
public struct Register: Hashable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
}

/// Straight-line code: phis, instructions, one terminator.
public struct Block: Sendable {
    public let phis: [Phi]
    public let instructions: [Instruction]
    public let terminator: Terminator
    public let terminatorLocation: SourceLocation?

    public struct Phi: Sendable {
        public let result: Register
        public let type: ValueType
        public let incoming: [(from: BlockID, value: Operand)]

        public init(result: Register, type: ValueType, incoming: [(from: BlockID, value: Operand)]) {
            self.result = result
            self.type = type
            self.incoming = incoming
        }
    }

    public init(
        phis: [Phi], instructions: [Instruction], terminator: Terminator, terminatorLocation: SourceLocation?
    ) {
        self.phis = phis
        self.instructions = instructions
        self.terminator = terminator
        self.terminatorLocation = terminatorLocation
    }
}

/// What a register can hold.
public indirect enum ValueType: Hashable, Sendable {
    case void
    case integer(bits: Int)
    case pointer
    /// Results such as `{ i64, i1 }`, taken apart by `extractValue`.
    case aggregate([ValueType])
    /// Anything else (floating point, vectors): its LLVM spelling. Only `unsupported` instructions make such values.
    case other(String)
}

/// Where a value comes from.
public indirect enum Operand: Hashable, Sendable {
    case register(Register)
    case parameter(Int)
    case integer(UInt128, bits: Int)
    case null
    case global(String)
    case function(String)
    /// The content of an uninitialised variable. Passing it on is allowed, computing with it or deciding by it is not.
    case undefined(ValueType)
    /// A constant address computed from a global.
    case offset(Operand, bytes: Int)
    case aggregate([Operand])
    /// A constant that this IR does not have, in LLVM's spelling.
    case unsupported(String)
}

/// One operation.
///
/// LLVM's flags (`nsw`, `nuw`, `exact`, `inbounds`, `nneg`, …) are not here. That is sound: those of clang are removed
/// before any pass runs, and C's own undefined behaviour is a trap instead; a flag that a pass adds states what it has
/// proved. Operations without effect may stand before the branch that guards them in C. So one that has no result (a
/// shift by too much, an address outside its object) is no error where it is computed, only where it is used.
public struct Instruction: Sendable {
    /// Nil when the operation has no result.
    public let result: Register?
    public let type: ValueType
    public let operation: Operation
    public let location: SourceLocation?

    public init(result: Register?, type: ValueType, operation: Operation, location: SourceLocation?) {
        self.result = result
        self.type = type
        self.operation = operation
        self.location = location
    }
}

public enum Operation: Sendable {
    case binary(BinaryOperator, Operand, Operand)
    case compare(Comparison, Operand, Operand)
    case cast(CastOperator, Operand)
    case select(condition: Operand, then: Operand, otherwise: Operand)
    /// Space for one object on the stack, uninitialised. `name` is the C variable's, where known.
    case allocate(bytes: Int, name: String?)
    /// `alignment` in bytes.
    case load(Operand, alignment: Int)
    case store(value: Operand, type: ValueType, to: Operand, alignment: Int)
    /// base + constant + Σ scale × index, each index sign-extended to 64 bits.
    case address(base: Operand, constant: Int, terms: [ScaledIndex])
    case call(Callee, [Operand])
    case extractValue(Operand, index: Int)
    case insertValue(Operand, value: Operand, index: Int)
    case freeze(Operand)
    /// An instruction that this IR does not have, in LLVM's spelling. Executing it makes what follows inconclusive.
    case unsupported(String)

    public struct ScaledIndex: Hashable, Sendable {
        public let scale: Int
        public let index: Operand

        public init(scale: Int, index: Operand) {
            self.scale = scale
            self.index = index
        }
    }
}

public enum BinaryOperator: String, CaseIterable, Sendable {
    case add, subtract, multiply
    case unsignedDivide, unsignedRemainder, signedDivide, signedRemainder
    case and, or, xor
    case shiftLeft, logicalShiftRight, arithmeticShiftRight
}

public enum Comparison: String, CaseIterable, Sendable {
    case equal, notEqual
    case unsignedLess, unsignedLessOrEqual, unsignedGreater, unsignedGreaterOrEqual
    case signedLess, signedLessOrEqual, signedGreater, signedGreaterOrEqual
}

public enum CastOperator: String, CaseIterable, Sendable {
    case zeroExtend, signExtend, truncate
    case pointerToInteger, integerToPointer
}

/// What a call calls.
public enum Callee: Hashable, Sendable {
    /// A function of the program, with a body.
    case function(String)
    /// Declared only: a primitive of the runtime, or something the executor does not know.
    case external(String)
    /// An LLVM intrinsic that computes. Lifetime markers, debug records and `assume` do not appear in this IR.
    case intrinsic(Intrinsic)
    /// Through a pointer.
    case indirect(Operand)
    /// Inline assembly.
    case assembly(String)
}

/// LLVM intrinsics with a meaning here. Overflow ones return an aggregate of the result and the overflow bit.
public enum Intrinsic: String, CaseIterable, Sendable {
    case byteSwap
    case signedAddWithOverflow, signedSubtractWithOverflow, signedMultiplyWithOverflow
    case unsignedAddWithOverflow, unsignedSubtractWithOverflow, unsignedMultiplyWithOverflow
    case unsignedMinimum, unsignedMaximum, signedMinimum, signedMaximum, absolute
    case unsignedSubtractSaturated, unsignedAddSaturated
    case funnelShiftLeft, funnelShiftRight
    case populationCount, countLeadingZeros, countTrailingZeros
    /// memcpy and memmove: destination, source, length.
    case copyMemory
    /// memset: destination, byte, length.
    case setMemory
    /// Of a local: its address, its size. From here on it is there (again), uninitialised. A local is there from its allocation on.
    case startLifetime
    /// Of a local: its address, its size. From here on it is not there.
    case endLifetime
}

public enum Terminator: Sendable {
    case `return`(Operand?)
    case jump(BlockID)
    case branch(condition: Operand, then: BlockID, otherwise: BlockID)
    case `switch`(value: Operand, cases: [(value: UInt128, target: BlockID)], fallback: BlockID)
    /// A sanitizer's trap: reaching it is undefined behaviour in the source. Its location is that of the operation it
    /// guards.
    case trap(TrapKind)
    /// Undefined behaviour if reached.
    case unreachable
    /// A terminator that this IR does not have, in LLVM's spelling.
    case unsupported(String)
}

/// What a sanitizer trap stands for: the argument of `llvm.ubsantrap`.
public enum TrapKind: Hashable, Sendable {
    case addOverflow, builtinUnreachable, divideRemainderOverflow, invalidBuiltin, loadInvalidValue, missingReturn
    case multiplyOverflow, negateOverflow, nonnullArgument, nonnullReturn, outOfBounds, pointerOverflow
    case shiftOutOfBounds, subtractOverflow, typeMismatch, variableLengthArrayBound
    case other(Int)
}
