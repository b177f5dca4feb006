import Logic
import SpecLanguage

extension SpecEnvironment {
    /// What the specs are checked against: C code in which there is one of each kind of thing, and C code in which there is nothing.
    static let fuzzed = [everything, SpecEnvironment(ports: everything.ports)]

    /// One of each kind of thing, under the names that the specs of the repository know.
    static let everything = SpecEnvironment(
        ports: [.init(name: "inside", number: 0), .init(name: "outside", number: 1)],
        configuration: [
            .init(name: "external_address", type: .bits(32)), .init(name: "first_port", type: .bits(16)),
            .init(name: "last_port", type: .bits(16)), .init(name: "wide", type: .bits(64)),
            .init(name: "tcp_lifetime", type: .seconds), .init(name: "udp_lifetime", type: .seconds),
            .init(name: "icmp_lifetime", type: .seconds), .init(name: "strict", type: .boolean),
            .init(name: "rate", type: .bits(32)), .init(name: "burst", type: .bits(32)),
            .init(name: "rule_count", type: .bits(32)), .init(name: "rules", type: .array(.structure(rule), count: 3)),
        ],
        maps: [
            map("outbound", key: endpoint, value: endpoint), map("inbound", key: endpoint, value: endpoint),
            map("stations", key: station, value: bucket),
            // Of scalars, as `MAP(buckets, ipv4_address, …)` is.
            Map(
                name: "buckets", key: .bits(32), value: .structure(bucket), keySort: .bitVector(32),
                valueSort: sort(of: bucket)),
        ],
        pools: ["ports"],
        variables: [
            .init(name: "drops", type: .bits(64)), .init(name: "last_seen", type: .nanoseconds),
            .init(name: "enabled", type: .boolean), .init(name: "table", type: .array(.bits(8), count: 4)),
            .init(name: "next", type: .opaque("void *")),
        ],
        constants: [NamedNumber("MODE_STRICT", 2), NamedNumber("closing", 1)],
        operations: [
            .init(
                name: "remove_backend",
                fields: [.init(name: "index", type: .bits(32)), .init(name: "drain", type: .boolean)]),
            .init(name: "reset", fields: []),
        ])

    private static let endpoint = SpecStructure(
        name: "endpoint", fields: [.init("address", .bits(32)), .init("port", .bits(16)), .init("protocol", .bits(16))])
    private static let station = SpecStructure(name: "station", fields: [.init("octets", .bits(48))])
    private static let bucket = SpecStructure(
        name: "bucket",
        fields: [
            .init("credit", .bits(64)), .init("updated", .nanoseconds), .init("lifetime", .seconds),
            .init("full", .boolean), .init("phase", .bits(32), named: [NamedNumber("closing", 1)]),
        ])
    private static let rule = SpecStructure(
        name: "rule", fields: [.init("allow", .boolean), .init("protocol", .bits(8)), .init("source", .bits(32))])

    private static func map(_ name: String, key: SpecStructure, value: SpecStructure) -> Map {
        Map(
            name: name, key: .structure(key), value: .structure(value), keySort: sort(of: key),
            valueSort: sort(of: value))
    }

    private static func sort(of structure: SpecStructure) -> Sort {
        .tuple(
            TupleSort(
                name: structure.name,
                fields: structure.fields.map { field in
                    switch field.type {
                    case .bits(let width): .init(field.name, .bitVector(width))
                    case .boolean: .init(field.name, .boolean)
                    case .integer, .seconds, .nanoseconds, .structure, .array, .opaque: .init(field.name, .integer)
                    }
                }))
    }
}
