import Testing

/// C's `memcmp`.
@Suite struct CompareMemoryTests {
    @Test("Equal bytes, and the sign of the first difference")
    func comparison() async throws {
        try await Box(
            """
            #include <string.h>
            uint32_t less, equal, greater;

            void packet_arrives(struct packet *packet) {
                static const uint8_t pattern[3] = {1, 128, 3};
                uint8_t *bytes = packet_bytes(packet, 0, 3);
                if (bytes == NULL) return packet_drop(packet);
                int result = memcmp(bytes, pattern, sizeof pattern);
                less = result < 0;
                equal = result == 0;
                greater = result > 0;
                if (memcmp(bytes, pattern, 0) != 0) packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                let bytes(p) = p.ethernet.destination
                let prefix = 0x018003 * 0x1000000
                property is_less // proved
                  when p enters any
                  where p has ethernet
                  then less == 1 implies bytes(p) < prefix
                  then bytes(p) < prefix implies less == 1 and greater == 0
                property is_equal // proved
                  when p enters any
                  where bytes(p) & 0xFFFFFF000000 == prefix
                  then equal == 1 and less == 0 and greater == 0
                property is_greater // proved
                  when p enters any
                  where bytes(p) >= prefix + 0x1000000
                  then greater == 1 and equal == 0
                property never_equal // refuted
                  when p enters any
                  where p has ethernet
                  then equal == 0
                property signed // refuted
                  when p enters any
                  where p has ethernet and p.ethernet.destination >= 0x01FF00000000
                  then less == 1
                """
        ).expectVerdicts()
    }

    @Test("Nothing more than the sign is known")
    func magnitude() async throws {
        try await Box(
            """
            #include <string.h>
            int result;

            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 2);
                if (bytes == NULL) return packet_drop(packet);
                result = memcmp(bytes, bytes + 1, 1);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property zero_or_one // unproved
                  when p enters any
                  then result == 0 or result == 1 or result == 0xFFFFFFFF
                """
        ).expectVerdicts()
    }

    @Test("It reads no more than there is, and nothing that was never written")
    func memory() async throws {
        try await Box(
            """
            #include <string.h>

            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 2);
                if (bytes == NULL) return packet_drop(packet);
                static const uint8_t pattern[3] = {1, 2, 3};
                if (memcmp(bytes, pattern, 3) == 0) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """, spec: ""
        ).expectVerdicts(checks: [.memorySafe: .refuted])
        try await Box(
            """
            #include <string.h>

            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 3);
                if (bytes == NULL) return packet_drop(packet);
                uint8_t pattern[3];
                pattern[0] = bytes[0];
                if (memcmp(bytes, pattern, 3) == 0) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """, spec: ""
        ).expectVerdicts(checks: [.noUninitialisedMemory: .refuted])
    }

    @Test("A variable number of bytes is not followed")
    func variable() async throws {
        let reports = try await Box(
            """
            #include <string.h>

            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 8);
                if (bytes == NULL) return packet_drop(packet);
                if (memcmp(bytes, bytes + 4, bytes[0] & 3) == 0) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """, spec: ""
        ).reports()
        #expect(reports["memory_safe"]?.verdict == .inconclusive)
        #expect(reports["memory_safe"]?.reason?.contains("variable number of bytes") == true)
    }
}
