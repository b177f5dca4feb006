import MiddleboxIR

extension CType {
    /// The types that configurations are read as.
    static let fuzzed = [fuzzedConfiguration, tables]

    private static func integer(_ name: String, _ bytes: Int, signed: Bool = false) -> CType {
        .integer(name: name, bytes: bytes, isSigned: signed)
    }
    private static let uint8 = named("uint8_t", integer("unsigned char", 1))
    private static let uint16 = named("uint16_t", integer("unsigned short", 2))
    private static let uint32 = named("uint32_t", integer("unsigned int", 4))
    private static let be16 = named("be16", uint16)
    private static let address = named("ipv4_address", named("be32", uint32))
    private static let mode = enumeration(
        name: "mode", bytes: 4, enumerators: [.init(name: "lax", value: 3), .init(name: "strict", value: -2)])

    /// A struct whose members lie one behind the other, which is all that reading one depends on.
    private static func structure(_ name: String, _ fields: [(name: String, type: CType)]) -> CType {
        var result: [Field] = []
        var bytes = 0
        for field in fields {
            result.append(Field(name: field.name, type: field.type, bitOffset: bytes * 8))
            bytes += field.type.size
        }
        return structure(Structure(name: name, bytes: bytes, fields: result))
    }

    private static let rule = structure(
        "rule", [("allow", .boolean), ("source", address), ("ports", array(element: be16, count: 2))])

    /// One of each kind of thing, under short names.
    static let fuzzedConfiguration = structure(
        "configuration",
        [
            ("address", address), ("port", be16), ("on", .boolean), ("small", integer("signed char", 1, signed: true)),
            ("wide", integer("unsigned long", 8)), ("mode", mode), ("rule", rule),
            ("rules", array(element: rule, count: 2)), ("mac", array(element: uint8, count: 6)),
            ("prefix", array(element: uint8, count: 16)),
            ("text", array(element: integer("char", 1, signed: true), count: 8)), ("flags", flags),
        ])

    /// Two tables of structs, both of which may be empty.
    private static let tables = structure(
        "tables", [("rules", array(element: rule, count: 4)), ("addresses", array(element: inner, count: 3))])
    private static let inner = structure("inner", [("lifetime", named("seconds", uint32)), ("address", address)])

    private static let flags = structure(
        Structure(
            name: "flags", bytes: 4,
            fields: [
                Field(name: "low", type: uint32, bitOffset: 0, bitFieldWidth: 3),
                Field(name: "high", type: uint32, bitOffset: 3, bitFieldWidth: 7),
                Field(name: "mode", type: mode, bitOffset: 10, bitFieldWidth: 5),
            ]))

    static let fuzzedArgument = structure("backend", [("index", uint32), ("address", address), ("mode", mode)])
}
