import Logic
import MiddleboxIR
import SpecLanguage

/// The C type of a configuration, or of a part of it, as specs see it: what `Record` has as leaves, behind fields and indices.
struct ConfigurationType {
    let type: CType
    /// Of the leaf, or what the names of the leaves in it begin with.
    private var name = ""

    init(_ type: CType) { self.type = type }

    private init(_ type: CType, name: String) {
        self.type = type
        self.name = name
    }

    /// The fields that a spec may name.
    var fields: [SpecEnvironment.Object] {
        guard case .structure(let structure) = type.underlying else { return [] }
        return structure.fields.map { .init(name: $0.name, type: ConfigurationType($0.type).specType) }
    }

    private var specType: SpecType {
        if type.isNamed("seconds") { return .seconds }
        if type.isNamed("nanoseconds") { return .nanoseconds }
        switch type.underlying {
        case .boolean: return .boolean
        case .structure(let structure):
            return .structure(
                SpecStructure(
                    name: structure.name,
                    fields: structure.fields.map { .init($0.name, ConfigurationType($0.type).specType) }))
        case .array(let element, let count?) where !isNumber:
            return .array(ConfigurationType(element).specType, count: count)
        default: return .bits(8 * type.size)
        }
    }

    /// Up to 16 bytes side by side are one number: an address.
    private var isNumber: Bool {
        guard case .array(let element, let count?) = type.underlying else { return true }
        return element.size == 1 && (1...16).contains(count)
    }

    /// The scalar behind a spec's path.
    ///
    /// - Parameter leaf: the term of the leaf with the name.
    /// - Precondition: the path leads to a leaf: the checker of the language has seen to it.
    func term(at path: ArraySlice<PathComponent>, leaf: (String) -> Term) -> Term {
        guard let first = path.first else { return leaf(name) }
        let rest = path.dropFirst()
        switch (first, type.underlying) {
        case (.field(let field), .structure(let structure)):
            guard let part = structure.fields.first(where: { $0.name == field }) else {
                preconditionFailure("the checker admits only fields of the struct")
            }
            return ConfigurationType(part.type, name: name.isEmpty ? field : "\(name).\(field)").term(
                at: rest, leaf: leaf)
        case (.index(let index), .array(let element, let count?)):
            func term(_ place: Int) -> Term {
                ConfigurationType(element, name: "\(name)[\(place)]").term(at: rest, leaf: leaf)
            }
            if let place = index.bitVectorValue, place < UInt128(count) { return term(Int(place)) }
            // Formulas say themselves that the index is in range.
            return (1..<count).reduce(term(0)) { otherwise, place in
                .ifThenElse(.equal(index, .bitVector(place, width: index.width)), term(place), otherwise)
            }
        default: preconditionFailure("the checker admits only paths that the type has")
        }
    }
}
