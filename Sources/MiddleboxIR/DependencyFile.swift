/// What clang's `-MD` writes: a rule for `make` that names every file a translation unit was made of.
enum DependencyFile {
    /// The files, as clang spells them, each once; nil for a text that is no such rule.
    static func files(in text: String) -> [String]? {
        var words: [String] = []
        var word = ""
        var rest = Array(text)[...]
        func end() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        while let character = rest.popFirst() {
            switch (character, rest.first) {
            // A line that goes on.
            case ("\\", "\n"), ("\\", "\r\n"):
                rest.removeFirst()
                end()
            case ("\\", " "), ("\\", "#"), ("$", "$"):
                if let next = rest.popFirst() { word.append(next) }
            case (" ", _), ("\n", _), ("\r\n", _), ("\t", _): end()
            default: word.append(character)
            }
        }
        end()
        guard let target = words.first, target.hasSuffix(":"), words.count > 1 else { return nil }
        var seen: Set<String> = []
        return words.dropFirst().filter { seen.insert($0).inserted }
    }
}
