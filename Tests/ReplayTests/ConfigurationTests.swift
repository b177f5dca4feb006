import MiddleboxIR
import Testing
import YAML

@testable import Replay

@Suite struct ConfigurationTests {
    private static func integer(_ name: String, _ bytes: Int, signed: Bool = false) -> CType {
        .integer(name: name, bytes: bytes, isSigned: signed)
    }
    private static let uint8 = CType.named("uint8_t", integer("unsigned char", 1))
    private static let uint16 = CType.named("uint16_t", integer("unsigned short", 2))
    private static let uint32 = CType.named("uint32_t", integer("unsigned int", 4))
    private static let be16 = CType.named("be16", uint16)
    private static let be32 = CType.named("be32", uint32)
    private static let address = CType.named("ipv4_address", be32)

    private static let inner = CType.structure(
        .init(
            name: "inner", bytes: 4,
            fields: [
                .init(name: "port", type: be16, bitOffset: 0), .init(name: "on", type: .boolean, bitOffset: 16),
            ]))

    /// A struct of all that a configuration can have, with padding where C puts it.
    private static let type = CType.structure(
        .init(
            name: "configuration", bytes: 84,
            fields: [
                .init(name: "external", type: address, bitOffset: 0),
                .init(name: "mark", type: be32, bitOffset: 32),
                .init(name: "lifetime", type: .named("seconds", uint32), bitOffset: 64),
                .init(name: "small", type: integer("signed char", 1, signed: true), bitOffset: 96),
                .init(
                    name: "mode",
                    type: .enumeration(
                        name: "mode", bytes: 4,
                        enumerators: [.init(name: "lax", value: 3), .init(name: "strict", value: -2)]), bitOffset: 128),
                .init(name: "inner", type: inner, bitOffset: 160),
                .init(name: "list", type: .array(element: inner, count: 2), bitOffset: 192),
                .init(name: "mac", type: .array(element: uint8, count: 6), bitOffset: 256),
                .init(name: "prefix", type: .array(element: uint8, count: 16), bitOffset: 304),
                .init(
                    name: "name", type: .array(element: integer("char", 1, signed: true), count: 8), bitOffset: 432),
                .init(name: "low", type: uint32, bitOffset: 512, bitFieldWidth: 3),
                .init(name: "high", type: uint32, bitOffset: 515, bitFieldWidth: 7),
                .init(name: "wide", type: integer("unsigned long", 8), bitOffset: 576),
                .init(name: "numbers", type: .array(element: uint16, count: 2), bitOffset: 640),
            ]))

    private static let text = """
        configuration:
          external: 203.0.113.1
          mark: 0x01020304
          lifetime: 300
          small: -128
          mode: strict
          inner: { port: 80, on: true }
          list: [{ port: 1, on: false }, { port: 0xFF00, on: true }]
          mac: 02:00:00:00:00:0a
          prefix: 2001:db8::1
          name: "box"
          low: 5
          high: 127
          wide: 18446744073709551615
          numbers: [1, 65535]
        """

    private func bytes(_ text: String, as type: CType? = Self.type) throws -> [UInt8] {
        try ConfigurationFile(path: "box.yml", text: text).configuration(as: type)
    }

    @Test("A table need not be full: the rest is zero")
    func shortTables() throws {
        let short = Self.text.replacing("list: [{ port: 1, on: false }, { port: 0xFF00, on: true }]", with: "list: []")
        let zeros = Self.text.replacing(
            "list: [{ port: 1, on: false }, { port: 0xFF00, on: true }]",
            with: "list: [{ port: 0, on: false }, { port: 0, on: false }]")
        #expect(try bytes(short) == bytes(zeros))
    }

