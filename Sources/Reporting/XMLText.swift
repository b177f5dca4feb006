/// XML as it is written, element by element, indented.
struct XMLText {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    mutating func open(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.text(of: attributes))>")
        depth += 1
    }

    mutating func close(_ name: String) {
        depth -= 1
        line("</\(name)>")
    }

    mutating func empty(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.text(of: attributes))/>")
    }

    /// An element that has nothing but text in it, to the letter.
    mutating func leaf(_ name: String, _ attributes: [(String, String)], text content: String) {
        line("<\(name)\(Self.text(of: attributes))>\(Self.escaped(content))</\(name)>")
    }

    private mutating func line(_ content: String) {
        text += String(repeating: "  ", count: depth) + content + "\n"
    }

    private static func text(of attributes: [(String, String)]) -> String {
        attributes.map { " \($0)=\"\(escaped($1, isAttribute: true))\"" }.joined()
    }

    /// What XML 1.0 cannot hold at all (section 2.2: most control characters) is shown as U+FFFD.
    static func escaped(_ text: String, isAttribute: Bool = false) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"" where isAttribute: result += "&quot;"
            // A reader makes spaces of these in attributes (section 3.3.3), and a line feed of a carriage return anywhere (2.11).
            case "\n" where isAttribute: result += "&#10;"
            case "\t" where isAttribute: result += "&#9;"
            case "\r": result += "&#13;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
