import Diagnostics
import Foundation
import Logic
import PacketFormat

@testable import SpecLanguage

/// What the C code of Middleboxes/nat looks like to a spec.
enum Environments {
    static let endpoint = SpecStructure(
        name: "endpoint", fields: [.init("address", .bits(32)), .init("port", .bits(16)), .init("protocol", .bits(16))])
    static let endpointSort = Sort.tuple(
        TupleSort(
            name: "endpoint",
            fields: [
                .init("address", .bitVector(32)), .init("port", .bitVector(16)), .init("protocol", .bitVector(16)),
            ]))

    static func endpointMap(_ name: String) -> SpecEnvironment.Map {
        .init(
            name: name, key: .structure(endpoint), value: .structure(endpoint), keySort: endpointSort,
            valueSort: endpointSort)
    }

    static let nat = SpecEnvironment(
        middlebox: "nat", ports: [.init(name: "inside", number: 0), .init(name: "outside", number: 1)],
        configuration: [
            .init(name: "external_address", type: .bits(32)), .init(name: "first_port", type: .bits(16)),
            .init(name: "last_port", type: .bits(16)), .init(name: "tcp_lifetime", type: .seconds),
            .init(name: "udp_lifetime", type: .seconds), .init(name: "icmp_lifetime", type: .seconds),
        ],
        maps: [endpointMap("outbound"), endpointMap("inbound")], pools: ["ports"],
        variables: [
            .init(name: "drops", type: .bits(64)), .init(name: "last_seen", type: .nanoseconds),
            .init(name: "enabled", type: .boolean), .init(name: "table", type: .array(.bits(8), count: 4)),
            .init(name: "next", type: .opaque("void *")),
        ],
        constants: [NamedNumber("MODE_STRICT", 2)])

    static let nop = SpecEnvironment(
        middlebox: "nop", ports: [.init(name: "inside", number: 0), .init(name: "outside", number: 1)])

    /// A spec of the repository.
    static func file(_ name: String) throws -> SourceFile {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Specs")
        return SourceFile(
            path: "Specs/\(name)", text: try String(contentsOf: folder.appending(path: name), encoding: .utf8))
    }

    /// The diagnostics of a spec as text; empty when it is accepted.
    static func diagnostics(_ text: String, against environment: SpecEnvironment = nat) -> String {
        let file = SourceFile(path: "t.gravel", text: text)
        do throws(SpecError) {
            _ = try check(try parse(file), against: environment)
            return ""
        } catch {
            return DiagnosticRenderer(sources: [file]).render(error.diagnostics)
        }
    }
}

/// A state of uninterpreted functions, that remembers what it was asked.
final class RecordingState: StateView {
    let name: String
    private(set) var reads: [String] = []
    private(set) var keys: [Term] = []
    /// Arrays whose elements are known.
    var numbers: [String: [Int]] = [:]

    init(_ name: String) { self.name = name }

    private func read(_ what: String, _ arguments: [Term], _ sort: Sort) -> Term {
        reads.append("\(name).\(what)")
        keys += arguments
        return .apply("\(name).\(what)", arguments, sort: sort)
    }

    func isPresent(map: String, key: Term) -> Term { read("present.\(map)", [key], .boolean) }
    func value(map: String, key: Term) -> Term { read("value.\(map)", [key], Environments.endpointSort) }
    func expiry(map: String, key: Term) -> Term { read("expiry.\(map)", [key], .integer) }
    func isAllocated(pool: String, index: Term) -> Term { read("allocated.\(pool)", [index], .boolean) }
    func expiry(pool: String, index: Term) -> Term { read("expiry.\(pool)", [index], .integer) }
    func hasRoom(map: String) -> Term { read("room.\(map)", [], .boolean) }
    func hasFreeIndex(pool: String, from first: Term, through last: Term) -> Term {
        read("free.\(pool)", [first, last], .boolean)
    }
    func variable(_ name: String, path: [PathComponent]) -> Term {
        if let numbers = numbers[name], case .index(let index)? = path.first, let place = index.bitVectorValue {
            return .bitVector(numbers[Int(place)], width: 64)
        }
        return switch name {
        case "enabled": read(name, [], .boolean)
        case "last_seen": read(name, [], .integer)
        case "table":
            read(name, path.compactMap { if case .index(let index) = $0 { index } else { nil } }, .bitVector(8))
        default: read(name, [], .bitVector(64))
        }
    }
}

extension Environments {
    /// A context of variables: packets `p` in and `q…` out.
    static func context(
        before: any StateView, after: any StateView, outputs: Int = 1, input: SymbolicPacket? = nil
    ) -> LoweringContext {
        func packet(_ name: String) -> SymbolicPacket {
            SymbolicPacket(
                bytes: .variable("\(name).bytes", SymbolicPacket.bytesSort),
                length: .variable("\(name).length", .bitVector(16)))
        }
        var count = 0
        return LoweringContext(
            configuration: { path in
                guard case .field(let name)? = path.first else { return .false }
                let type = nat.configuration.first { $0.name == name }?.type
                return .variable(
                    "config.\(name)", type == .seconds ? .integer : .bitVector(name == "external_address" ? 32 : 16))
            },
            now: .variable("now", .integer), before: before, after: after, input: input ?? packet("p"),
            ingress: .variable("ingress", .bitVector(32)),
            outputs: (0..<outputs).map {
                .init(egress: .variable("egress\($0)", .bitVector(32)), packet: packet("q\($0)"))
            },
            freshName: {
                count += 1
                return "\($0)!\(count)"
            })
    }
}