    @Test("A struct of one field may be given by its value")
    func structsOfOneField() throws {
        let station = CType.structure(
            .init(
                name: "station", bytes: 6,
                fields: [.init(name: "octets", type: .array(element: Self.uint8, count: 6), bitOffset: 0)]))
        let wrapped = CType.structure(
            .init(name: "wrapped", bytes: 6, fields: [.init(name: "station", type: station, bitOffset: 0)]))
        let type = CType.structure(
            .init(
                name: "configuration", bytes: 24,
                fields: [
                    .init(name: "own", type: station, bitOffset: 0),
                    .init(name: "list", type: .array(element: station, count: 2), bitOffset: 48),
                    .init(name: "deep", type: wrapped, bitOffset: 144),
                ]))
        func file(_ own: String, _ list: String, _ deep: String) -> String {
            "configuration:\n  own: \(own)\n  list: \(list)\n  deep: \(deep)\n"
        }
        let expected: [UInt8] =
            [2, 0, 0, 0, 0, 1] + [2, 0, 0, 0, 0, 2] + [2, 0, 0, 0, 0, 3] + [2, 0, 0, 0, 0, 4]
        let short = file("02:00:00:00:00:01", "[02:00:00:00:00:02, { octets: 02:00:00:00:00:03 }]", "02:00:00:00:00:04")
        #expect(try bytes(short, as: type) == expected)
        for (own, message) in [
            (
                "7",
                "2:8: error: 'octets' must be a MAC address such as 02:00:00:00:00:01, or a list of 6 numbers, found '7'"
            ),
            ("[1]", "2:8: error: expected names and values for struct station, found a list"),
            ("~", "2:8: error: expected names and values for struct station, found nothing"),
        ] {
            do {
                _ = try bytes(file(own, "[]", "02:00:00:00:00:04"), as: type)
                Issue.record("\(own) is accepted")
            } catch {
                #expect("\(error)".contains(message), "\(error)")
            }
        }
    }

