import Logic

/// What must hold of all bytes that are given to the readers of terms and values: what is accepted has sorts that fit, and is the same
/// after it has been written and read once more.
enum TermCheck {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        for order in [TermCoding.ArgumentOrder.builders, .given] { try check(bytes, order: order) }
        try checkValue(bytes)
    }

    private static func check(_ bytes: [UInt8], order: TermCoding.ArgumentOrder) throws(BrokenPromise) {
        let terms: [Term]
        do throws(CodingError) { terms = try TermCoding.decode(bytes, order: order) } catch { return }
        let again = try accepted("what was written of terms") { () throws(CodingError) in
            try TermCoding.decode(TermCoding.encode(terms), order: order)
        }
        try promise(again == terms, "terms are others after they have been written and read again")
    }

    private static func checkValue(_ bytes: [UInt8]) throws(BrokenPromise) {
        var reader = ByteReader(bytes)
        let value: Value
        do throws(CodingError) { value = try ValueCoding.read(&reader) } catch { return }
        var writer = ByteWriter()
        ValueCoding.write(value, to: &writer)
        let again = try accepted("what was written of a value") { () throws(CodingError) in
            var reader = ByteReader(writer.bytes)
            let again = try ValueCoding.read(&reader)
            try reader.finish()
            return again
        }
        try promise(again == value, "a value is another after it has been written and read again")
    }
}
