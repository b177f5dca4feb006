/// Terms as bytes, for another process or another day: what they share is there once.
///
/// Sorts first, then every distinct subterm after its arguments, which it names by how far back they are, then the terms themselves.
public enum TermCoding {
    /// What is done about the order of arguments where it means nothing.
    public enum ArgumentOrder: Sendable {
        /// As builders would have it here. Terms that were made with builders here are equal to the decoded ones.
        case builders
        /// As it is in the bytes. What is decoded does not depend on what this process did before, and must not meet terms of builders.
        case given
    }

    public static func encode(_ terms: [Term]) -> [UInt8] {
        var writer = ByteWriter()
        write(terms, to: &writer)
        return writer.bytes
    }

    public static func write(_ terms: [Term], to writer: inout ByteWriter) {
        var sorts = SortCoding.Table()
        var nodes = ByteWriter()
        var places: [Term: Int] = [:]
        Term.forEachSubterm(of: terms) { term in
            let place = places.count
            places[term] = place
            let operation = term.operation
            OperationCoding.write(
                operation, isInBuilderOrder: operation.inBuilderOrder(term.arguments) == term.arguments, to: &nodes)
            switch operation.shape {
            case .fixed: break
            case .variadic: nodes.write(count: term.arguments.count)
            case .fixedWithSort: nodes.write(count: sorts.index(of: term.sort))
            case .variadicWithSort:
                nodes.write(count: sorts.index(of: term.sort))
                nodes.write(count: term.arguments.count)
            }
            for argument in term.arguments { nodes.write(count: place - (places[argument] ?? place)) }
        }
        sorts.write(to: &writer)
        writer.write(count: places.count)
        writer.append(nodes)
        writer.write(count: terms.count)
        for term in terms { writer.write(count: places[term] ?? 0) }
    }

    /// The terms, as they were made: nothing is simplified.
    ///
    /// - Throws: when the bytes are not those of terms, or of terms whose sorts do not fit.
    public static func decode(
        _ bytes: [UInt8], order: ArgumentOrder = .builders
    ) throws(CodingError) -> [Term] {
        var reader = ByteReader(bytes)
        let terms = try read(&reader, order: order)
        try reader.finish()
        return terms
    }

    public static func read(
        _ reader: inout ByteReader, order: ArgumentOrder = .builders
    ) throws(CodingError) -> [Term] {
        let sorts = try SortCoding.read(&reader)
        let count = try reader.count()
        var nodes: [Term] = []
        nodes.reserveCapacity(count)
        for _ in 0..<count { nodes.append(try node(&reader, nodes, sorts, order)) }
        var terms: [Term] = []
        for _ in 0..<(try reader.count()) {
            let place = try reader.index()
            guard place < nodes.count else { throw reader.damaged("term \(place) of \(nodes.count)") }
            terms.append(nodes[place])
        }
        return terms
    }

    private static func node(
        _ reader: inout ByteReader, _ nodes: [Term], _ sorts: [Sort], _ order: ArgumentOrder
    ) throws(CodingError) -> Term {
        let (operation, isInBuilderOrder) = try OperationCoding.read(&reader)
        var stated: Sort?
        let count: Int
        switch operation.shape {
        case .fixed(let number): count = number
        case .variadic: count = try reader.count()
        case .fixedWithSort(let number):
            stated = try sort(&reader, sorts)
            count = number
        case .variadicWithSort:
            stated = try sort(&reader, sorts)
            count = try reader.count()
        }
        var arguments: [Term] = []
        arguments.reserveCapacity(count)
        for _ in 0..<count {
            let distance = try reader.index()
            guard distance >= 1, distance <= nodes.count else {
                throw reader.damaged("an argument \(distance) back from node \(nodes.count)")
            }
            arguments.append(nodes[nodes.count - distance])
        }
        guard let sort = operation.sort(of: arguments.map(\.sort), stated: stated) else {
            throw reader.damaged("\(operation) of \(arguments.map(\.sort))")
        }
        if order == .builders, isInBuilderOrder { arguments = operation.inBuilderOrder(arguments) }
        return .intern(operation, arguments, sort: sort)
    }

    private static func sort(_ reader: inout ByteReader, _ sorts: [Sort]) throws(CodingError) -> Sort {
        let index = try reader.index()
        guard index < sorts.count else { throw reader.damaged("sort \(index) of \(sorts.count)") }
        return sorts[index]
    }
}

/// Why bytes are not those of terms.
public typealias TermCodingError = CodingError
