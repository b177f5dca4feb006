import Logic
import SymbolicExecution

/// An entry of a map as a path knows it, and the words for its parts: `e`, `outbound[e].port`.
///
/// What a path does with other objects is said in these words where its terms are those of the entry, of the configuration, or numbers. A wrong
/// guess costs time, never soundness: whatever is said is proved before it is used.
struct EntryWords {
    let map: StateModel.Map
    /// Of the map's key and value sorts.
    let key: Term
    let value: Term
    /// What the key is called.
    let variable: String

    private var words: [Term: String] = [:]

    init(
        map: StateModel.Map, key: Term, value: Term, variable: String, configuration: StateModel.Configuration?
    ) {
        self.map = map
        self.key = key
        self.value = value
        self.variable = variable
        // What comes first is preferred.
        add(key, variable)
        add(value, "\(map.name)[\(variable)]")
        for (_, text, term) in fields { add(term, text) }
        for leaf in configuration?.record.leaves ?? [] {
            guard let configuration else { continue }
            let text = "\(configuration.name).\(leaf.name)"
            add(configuration.variable(leaf), text)
            add(configuration.bits(leaf), text)
        }
    }

    private mutating func add(_ term: Term, _ text: String) {
        if !term.isConstant, words[term] == nil { words[term] = text }
    }

    /// The scalars of key and value.
    var fields: [(leaf: Record.Leaf, text: String, term: Term)] {
        func parts(_ record: Record, _ tuple: Term, _ text: String) -> [(Record.Leaf, String, Term)] {
            record.leaves.enumerated().map { index, leaf in
                (leaf, leaf.name.isEmpty ? text : "\(text).\(leaf.name)", .field(index, of: tuple))
            }
        }
        return parts(map.key, key, variable) + parts(map.value, value, "\(map.name)[\(variable)]")
    }

    /// A number in words, or nil where it is about something else.
    func number(_ term: Term) -> String? {
        if let word = words[term] { return word }
        if let value = term.bitVectorValue { return "\(value)" }
        switch term.operation {
        case .integer(let value): return value >= 0 ? "\(value)" : nil
        case .zeroExtend, .unsignedInteger, .bitVectorOfInteger: return number(term.arguments[0])
        case .concatenate:
            let (high, low) = (term.arguments[0], term.arguments[1])
            if high.bitVectorValue == 0 { return number(low) }
            guard low.width < 64, let upper = number(high) else { return nil }
            let scaled = "\(upper) * \(1 << UInt64(low.width))"
            if low.bitVectorValue == 0 { return scaled }
            return number(low).map { "\(scaled) + \($0)" }
        default: return nil
        }
    }

    /// A key or value in words: another's, or its parts side by side.
    func tuple(_ term: Term, _ record: Record) -> String? {
        if let word = words[term] { return word }
        var parts: [String] = []
        for index in record.leaves.indices {
            guard let part = number(.field(index, of: term)) else { return nil }
            parts.append(part)
        }
        return parts.count == 1 ? parts[0] : "(\(parts.joined(separator: ", ")))"
    }

    /// Whether the words speak of the entry at all.
    func speaksOfEntry(_ text: String) -> Bool {
        text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == variable }
    }
}
