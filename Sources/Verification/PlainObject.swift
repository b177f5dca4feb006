import Logic
import MiddleboxIR
import SpecLanguage

/// A C object at file scope, or a part of one, as the scalars that a spec can reach in it.
struct PlainObject {
    let type: CType
    /// In bytes from the start of the object, 32 bits wide.
    private let offset: Term

    init(type: CType) {
        self.type = type
        offset = .bitVector(0, width: 32)
    }

    private init(type: CType, offset: Term) {
        self.type = type
        self.offset = offset
    }

    /// The type as the specification language sees it.
    var specType: SpecType {
        if type.isNamed("seconds") { return .seconds }
        if type.isNamed("nanoseconds") { return .nanoseconds }
        switch type.underlying {
        case .boolean: return .boolean
        case .integer, .enumeration: return type.size <= 16 ? .bits(8 * type.size) : .opaque(type.description)
        case .structure(let structure):
            return .structure(
                SpecStructure(
                    name: structure.name,
                    fields: structure.fields.map { field in
                        .init(
                            field.name,
                            field.bitFieldWidth == nil
                                ? PlainObject(type: field.type).specType : .opaque("bit-field \(field.name)"))
                    }))
        case .array(let element, let count?): return .array(PlainObject(type: element).specType, count: count)
        case .void, .floating, .union, .array, .pointer, .named: return .opaque(type.description)
        }
    }

    /// The number at the end of a path.
    ///
    /// - Precondition: the path leads to a scalar: the checker of the language has seen to it.
    func scalar(at path: [PathComponent], byte: (Term) -> Term) -> Term {
        guard let first = path.first else {
            let bytes = (0..<type.size).map { byte(.add(offset, .bitVector($0, width: 32))) }
            return .concatenate(type.isBigEndian ? bytes : bytes.reversed())
        }
        let rest = Array(path.dropFirst())
        switch (first, type.underlying) {
        case (.field(let name), .structure(let structure)):
            guard let field = structure.fields.first(where: { $0.name == name }) else {
                preconditionFailure("the checker admits only fields of the struct")
            }
            return PlainObject(type: field.type, offset: .add(offset, .bitVector(field.bitOffset / 8, width: 32)))
                .scalar(at: rest, byte: byte)
        case (.index(let index), .array(let element, _)):
            let position = Term.multiply(index, .bitVector(element.size, width: 32))
            return PlainObject(type: element, offset: .add(offset, position)).scalar(at: rest, byte: byte)
        default: preconditionFailure("the checker admits only paths that the type has")
        }
    }
}
