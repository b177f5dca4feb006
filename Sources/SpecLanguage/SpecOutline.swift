import Diagnostics

/// What a spec says, item by item: in canonical layout and without comments, so that specs which differ in those only have equal outlines.
public struct SpecOutline: Hashable, Sendable {
    /// An assumption or a property, with all the words that it is said in.
    public struct Statement: Hashable, Sendable {
        /// As the canonical layout has it, its name included.
        public let text: String
        /// Its text but for its own name, then the definitions and models that it rests on, directly or through others, in the spec's order.
        /// What is equal in this says the same.
        public let meaning: [String]
        public let location: SourceLocation
    }

    public struct Property: Hashable, Sendable {
        public let name: String
        public let statement: Statement
    }

    /// In the spec's order, like the properties.
    public let assumptions: [Statement]
    public let properties: [Property]

    /// - Throws: what is wrong with the spec's form. Whether names are known and types fit is not looked at.
    public init(_ file: SourceFile) throws(SpecError) { self.init(try parse(file)) }

    public init(_ spec: Spec) {
        let items = OutlinedItem.all(of: spec)
        var assumptions: [Statement] = []
        var properties: [Property] = []
        for item in items {
            switch item.word {
            case "assume": assumptions.append(item.statement(among: items))
            case "property", "invariant":
                properties.append(Property(name: item.name, statement: item.statement(among: items)))
            default: break
            }
        }
        self.assumptions = assumptions
        self.properties = properties
    }
}

/// One item of a spec.
private struct OutlinedItem {
    /// The keyword that it begins with.
    let word: String
    /// The word behind it: of an assumption, the first of its formula.
    let name: String
    let text: String
    /// The words of it that could name other items.
    let words: Set<String>
    let location: SourceLocation

    /// Whether others are said in its words.
    private var isDefinition: Bool { word == "let" || word == "model" }

    static func all(of spec: Spec) -> [OutlinedItem] {
        let starts = spec.layout.filter { $0.kind.startsItem }.map(\.token)
        let ends = starts.dropFirst() + [spec.tokens.count - 1]
        return zip(starts, ends).map { start, end in
            let tokens = spec.tokens[start..<end]
            return OutlinedItem(
                word: tokens[start].text, name: tokens.dropFirst().first?.text ?? "",
                text: Formatter.text(ofItem: start..<end, in: spec),
                words: Set(
                    tokens.dropFirst(tokens[start].text == "assume" ? 1 : 2).filter { $0.kind == .word }.map(\.text)),
                location: tokens[start].span.start)
        }
    }

    func statement(among items: [OutlinedItem]) -> SpecOutline.Statement {
        var reached: Set<String> = []
        var waiting = words
        while let word = waiting.popFirst() {
            for item in items where item.isDefinition && item.name == word && reached.insert(word).inserted {
                waiting.formUnion(item.words)
            }
        }
        let own = word == "assume" ? text : text.replacing("\(word) \(name)", with: word, maxReplacements: 1)
        return SpecOutline.Statement(
            text: text,
            meaning: [own] + items.filter { $0.isDefinition && reached.contains($0.name) }.map(\.text),
            location: location)
    }
}

extension LayoutMark.Kind {
    fileprivate var startsItem: Bool {
        switch self {
        case .assumption, .definition, .property: true
        case .head, .ports, .clause: false
        }
    }
}
