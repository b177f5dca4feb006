import Dataflow
import Testing

@testable import Verification

/// What holds of all packets on an edge: no less than every way there has decided, and no more.
@Suite struct EdgeFactTests {
    /// `first`, `second`: what two ways to the last element decide and do.
    private func facts(_ first: String, _ second: String) async throws -> [String: ElementGraph.EdgeFact] {
        let graph = try await Box(
            """
            static void last(struct packet *packet) {
                if (packet->length > 100) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            static void middle(struct packet *packet, struct ipv4_header *ipv4) {
                if (packet->length > 200) {
                    \(first)
                    return last(packet);
                }
                \(second)
                last(packet);
            }
            void packet_arrives(struct packet *packet) {
                const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
                struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
                if (ipv4 == NULL || ipv4_version(ipv4) != 4) return packet_drop(packet);
                middle(packet, ipv4);
            }
            """, spec: ""
        ).graphWithFacts()
        let facts = graph.edges.compactMap { edge in edge.fact.map { (edge.from, $0) } }
        return Dictionary(facts, uniquingKeysWith: { first, _ in first })
    }

    private let udp = "if (ipv4->protocol != PROTOCOL_UDP) return packet_drop(packet);"

    @Test("What all ways have decided is a fact, behind those who decided it too")
    func common() async throws {
        let facts = try await facts(udp, udp)
        #expect(facts["packet_arrives"]?.facts.contains("ethernet.type == 0x800") == true)
        #expect(facts["packet_arrives"]?.headers == ["ethernet"])
        // The headers' table knows no IPv4 header that is too short, and nobody has looked.
        #expect(facts["middle"]?.headers == ["ethernet"])
        #expect(facts["middle"]?.facts.contains("ethernet.type == 0x800") == true)
    }

    @Test("A header is there where its length was looked at")
    func headers() async throws {
        let length =
            "if (ipv4_header_length(ipv4) < 20 || 14 + ipv4_header_length(ipv4) > packet->length) return packet_drop(packet);"
        let facts = try await facts(length + udp, length + udp)
        #expect(facts["middle"]?.headers == ["ethernet", "ipv4"])
        #expect(facts["middle"]?.facts.contains("ipv4.protocol == 17") == true)
        // One way that has not looked is enough.
        let less = try await self.facts(length + udp, udp)
        #expect(less["middle"]?.headers == ["ethernet"])
    }

    @Test("What one way has not decided is none", arguments: [false, true])
    func onlyOne(isFirst: Bool) async throws {
        let length =
            "if (ipv4_header_length(ipv4) < 20 || 14 + ipv4_header_length(ipv4) > packet->length) return packet_drop(packet);"
        let facts = try await facts(length + (isFirst ? udp : ""), length + (isFirst ? "" : udp))
        #expect(facts["middle"]?.headers == ["ethernet", "ipv4"])
        #expect(facts["middle"]?.facts.contains { $0.hasPrefix("ipv4.protocol") } == false)
    }

    @Test("What was written since is none", arguments: [false, true])
    func written(isFirst: Bool) async throws {
        let length =
            "if (ipv4_header_length(ipv4) < 20 || 14 + ipv4_header_length(ipv4) > packet->length) return packet_drop(packet);"
        let write = "ipv4->protocol = (uint8_t)packet->length;"
        let facts = try await facts(length + udp + (isFirst ? write : ""), length + udp + (isFirst ? "" : write))
        #expect(facts["middle"]?.headers == ["ethernet", "ipv4"])
        #expect(facts["middle"]?.facts.contains { $0.hasPrefix("ipv4.protocol") } == false)
    }
}
