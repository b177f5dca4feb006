import Testing

@testable import Replay

/// Longest prefixes, as the router looks them up: C over a map (decision 0019).
private struct ReferenceTable {
    struct Prefix: Hashable {
        let address: UInt32
        let length: UInt32
    }

    static let capacity = 65536

    private(set) var routes: [Prefix: UInt32] = [:]

    static func mask(_ length: UInt32) -> UInt32 { length == 0 ? 0 : ~0 << (32 - length) }

    mutating func add(_ prefix: Prefix, _ port: UInt32) {
        if prefix.length > 32 || port > 3 || prefix.address & Self.mask(prefix.length) != prefix.address { return }
        if routes[prefix] == nil, routes.count == Self.capacity { return }
        routes[prefix] = port
    }

    mutating func remove(_ prefix: Prefix) { routes[prefix] = nil }

    /// Every route that covers the address, and the longest of them.
    func route(to address: UInt32) -> UInt32? {
        routes.filter { $0.key.length <= 32 && address & Self.mask($0.key.length) == $0.key.address }
            .max { $0.key.length < $1.key.length }?.value
    }
}

/// The router's own code, called directly.
private struct NativeTable {
    typealias Prefix = ReferenceTable.Prefix

    static let source = """
        #include "\(projectRoot)/Middleboxes/router/router.c"
        void table_add(uint32_t address, uint32_t length, uint32_t port) {
            struct new_route route = {htonl(address), length, 0, port};
            add_route(&route);
        }
        void table_remove(uint32_t address, uint32_t length) {
            struct prefix prefix = {htonl(address), length};
            remove_route(&prefix);
        }
        uint32_t table_find(uint32_t address) {
            const struct route *route = route_to(htonl(address));
            return route == NULL ? UINT32_MAX : route->port;
        }
        """

    private let library: NativeMiddlebox
    private let addFunction: @convention(c) (UInt32, UInt32, UInt32) -> Void
    private let removeFunction: @convention(c) (UInt32, UInt32) -> Void
    private let findFunction: @convention(c) (UInt32) -> UInt32

    init(_ library: NativeMiddlebox) throws {
        self.library = library
        addFunction = unsafeBitCast(try #require(library.address(of: "table_add")), to: type(of: addFunction))
        removeFunction = unsafeBitCast(try #require(library.address(of: "table_remove")), to: type(of: removeFunction))
        findFunction = unsafeBitCast(try #require(library.address(of: "table_find")), to: type(of: findFunction))
    }

    func add(_ prefix: Prefix, _ port: UInt32) { addFunction(prefix.address, prefix.length, port) }
    func remove(_ prefix: Prefix) { removeFunction(prefix.address, prefix.length) }
    func route(to address: UInt32) -> UInt32? {
        let port = findFunction(address)
        return port == .max ? nil : port
    }
}

@Suite struct PrefixTableTests {
    /// Prefixes of one another, in the few places where addresses are: what is looked up is covered by many or by none. Some have bits behind
    /// their length, or a length that there is not.
    @Test("Random operations find the longest prefix", arguments: [NativeCompiler.Variant.fast, .observable])
    func randomOperations(_ variant: NativeCompiler.Variant) async throws {
        let fixture = try NativeFixture(NativeTable.source)
        let native = try NativeTable(try await fixture.load(variant: variant, hashKey: [3, 5, 7]))
        var reference = ReferenceTable()
        var random = SeededGenerator(state: 19)
        let places: [UInt32] = [
            0, 0x0A00_0000, 0x0A01_0000, 0x0A01_0203, 0x7FFF_FFFF, 0x8000_0000, 0xC0A8_01FE, 0xFFFF_FFFF,
        ]
        func address() -> UInt32 {
            (places.randomElement(using: &random) ?? 0) ^ (1 << UInt32.random(in: 0..<40, using: &random))
        }
        func prefix() -> ReferenceTable.Prefix {
            let length = UInt32.random(in: 0...33, using: &random)
            let isExact = Int.random(in: 0..<8, using: &random) > 0
            return .init(
                address: isExact ? address() & ReferenceTable.mask(min(length, 32)) : address(), length: length)
        }
        var found = 0
        for step in 0..<20_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<2:
                let (prefix, port) = (prefix(), UInt32.random(in: 0...4, using: &random))
                reference.add(prefix, port)
                native.add(prefix, port)
            case 2, 3:
                let prefix = reference.routes.keys.randomElement(using: &random) ?? prefix()
                reference.remove(prefix)
                native.remove(prefix)
            default:
                let address = address()
                let expected = reference.route(to: address)
                found += expected == nil ? 0 : 1
                #expect(native.route(to: address) == expected, "step \(step)")
            }
        }
        #expect(found > 1000)
    }

    @Test("A full table refuses new prefixes, and takes one for each that is gone")
    func capacity() async throws {
        let fixture = try NativeFixture(NativeTable.source)
        let native = try NativeTable(try await fixture.load(hashKey: NativeHashKey.random().words))
        func host(_ number: Int) -> ReferenceTable.Prefix { .init(address: 0x0B00_0000 + UInt32(number), length: 32) }
        for number in 0..<ReferenceTable.capacity { native.add(host(number), UInt32(number % 4)) }
        for number in stride(from: 0, to: ReferenceTable.capacity, by: 97) {
            #expect(native.route(to: host(number).address) == UInt32(number % 4))
        }
        native.add(.init(address: 0, length: 0), 1)
        #expect(native.route(to: 0x0900_0000) == nil)
        native.add(host(7), 2)
        #expect(native.route(to: host(7).address) == 2, "one that is there needs no room")
        native.remove(host(7))
        native.add(.init(address: 0, length: 0), 1)
        #expect(native.route(to: 0x0900_0000) == 1 && native.route(to: host(7).address) == 1)
    }
}
