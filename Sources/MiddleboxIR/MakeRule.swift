/// A rule as clang writes it for `make`: what a file was made of.
enum MakeRule {
    /// The names behind the colon.
    static func prerequisites(of rule: String) -> [String] {
        var names: [String] = []
        var name = ""
        var isBehindColon = false
        var characters = rule[...]
        func end() {
            if isBehindColon, !name.isEmpty { names.append(name) }
            if name.hasSuffix(":") { isBehindColon = true }
            name = ""
        }
        while let character = characters.popFirst() {
            switch character {
            case "\\":
                // A line that goes on, or a character that means itself.
                guard let next = characters.popFirst() else { break }
                if next == "\n" { end() } else { name.append(next == " " || next == "#" ? "\(next)" : "\\\(next)") }
            case "$":
                if characters.first == "$" { characters.removeFirst() }
                name.append("$")
            case " ", "\n", "\t": end()
            default: name.append(character)
            }
        }
        end()
        return names
    }
}
