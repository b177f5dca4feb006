import Diagnostics
import Testing

@testable import MiddleboxIR

/// State objects, ports, parameters and lines of the bundled middleboxes, and of snippets.
@Suite struct ProgramTests {
    @Test func stateOfTheNat() async throws {
        let nat = try await middlebox("nat")
        #expect(nat.globals.map(\.name) == ["config", "outbound", "inbound", "ports"])
        for name in ["outbound", "inbound"] {
            guard case .map(let key, let value, let capacity) = try #require(nat.global(name)).kind else {
                Issue.record("\(name) is no map")
                continue
            }
            #expect(capacity == 65536)
            #expect(key == value)
            #expect(!key.hasPadding)
            guard case .structure(let endpoint) = key else {
                Issue.record("the key is \(key)")
                continue
            }
            #expect(endpoint.name == "endpoint" && endpoint.bytes == 8)
            #expect(endpoint.fields.map(\.name) == ["address", "port", "protocol"])
            #expect(endpoint.fields.map(\.bitOffset) == [0, 32, 48])
            #expect(endpoint.fields.map(\.type.isBigEndian) == [true, true, false])
            #expect(endpoint.fields[0].type.isNamed("ipv4_address"))
        }
        guard case .pool(capacity: 18 << 16) = try #require(nat.global("ports")).kind else {
            Issue.record("ports: \(String(describing: nat.global("ports")))")
            return
        }
    }

    @Test func configurationOfTheNat() async throws {
        let config = try #require(try await middlebox("nat").global("config"))
        guard case .configuration = config.kind, case .structure(let structure) = config.type else {
            Issue.record("\(config)")
            return
        }
        #expect(
            structure.fields.map(\.name) == [
                "external_address", "first_port", "last_port", "tcp_lifetime", "udp_lifetime", "icmp_lifetime",
            ])
        #expect(structure.fields.map(\.bitOffset) == [0, 32, 48, 64, 96, 128])
        #expect(structure.fields[3].type.isNamed("seconds"))
        #expect(config.size == 20 && config.location?.line == 17)
        #expect(config.location?.file == "Middleboxes/nat/nat.c")
    }

    @Test(arguments: ["nop", "nat"]) func ports(name: String) async throws {
        #expect(
            try await middlebox(name).ports == [
                Program.Port(name: "inside", number: 0), Program.Port(name: "outside", number: 1),
            ])
    }

    @Test func enumerators() async throws {
        let program = try await program(
            """
            #include <gravel/middlebox.h>
            enum port { inside, outside };
            enum phase { opening, established = 5, closing };
            enum { lowest = -3 };
            enum phase phase = closing;
            void packet_arrives(struct packet *packet) { packet_drop(packet); }
            """)
        let names = ["opening", "established", "closing", "lowest", "inside"]
        let constants = program.constants.filter { names.contains($0.name) }
        #expect(constants.map { "\($0.name) \($0.value)" } == ["closing 6", "established 5", "lowest -3", "opening 0"])
    }

    @Test func portsThatNothingUses() async throws {
        let program = try await program("enum port { left = 3, right = 1 };\nvoid packet_arrives(void) {}\n")
        #expect(program.ports.map(\.name) == ["right", "left"])
        #expect(program.ports.map(\.number) == [1, 3])
    }

    @Test func linesAndOrderOfFunctions() async throws {
        let nat = try await middlebox("nat")
        let own = nat.functions.filter { $0.location?.file == "Middleboxes/nat/nat.c" }
        #expect(own.first?.name == "lifetime_of" && own.last?.name == Program.entryPoint)
        #expect(own.compactMap { $0.location?.line } == own.compactMap { $0.location?.line }.sorted())
        let text = try #require(nat.sources.first).text.split(separator: "\n", omittingEmptySubsequences: false)
        for function in own {
            let lines = try #require(function.lines)
            #expect(text[lines.lowerBound - 1].contains(function.name))
            let last = text[lines.upperBound - 1]
            #expect(lines.count == 1 ? last.hasSuffix("}") : last.hasPrefix("}"), "\(function.name) \(lines)")
        }
        #expect(nat.sources.first?.path == "Middleboxes/nat/nat.c")
        #expect(nat.sources.contains { $0.path == "Middleboxes/include/gravel/packet.h" })
    }

    @Test func packetParameter() async throws {
        let program = try await program(
            """
            #include <gravel/middlebox.h>
            typedef struct packet *packet_pointer;
            void a(struct packet *packet) { packet_drop(packet); }
            void b(int x, const struct packet *const packet) { (void)x; (void)packet; }
            void c(packet_pointer p) { packet_drop(p); }
            void d(struct ipv4_header *ipv4) { (void)ipv4; }
            """)
        #expect(program.function("a")?.packetParameter == 0)
        #expect(program.function("b")?.packetParameter == 1)
        #expect(program.function("c")?.packetParameter == 0)
        #expect(program.function("d")?.packetParameter == nil)
        #expect(program.function("b")?.parameters.map(\.name) == ["x", "packet"])
    }

    @Test func parametersThatTheCallingConventionChanges() async throws {
        let program = try await program(
            """
            struct pair { unsigned long a, b; };
            struct big { unsigned long a[4]; };
            struct packet;
            struct big f(struct pair p, struct packet *packet) { struct big b = {{p.a, p.b, packet != 0}}; return b; }
            """)
        let f = try #require(program.function("f"))
        #expect(
            f.parameters.map(\.cType?.description) == ["struct big *", "struct pair", "struct pair", "struct packet *"])
        #expect(f.packetParameter == 3)
    }

    @Test func cTypes() async throws {
        let program = try await program(
            """
            #include <stdint.h>
            enum colour { red, green = 5, blue = -1 };
            struct node { struct node *next; struct { uint8_t x; } inner; };
            struct bits { uint32_t a : 3, b : 5; uint8_t c; };
            struct padded { uint8_t a; uint32_t b; };
            union either { uint8_t a; uint32_t b; };
            enum colour colour; struct node node; struct bits bits; struct padded padded; union either either;
            const int8_t grid[2][3]; _Bool flag; double number; void (*callback)(int); char text[] = "hi";
            int *pointer = &((int[]){7})[0];
            """)
        func type(_ name: String) throws -> CType { try #require(program.global(name)).type }
        #expect(
            try type("colour")
                == .enumeration(
                    name: "colour", bytes: 4,
                    enumerators: [
                        .init(name: "red", value: 0), .init(name: "green", value: 5), .init(name: "blue", value: -1),
                    ]))
        guard case .structure(let node) = try type("node"), case .pointer(.structure(let next)) = node.fields[0].type
        else {
            Issue.record("node")
            return
        }
        #expect(next.name == "node" && next.bytes == 16 && next.fields.isEmpty)
        guard case .structure(let bits) = try type("bits") else {
            Issue.record("bits")
            return
        }
        #expect(bits.fields.map(\.bitFieldWidth) == [3, 5, nil])
        #expect(bits.fields.map(\.bitOffset) == [0, 3, 8])
        #expect(try type("padded").hasPadding && !(try type("flag").hasPadding))
        #expect(try type("either") == .union(name: "either", bytes: 4))
        guard case .array(.array(let element, 3), 2) = try type("grid") else {
            Issue.record("grid")
            return
        }
        #expect(element.size == 1 && element.isNamed("int8_t"))
        #expect(try type("flag") == .boolean)
        #expect(try type("number") == .floating(name: "double", bytes: 8))
        #expect(try type("callback") == .pointer(.void))
        #expect(program.global("text")?.initialBytes == Array("hi\0".utf8))
        #expect(program.global("grid")?.initialBytes == Array(repeating: 0, count: 6))
        guard let pointer = program.global("pointer") else {
            Issue.record("pointer")
            return
        }
        #expect(pointer.initialBytes == nil)
    }

    @Test func stringsThatNothingUsesAreLeftOut() async throws {
        let program = try await program(
            """
            const char *g(void);
            static const char *kept(void) { return "kept"; }
            const char *f(int a) { return a ? kept() : g(); }
            int h(int *a) { return *a + 1; }
            """)
        #expect(program.globals.map(\.initialBytes) == [Array("kept\0".utf8)])
    }

    @Test func digestIsOfTheMeaning() async throws {
        let source = "int f(int *a) { return *a + 1; }\n"
        let first = try await program(source).digest
        #expect(first.count == 64)
        #expect(try await program(source).digest == first)
        #expect(try await program("// a comment\n\n" + source).digest == first)
        #expect(try await program("int f(int *a) { return *a + 2; }\n").digest != first)
        #expect(try await program("unsigned f(unsigned *a) { return *a + 1; }\n").digest != first)
        #expect(try await program("enum port { a };\n" + source).digest != first)
    }

    @Test func blake3() {
        #expect(Digest.of("") == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")
    }
}

