/// A page as it is written, element by element.
struct HTMLText {
    private(set) var text = "<!DOCTYPE html>\n"

    mutating func open(_ name: String, _ attributes: [(String, String)] = []) {
        text += "<\(name)\(Self.text(of: attributes))>\n"
    }

    mutating func close(_ name: String) { text += "</\(name)>\n" }

    /// An element that has no content and no end.
    mutating func empty(_ name: String, _ attributes: [(String, String)]) { open(name, attributes) }

    /// An element that has nothing but text in it.
    mutating func leaf(_ name: String, _ content: String, _ attributes: [(String, String)] = []) {
        text += "<\(name)\(Self.text(of: attributes))>\(XMLText.escaped(content))</\(name)>\n"
    }

    /// Text as it is: without a space before it or behind it, where an element is next to it.
    mutating func words(_ content: String) {
        if text.hasSuffix(">\n") { text.removeLast() }
        text += XMLText.escaped(content)
    }

    mutating func row(_ cells: [(String, String)], cell: String) {
        open("tr")
        for (content, name) in cells { leaf(cell, content, name.isEmpty ? [] : [("class", name)]) }
        close("tr")
    }

    /// What is HTML already.
    mutating func raw(_ html: String) { text += html + "\n" }

    private static func text(of attributes: [(String, String)]) -> String {
        attributes.map { " \($0)=\"\(XMLText.escaped($1, isAttribute: true))\"" }.joined()
    }
}
