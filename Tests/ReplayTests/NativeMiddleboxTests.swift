import Foundation
import Testing

@testable import Replay

@Suite struct NativeMiddleboxTests {
    /// What it does stands in the packet's first byte.
    private static let source = """
        #include <stdlib.h>
        struct value { uint32_t number; };
        MAP(entries, uint32_t, struct value, 8);
        POOL(indices, 8);
        static const uint32_t key = 5;
        static volatile uint32_t counter;
        static volatile uint32_t zero;
        static uint32_t recurse(uint32_t depth) {
            volatile uint32_t local[100];
            if (depth == zero - 1) return 0;
            local[depth % 100] = depth;
            return recurse(depth + 1) + local[depth % 100];
        }
        void packet_arrives(struct packet *packet) {
            switch (packet->data[0]) {
            case 'f': packet_emit(packet, packet->port + 1); break;
            case 'd': packet_drop(packet); break;
            case 'n': packet->data[1] = (uint8_t)counter++; packet_emit(packet, 0); break;
            case '2': packet_emit(packet, 0); packet->data[1] = 'x'; packet_emit(packet, 1); break;
            case 'b': packet_emit(packet, 0); packet_drop(packet); break;
            case '0': break;
            case 'l': packet->length = 100000; packet_emit(packet, 0); break;
            case 'm': for (;;) packet_emit(packet, 0);
            case 's': *(volatile int *)(uintptr_t)zero = 1; break;
            case 'r': counter = recurse(0); packet_drop(packet); break;
            case 'a': abort();
            case 'o': counter = packet->data[packet->length]; packet_drop(packet); break;
            case 'u': counter = 1u << (zero + 40); packet_drop(packet); break;
            case 'e': while (zero == 0) counter++;
            case 'h': packet->data[-1 - (int)zero] = 1; packet_drop(packet); break;
            case 'i': { uint8_t local[4]; local[zero] = 1; if (local[zero + 1] == 7) counter++; packet_drop(packet); break; }
            case 'p': pool_refresh(&indices, zero + 8, 1); packet_drop(packet); break;
            case 'v': { struct value *value = map_find(&entries, &key); map_insert(&entries, &key, &(struct value){1}, 1);
                value = map_find(&entries, &key); map_remove(&entries, &key); counter = value->number; packet_drop(packet); break; }
            }
        }
        """

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func outcomes() async throws {
        let box = try await NativeFixture(Self.source).load()
        #expect(
            try box.process(bytes("fab"), port: 6, time: 1)
                == NativeOutcome(outputs: [NativeOutput(port: 7, bytes: bytes("fab"))]))
        #expect(try box.process(bytes("d"), port: 0, time: 2) == NativeOutcome(drops: 1))
        #expect(try box.process(bytes("0"), port: 0, time: 3) == NativeOutcome())
        #expect(
            try box.process(bytes("b"), port: 0, time: 3)
                == NativeOutcome(outputs: [NativeOutput(port: 0, bytes: bytes("b"))], drops: 1))
        // As it was at the time of each call.
        #expect(
            try box.process(bytes("2a"), port: 0, time: 4).outputs
                == [NativeOutput(port: 0, bytes: bytes("2a")), NativeOutput(port: 1, bytes: bytes("2x"))])
        let longest = [UInt8](repeating: UInt8(ascii: "f"), count: 65535)
        #expect(try box.process(longest, port: 0, time: 5).outputs.first?.bytes == longest)
        #expect(throws: NativeError.packetTooLong(bytes: 65536)) {
            try box.process(longest + [0], port: 0, time: 5)
        }
    }

    @Test("Each instance has a state of its own")
    func freshState() async throws {
        let fixture = try NativeFixture(Self.source)
        let first = try await fixture.load()
        let second = try await fixture.load()
        #expect(try first.process(bytes("nn"), port: 0, time: 0).outputs.first?.bytes.last == 0)
        #expect(try first.process(bytes("nn"), port: 0, time: 0).outputs.first?.bytes.last == 1)
        #expect(try second.process(bytes("nn"), port: 0, time: 0).outputs.first?.bytes.last == 0)
    }

    @Test(
        "Failures are thrown, and again by every later packet",
        arguments: [
            ("s", NativeError.crashed(packet: 0, signal: SIGSEGV)), ("a", .crashed(packet: 0, signal: SIGABRT)),
            ("r", .crashed(packet: 0, signal: SIGSEGV)), ("l", .outsidePacket(packet: 0)),
            ("m", .tooManyOutputs(packet: 0)),
        ])
    func failures(packet: String, expected: NativeError) async throws {
        let box = try await NativeFixture(Self.source).load()
        #expect(throws: expected) { try box.process(bytes(packet), port: 0, time: 0) }
        #expect(throws: expected) { try box.process(bytes("d"), port: 0, time: 0) }
    }

    @Test("Compiled once for the same C code, anew for other code or flags")
    func cache() async throws {
        let fixture = try NativeFixture(Self.source, ownCache: true)
        let first = try await fixture.compiler.library(of: [fixture.source])
        let stamp = try FileManager.default.attributesOfItem(atPath: first)[.modificationDate] as? Date
        let again = try await fixture.compiler.library(of: [fixture.source])
        #expect(again == first)
        #expect(try FileManager.default.attributesOfItem(atPath: first)[.modificationDate] as? Date == stamp)
        let strict = try await fixture.compiler.library(of: [fixture.source], variant: .strict)
        #expect(strict != first)
        let other = try fixture.folder.write(
            "#include <gravel/middlebox.h>\n" + Self.source + "\nint more;\n", to: "box.c")
        let changed = try await fixture.compiler.library(of: [other])
        #expect(changed != first)
        let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path + "/cache")
        // The runtime is compiled once for each set of flags.
        #expect(files.filter { $0.hasSuffix(".so") }.count == 3)
        #expect(files.filter { $0.hasSuffix(".runtime.o") }.count == 2 && files.count == 5)
    }

    @Test(
        "C that does not compile, or calls what is nowhere, is told in clang's words",
        arguments: [
            (
                "void packet_arrives(struct packet *packet) { packet_drop(paket); }",
                "box.c:2:58: error: use of undeclared identifier 'paket'"
            ),
            (
                "void elsewhere(void); void packet_arrives(struct packet *packet) { elsewhere(); packet_drop(packet); }",
                "undefined reference to `elsewhere'"
            ),
            (
                "MAP(m, uint32_t, int, 8); void packet_arrives(struct packet *p) { uint64_t k = 0; map_remove(&m, &k); }",
                "pointer type mismatch"
            ),
            ("int packet_arrived;", "undefined reference to `packet_arrives'"),
        ])
    func compileErrors(text: String, expected: String) async throws {
        let fixture = try NativeFixture(text, ownCache: true)
        do {
            _ = try await fixture.load()
            Issue.record("accepted")
        } catch NativeError.clang(let output) {
            #expect(output.contains(expected), "\(output)")
        }
        // The runtime's object is good for others.
        let leftOver = try? FileManager.default.contentsOfDirectory(atPath: fixture.folder.path + "/cache")
        #expect((leftOver ?? []).filter { !$0.hasSuffix(".runtime.o") } == [])
    }

    private func run(
        _ packets: [String], variant: NativeCompiler.Variant = .strict, ports: [UInt32] = [],
        processorSeconds: Double = 1, timeout: Double = 60
    ) async throws -> NativeRun.Result {
        let fixture = try NativeFixture(Self.source)
        let run = try await NativeRun(
            sources: [fixture.source], compiler: fixture.compiler, configuration: nil, ports: ports, variant: variant)
        let steps = packets.enumerated().map { NativeRun.Step(time: UInt64($0), port: 3, bytes: bytes($1)) }
        return try await run.run(steps: steps, processorSeconds: processorSeconds, timeout: timeout)
    }

    @Test("In a process of its own: the same outcomes")
    func ownProcess() async throws {
        let result = try await run(["fab", "d", "na", "na", "2a", "0"], variant: .fast)
        #expect(result.failure == nil)
        #expect(
            result.outcomes == [
                NativeOutcome(outputs: [NativeOutput(port: 4, bytes: bytes("fab"))]), NativeOutcome(drops: 1),
                NativeOutcome(outputs: [NativeOutput(port: 0, bytes: bytes("n\0"))]),
                NativeOutcome(outputs: [NativeOutput(port: 0, bytes: bytes("n\u{1}"))]),
                NativeOutcome(outputs: [
                    NativeOutput(port: 0, bytes: bytes("2a")), NativeOutput(port: 1, bytes: bytes("2x")),
                ]),
                NativeOutcome(),
            ])
        #expect(try await run([]).outcomes.isEmpty)
    }

    @Test(
        "In a process of its own: what is undefined crashes",
        arguments: [
            ("s", NativeError.crashed(packet: 1, signal: SIGSEGV)), ("o", .caught(packet: 1, .memoryError)),
            ("h", .caught(packet: 1, .memoryError)), ("v", .caught(packet: 1, .memoryError)),
            ("2", .caught(packet: 1, .touchedAfterEnd)), ("p", .caught(packet: 1, .brokenContract)),
            ("u", .crashed(packet: 1, signal: SIGILL)), ("l", .outsidePacket(packet: 1)),
            ("r", .crashed(packet: 1, signal: SIGSEGV)), ("m", .tooManyOutputs(packet: 1)),
        ])
    func ownProcessCrashes(packet: String, expected: NativeError) async throws {
        // Much input behind the crash, which nobody reads.
        let result = try await run(["fa", packet] + Array(repeating: String(repeating: "f", count: 60000), count: 5))
        #expect(result.failure == expected)
        #expect(result.outcomes.first?.outputs == [NativeOutput(port: 4, bytes: bytes("fa"))])
        #expect(result.outcomes.count == 2)
    }

    @Test("In a process of its own: what never ends is stopped")
    func endless() async throws {
        let result = try await run(["fa", "e", "fa"], processorSeconds: 0.2)
        #expect(result.failure == .caught(packet: 1, .endless))
        #expect(result.outcomes.count == 2)
        await #expect(throws: NativeError.timedOut(seconds: 0.5)) { try await run(["e"], timeout: 0.5) }
    }

    @Test("A strict run knows the ports that there are")
    func unknownPort() async throws {
        #expect(try await run(["f"], ports: [3, 4]).failure == nil)
        #expect(try await run(["f"], ports: [3, 5]).failure == .caught(packet: 0, .unknownPort))
    }

    @Test("A decision on a value that was never written stops the run that watches for it, and no other")
    func uninitialised() async throws {
        #expect(try await run(["i"]).failure == nil)
        #expect(try await run(["fa", "i"], variant: .initialised).failure == .caught(packet: 1, .uninitialised))
    }

    @Test(
        "Where it happened: the middlebox's own line, not the runtime's or the library's",
        arguments: [
            ("o", NativeCompiler.Variant.strict, "counter = packet->data[packet->length]"),
            ("u", .strict, "1u << (zero + 40)"),
            ("p", .strict, "pool_refresh(&indices"), ("2", .strict, "packet->data[1] = 'x'"),
            ("s", .strict, "*(volatile int *)"), ("e", .strict, "while (zero == 0)"),
            ("i", .initialised, "local[zero + 1] == 7"),
        ])
    func place(packet: String, variant: NativeCompiler.Variant, text: String) async throws {
        let result = try await run([packet], variant: variant)
        let place = try #require(result.place)
        #expect(place.file.hasSuffix("/box.c"))
        let lines = NativeFixture.text(Self.source).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[place.line - 1].contains(text), "\(place)")
        #expect(place.column > 0)
    }
}