/// Where a definition ends in the text.
@Suite struct DefinitionEndTests {
    @Test(arguments: [
        ("int f(void) { return 1; }", 1, 1),
        ("int f(void)\n{\n    if (1) {\n    }\n}\nint g;\n", 1, 5),
        ("int f(void) {\n  // }\n  /* }\n */ char c = '}';\n  return \"}\\\"}\"[0];\n}\n", 1, 6),
        ("int a;\nint f(void) {\n  return '\\'' / 2;\n}\n", 2, 4),
    ])
    func found(source: String, start: Int, end: Int) {
        #expect(DefinitionEnd(source: source).line(ofDefinitionAt: start) == end)
    }

    @Test func notFound() {
        #expect(DefinitionEnd(source: "int f(void) {").line(ofDefinitionAt: 1) == nil)
        #expect(DefinitionEnd(source: "}").line(ofDefinitionAt: 1) == nil)
    }

    @Test("Control operations, with what they are given")
    func controlOperations() async throws {
        let program = try await program(
            """
            #include <gravel/middlebox.h>
            struct change { be32 index; };
            static uint32_t n;
            CONTROL_OPERATION(change, const struct change *argument) { n = argument->index; }
            CONTROL_OPERATION(reset) { n = 0; }
            void other(const struct change *argument) { n = argument->index; }
            """)
        #expect(program.controlOperations.map(\.name) == ["change", "reset"])
        let argument = try #require(program.controlOperations[0].argument)
        guard case .structure(let structure) = argument.underlying else {
            Issue.record("\(argument)")
            return
        }
        #expect(structure.name == "change" && structure.fields.map(\.name) == ["index"])
        #expect(program.controlOperations[1].parameters.isEmpty)
        #expect("\(try #require(program.function("reset")))".hasPrefix("operation reset() -> void"))
        #expect(try #require(program.function("other")).isControlOperation == false)
    }
}