    @Test("Laid out as C does")
    func layout() throws {
        let expected: [UInt8] =
            [203, 0, 113, 1] + [1, 2, 3, 4] + [44, 1, 0, 0] + [0x80, 0, 0, 0] + [0xFE, 0xFF, 0xFF, 0xFF]
            + [0, 80, 1, 0] + [0, 1, 0, 0] + [0xFF, 0, 1, 0] + [2, 0, 0, 0, 0, 10]
            + [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + [98, 111, 120, 0, 0, 0, 0, 0]
            + [0, 0] + [0b1111_1101, 0b11, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8) + [1, 0, 255, 255]
        #expect(try bytes(Self.text) == expected)
    }

    @Test func none() throws {
        #expect(try bytes("", as: nil) == [])
        #expect(try bytes("ports: {}", as: nil) == [])
        #expect(throws: ConfigurationError.self) { try bytes("configuration: { a: 1 }", as: nil) }
        #expect(throws: ConfigurationError.self) { try bytes("ports: {}") }
    }

    @Test(
        "What is not accepted: the line as it should be, as it is, and what is said of it",
        arguments: [
            (
                "lifetime: 300", "lifetme: 300",
                "4:3: error: struct configuration has no field 'lifetme'; did you mean 'lifetime'?"
            ),
            ("  low: 5\n", "", "2:3: error: the field 'low' of struct configuration is missing (a whole number)"),
            (
                "lifetime: 300", "lifetime: soon",
                "4:13: error: 'lifetime' must be a whole number of seconds, found 'soon'"
            ),
            (
                "lifetime: 300", "lifetime: \"300\"",
                "4:13: error: 'lifetime' must be a whole number of seconds, found '300'"
            ),
            (
                "lifetime: 300", "lifetime: 1.5",
                "4:13: error: 'lifetime' must be a whole number of seconds, found '1.5'"
            ),
            (
                "lifetime: 300", "lifetime: [300]",
                "4:13: error: 'lifetime' must be a whole number of seconds, found a list"
            ),
            ("lifetime: 300", "lifetime:", "error: 'lifetime' must be a whole number of seconds, found nothing"),
            (
                "lifetime: 300", "lifetime: 4294967296",
                "4:13: error: 'lifetime' must be from 0 to 4294967295, found 4294967296"
            ),
            ("lifetime: 300", "lifetime: -1", "4:13: error: 'lifetime' must be from 0 to 4294967295, found -1"),
            ("small: -128", "small: -129", "5:10: error: 'small' must be from -128 to 127, found -129"),
            (
                "external: 203.0.113.1", "external: 203.0.113",
                "2:13: error: 'external' must be an IPv4 address such as 192.0.2.1, found '203.0.113'"
            ),
            (
                "external: 203.0.113.1", "external: 203.0.113.256",
                "2:13: error: 'external' must be an IPv4 address such as 192.0.2.1, found '203.0.113.256'"
            ),
            (
                "external: 203.0.113.1", "external: 12",
                "2:13: error: 'external' must be an IPv4 address such as 192.0.2.1, found '12'"
            ),
            (
                "mode: strict", "mode: strickt",
                "6:9: error: 'mode' must be one of lax, strict, found 'strickt'; did you mean 'strict'?"
            ),
            ("on: true }\n", "on: yes }\n", "7:26: error: 'on' must be true or false, found 'yes'"),
            (
                "inner: { port: 80, on: true }", "inner: 5",
                "7:10: error: expected names and values for struct inner, found '5'"
            ),
            ("port: 80,", "port: 65536,", "7:18: error: 'port' must be from 0 to 65535, found 65536"),
            ("numbers: [1, 65535]", "numbers: [1]", "15:12: error: 'numbers' has 2 items, but the list has 1"),
            (
                "numbers: [1, 65535]", "numbers: [1, 65536]",
                "15:16: error: 'numbers[1]' must be from 0 to 65535, found 65536"
            ),
            ("numbers: [1, 65535]", "numbers: 7", "15:12: error: 'numbers' must be a list of 2 items, found '7'"),
            (
                "mac: 02:00:00:00:00:0a", "mac: 02:00:00:00:0a",
                "9:8: error: 'mac' must be a MAC address such as 02:00:00:00:00:01, or a list of 6 numbers, found '02:00:00:00:0a'"
            ),
            (
                "name: \"box\"", "name: \"boxboxbo\"",
                "11:9: error: 'name' must be text of at most 7 bytes, found 'boxboxbo'"
            ),
            ("low: 5", "low: 8", "12:8: error: 'low' must be from 0 to 7, found 8"),
            ("  low: 5", "  [low]: 5", "12:3: error: expected a name, found a list"),
            ("  low: 5", "  ? {low: 1}\n  : 5", "12:5: error: expected a name, found names and values"),
            (
                "prefix: 2001:db8::1", "prefix: \"2001:db8::1\\0!\"",
                "10:11: error: 'prefix' must be an IPv6 address, or a list of 16 numbers, found '2001:db8::1\0!'"
            ),
        ])
    func errors(right: String, wrong: String, expected: String) throws {
        #expect(Self.text.contains(right))
        do {
            _ = try bytes(Self.text.replacing(right, with: wrong, maxReplacements: 1))
            Issue.record("accepted: \(wrong)")
        } catch {
            #expect("\(error)".hasSuffix(expected), "\(error)")
        }
    }

    /// Each list names the one before nine times: what the last one says has no end that anybody waits for.
    @Test("Aliases of aliases are read at once, as keys and as values", .timeLimit(.minutes(1)))
    func aliasesOfAliases() {
        let lists = (1..<12).map {
            "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", "))]\n"
        }
        let text = "a0: &a0 [1]\n" + lists.joined()
        #expect("\(message(text + "? *a11\n: 1\n"))".hasSuffix("13:3: error: expected a name, found a list"))
        #expect("\(message(text))".contains("1:1: error: there is no section 'a0'"))
        // An alias that stands for a word is as good a key as the word.
        #expect("\(message("configuration: { mark: &b x, *b : 2 }"))".contains("has no field 'x'"))
    }

    private func message(_ text: String) -> String {
        do {
            _ = try bytes(text)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test("Numbers of 128 bits have a range, too")
    func wideNumbers() throws {
        for (isSigned, text, expected) in [(false, "255", UInt8(255)), (true, "-1", 255), (true, "1", 1)] {
            let type = CType.structure(
                .init(
                    name: "configuration", bytes: 16,
                    fields: [.init(name: "x", type: Self.integer("__int128", 16, signed: isSigned), bitOffset: 0)]))
            #expect(try bytes("configuration: { x: \(text) }", as: type).first == expected)
        }
    }

    @Test("Types that no configuration can have are refused, not guessed")
    func unsupportedTypes() {
        for type in [CType.pointer(Self.uint8), .floating(name: "double", bytes: 8), .union(name: "u", bytes: 4)] {
            let structure = CType.structure(
                .init(name: "configuration", bytes: 8, fields: [.init(name: "x", type: type, bitOffset: 0)]))
            #expect(throws: ConfigurationError.self) { try bytes("configuration: { x: 1 }", as: structure) }
        }
    }
}
