/// Operations as bytes: a code, then what the operation carries. Codes are places in lists that only ever grow at their ends.
enum OperationCoding {
    /// Operations that carry nothing.
    private static let plain: [TermOperation] = [
        .constantArray, .not, .and, .or, .equal, .ifThenElse, .negate, .add, .subtract, .multiply, .unsignedDivide,
        .unsignedRemainder, .signedDivide, .signedRemainder, .bitAnd, .bitOr, .bitXor, .bitNot, .shiftLeft,
        .logicalShiftRight, .arithmeticShiftRight, .unsignedLess, .unsignedLessOrEqual, .signedLess,
        .signedLessOrEqual, .concatenate, .unsignedInteger, .integerAdd, .integerMultiply, .integerDivide,
        .integerModulo, .integerLess, .integerLessOrEqual, .select, .store, .tuple, .rotate,
    ]

    /// Codes of operations that carry something; those of the others follow.
    private enum Code: UInt8, CaseIterable {
        case `false`, `true`, integer, bitVector, variable, apply, extract, zeroExtend, signExtend, bitVectorOfInteger,
            field
    }

    private static let plainCodes: [TermOperation: UInt8] = {
        var result: [TermOperation: UInt8] = [:]
        for (number, operation) in plain.enumerated() { result[operation] = UInt8(Code.allCases.count + number) }
        return result
    }()

    /// Set in the code of a node whose arguments are not in the order that builders give them.
    private static let givenOrder: UInt8 = 0x80

    static func write(_ operation: TermOperation, isInBuilderOrder: Bool, to writer: inout ByteWriter) {
        func write(_ code: Code) { writer.write(byte: code.rawValue) }
        switch operation {
        case .boolean(let value): write(value ? .true : .false)
        case .integer(let value):
            write(.integer)
            writer.write(signed: value)
        case .bitVector(let value):
            write(.bitVector)
            writer.write(wide: value)
        case .variable(let name):
            write(.variable)
            writer.write(text: name)
        case .apply(let name):
            write(.apply)
            writer.write(text: name)
        case .extract(let high, let low):
            write(.extract)
            writer.write(count: high)
            writer.write(count: low)
        case .zeroExtend(let extra):
            write(.zeroExtend)
            writer.write(count: extra)
        case .signExtend(let extra):
            write(.signExtend)
            writer.write(count: extra)
        case .bitVectorOfInteger(let width):
            write(.bitVectorOfInteger)
            writer.write(count: width)
        case .field(let index):
            write(.field)
            writer.write(count: index)
        default:
            // The list is complete: a test asks for every operation.
            writer.write(byte: (plainCodes[operation] ?? 0x7F) | (isInBuilderOrder ? 0 : givenOrder))
        }
    }

    static func read(_ reader: inout ByteReader) throws(CodingError) -> (TermOperation, isInBuilderOrder: Bool) {
        let byte = try reader.byte()
        let number = Int(byte & ~givenOrder) - Code.allCases.count
        if plain.indices.contains(number) { return (plain[number], byte & givenOrder == 0) }
        let operation: TermOperation
        switch Code(rawValue: byte) {
        case .false: operation = .boolean(false)
        case .true: operation = .boolean(true)
        case .integer: operation = .integer(try reader.signed())
        case .bitVector: operation = .bitVector(try reader.wide())
        case .variable: operation = .variable(try reader.text())
        case .apply: operation = .apply(try reader.text())
        case .extract: operation = .extract(high: try reader.index(), low: try reader.index())
        case .zeroExtend: operation = .zeroExtend(by: try reader.index())
        case .signExtend: operation = .signExtend(by: try reader.index())
        case .bitVectorOfInteger: operation = .bitVectorOfInteger(width: try reader.index())
        case .field: operation = .field(try reader.index())
        case nil: throw reader.damaged("no operation has code \(byte)")
        }
        return (operation, true)
    }
}
