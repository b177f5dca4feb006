/// Sorts as bytes: a list in which each is described by those before it.
enum SortCoding {
    private enum Tag: UInt8 {
        case boolean, integer, bitVector, array, tuple
    }

    /// More parts than any sort has that is meant. Each part may be there many times over: without a limit, a few bytes would describe a sort
    /// that nobody can look at in a lifetime.
    static let sizeLimit = 4096

    /// A list of sorts that grows as sorts are asked for.
    struct Table {
        private var indices: [Sort: Int] = [:]
        private var writer = ByteWriter()

        /// The sort's place in the list.
        mutating func index(of sort: Sort) -> Int {
            if let known = indices[sort] { return known }
            switch sort {
            case .boolean: writer.write(byte: Tag.boolean.rawValue)
            case .integer: writer.write(byte: Tag.integer.rawValue)
            case .bitVector(let width):
                writer.write(byte: Tag.bitVector.rawValue)
                writer.write(count: width)
            case .array(let index, let element):
                let (index, element) = (self.index(of: index), self.index(of: element))
                writer.write(byte: Tag.array.rawValue)
                writer.write(count: index)
                writer.write(count: element)
            case .tuple(let tuple):
                let fields = tuple.fields.map { (name: $0.name, sort: index(of: $0.sort)) }
                writer.write(byte: Tag.tuple.rawValue)
                writer.write(text: tuple.name)
                writer.write(count: fields.count)
                for field in fields {
                    writer.write(text: field.name)
                    writer.write(count: field.sort)
                }
            }
            indices[sort] = indices.count
            return indices.count - 1
        }

        /// The whole list.
        func write(to writer: inout ByteWriter) {
            writer.write(count: indices.count)
            writer.append(self.writer)
        }
    }

    /// One sort: the last of a list, behind its parts.
    static func write(_ sort: Sort, to writer: inout ByteWriter) {
        var table = Table()
        _ = table.index(of: sort)
        table.write(to: &writer)
    }

    /// The list that a table wrote.
    static func read(_ reader: inout ByteReader) throws(CodingError) -> [Sort] {
        var sorts: [Sort] = []
        var sizes: [Int] = []
        for _ in 0..<(try reader.count()) {
            let (sort, size) = try read(&reader, after: sorts, sizes)
            guard size <= sizeLimit else { throw reader.damaged("a sort of \(size) parts") }
            sorts.append(sort)
            sizes.append(size)
        }
        return sorts
    }

    private static func read(
        _ reader: inout ByteReader, after sorts: [Sort], _ sizes: [Int]
    ) throws(CodingError) -> (Sort, size: Int) {
        func part() throws(CodingError) -> Int {
            let index = try reader.index()
            guard index < sorts.count else { throw reader.damaged("sort \(index) of \(sorts.count)") }
            return index
        }
        let tag = try reader.byte()
        switch Tag(rawValue: tag) {
        case .boolean: return (.boolean, 1)
        case .integer: return (.integer, 1)
        case .bitVector:
            let width = try reader.index()
            guard (1...128).contains(width) else { throw reader.damaged("a bit-vector of \(width) bits") }
            return (.bitVector(width), 1)
        case .array:
            let (index, element) = (try part(), try part())
            return (.array(index: sorts[index], element: sorts[element]), 1 + sizes[index] + sizes[element])
        case .tuple:
            let name = try reader.text()
            var (fields, size) = ([TupleSort.Field](), 1)
            for _ in 0..<(try reader.count()) {
                let name = try reader.text()
                let index = try part()
                fields.append(TupleSort.Field(name, sorts[index]))
                size += sizes[index]
            }
            return (.tuple(TupleSort(name: name, fields: fields)), size)
        case nil: throw reader.damaged("no sort has tag \(tag)")
        }
    }
}
