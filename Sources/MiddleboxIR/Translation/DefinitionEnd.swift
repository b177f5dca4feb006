/// Finds the closing brace of a function in C source text. Debug information tells where a definition starts, not where
/// it ends.
struct DefinitionEnd {
    private let bytes: [UInt8]

    init(source: String) { bytes = Array(source.utf8) }

    /// The line of the brace that closes the first one opened on or after `line`; nil when braces do not match, as
    /// macros can have it.
    func line(ofDefinitionAt start: Int) -> Int? {
        var line = 1
        var depth = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"): skipLiteral(endingWith: byte, from: &index)
            case UInt8(ascii: "/"): line += skipComment(from: &index)
            case UInt8(ascii: "{") where line >= start: depth += 1
            case UInt8(ascii: "}") where line >= start:
                depth -= 1
                if depth <= 0 { return depth == 0 ? line : nil }
            default: break
            }
        }
        return nil
    }

    private func skipLiteral(endingWith quote: UInt8, from index: inout Int) {
        while index < bytes.count, bytes[index] != quote, bytes[index] != UInt8(ascii: "\n") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        if index < bytes.count, bytes[index] == quote { index += 1 }
    }

    /// Returns the number of line ends that were skipped. The one that ends a `//` comment is not.
    private func skipComment(from index: inout Int) -> Int {
        guard index < bytes.count else { return 0 }
        if bytes[index] == UInt8(ascii: "/") {
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            return 0
        }
        guard bytes[index] == UInt8(ascii: "*") else { return 0 }
        var lines = 0
        index += 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { lines += 1 }
            if bytes[index] == UInt8(ascii: "*"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "/") {
                index += 2
                break
            }
            index += 1
        }
        return lines
    }
}
