/// Values as bytes.
public enum ValueCoding {
    private enum Tag: UInt8 {
        case `false`, `true`, integer, bitVector, tuple, array
    }

    /// How far values may be nested. Sorts that are meant are far from it, and readers recurse.
    private static let depthLimit = 100

    public static func write(_ value: Value, to writer: inout ByteWriter) {
        func write(_ tag: Tag) { writer.write(byte: tag.rawValue) }
        switch value {
        case .boolean(let value): write(value ? .true : .false)
        case .integer(let value):
            write(.integer)
            writer.write(wide: UInt128(bitPattern: value))
        case .bitVector(let bits, let width):
            write(.bitVector)
            writer.write(count: width)
            writer.write(wide: bits)
        case .tuple(let fields):
            write(.tuple)
            writer.write(count: fields.count)
            for field in fields { self.write(field, to: &writer) }
        case .array(let array):
            write(.array)
            SortCoding.write(array.indexSort, to: &writer)
            self.write(array.defaultElement, to: &writer)
            writer.write(count: array.entries.count)
            // In an order that does not depend on hashing.
            for index in array.entries.keys.sorted(by: Value.precedes) {
                self.write(index, to: &writer)
                self.write(array[index], to: &writer)
            }
        }
    }

    public static func read(_ reader: inout ByteReader) throws(CodingError) -> Value {
        try read(&reader, depth: 0)
    }

    private static func read(_ reader: inout ByteReader, depth: Int) throws(CodingError) -> Value {
        guard depth < depthLimit else { throw reader.damaged("a value nested \(depth) deep") }
        let tag = try reader.byte()
        switch Tag(rawValue: tag) {
        case .false: return .boolean(false)
        case .true: return .boolean(true)
        case .integer: return .integer(Int128(bitPattern: try reader.wide()))
        case .bitVector:
            let width = try reader.index()
            let bits = try reader.wide()
            guard (1...128).contains(width), bits & ~Term.mask(width) == 0 else {
                throw reader.damaged("\(bits) in \(width) bits")
            }
            return .bitVector(bits, width: width)
        case .tuple:
            var fields: [Value] = []
            for _ in 0..<(try reader.count()) { fields.append(try read(&reader, depth: depth + 1)) }
            return .tuple(fields)
        case .array:
            let sorts = try SortCoding.read(&reader)
            guard let indexSort = sorts.last else { throw reader.damaged("an array without a sort of indices") }
            let defaultElement = try read(&reader, depth: depth + 1)
            var entries: [Value: Value] = [:]
            for _ in 0..<(try reader.count()) {
                let index = try read(&reader, depth: depth + 1)
                // Also because only values of one sort can be told apart.
                guard index.belongs(to: indexSort) else { throw reader.damaged("no index of sort \(indexSort)") }
                entries[index] = try read(&reader, depth: depth + 1)
            }
            return .array(ArrayValue(indexSort: indexSort, defaultElement: defaultElement, entries: entries))
        case nil: throw reader.damaged("no value has tag \(tag)")
        }
    }
}
