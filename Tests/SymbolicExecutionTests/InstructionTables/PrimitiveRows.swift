/// A call of one of the runtime's functions. Operands are bytes of the packet, the result is written into it.
struct PrimitiveRow: Sendable {
    /// As in `Executor.primitives`.
    let primitive: String
    /// What the packet's bytes from the second on mean.
    let operands: [String]
    /// C over `p`, the packet's bytes: operands from `p[1]` on, the result from `p[8]` on.
    let body: String
    /// Whether the body hands the packet on; else it is emitted.
    var handsOn = false
}

/// One call: the row, its operands, and the packet's time.
struct PrimitiveCall: Sendable {
    let primitive: String
    let operands: [UInt8]
    var time: UInt64 = 0
}

/// Rows of the runtime's functions that deal with state, checksums and packets. Those that compare memory are in `ConstructRows`.
enum PrimitiveRows {
    static let all: [PrimitiveRow] = [
        PrimitiveRow(
            primitive: "gravel_map_find", operands: ["key"],
            body:
                "uint16_t *v = map_find(&table, &key); p[8] = v != NULL; if (v) { p[9] = (uint8_t)*v; p[10] = (uint8_t)((*v)++ >> 8); }"
        ),
        PrimitiveRow(
            primitive: "gravel_map_insert", operands: ["key", "lifetime", "value"],
            body: "uint16_t v = (uint16_t)(p[3] * 257u); p[8] = map_insert(&table, &key, &v, lifetime);"),
        PrimitiveRow(
            primitive: "gravel_map_refresh", operands: ["key", "lifetime"],
            body: "p[8] = map_refresh(&table, &key, lifetime);"),
        PrimitiveRow(primitive: "gravel_map_remove", operands: ["key"], body: "p[8] = map_remove(&table, &key);"),
        PrimitiveRow(
            primitive: "pool_allocate", operands: ["first", "lifetime", "count"],
            body: "uint32_t i = pool_allocate(&pool, p[1], p[3], lifetime); __builtin_memcpy(p + 8, &i, 4);"),
        PrimitiveRow(
            primitive: "pool_refresh", operands: ["index", "lifetime"],
            body: "p[8] = pool_refresh(&pool, p[1], lifetime);"),
        PrimitiveRow(primitive: "pool_release", operands: ["index"], body: "p[8] = pool_release(&pool, p[1]);"),
        PrimitiveRow(
            primitive: "checksum_replace_16",
            operands: [
                "checksum", "checksum's second byte", "before", "before's second byte", "after", "after's second byte",
            ],
            body:
                "be16 w[3]; __builtin_memcpy(w, p + 1, 6); w[0] = checksum_replace_16(w[0], w[1], w[2]); __builtin_memcpy(p + 8, w, 2);"
        ),
        PrimitiveRow(
            primitive: "checksum_of", operands: ["first", "second", "third", "fourth", "fifth"],
            body:
                "be16 odd = checksum_of(p + 1, 5), none = checksum_of(p, 0), all = checksum_of(packet->data, 16); __builtin_memcpy(p + 8, &odd, 2); __builtin_memcpy(p + 10, &none, 2); __builtin_memcpy(p + 12, &all, 2);"
        ),
        PrimitiveRow(
            primitive: "packet_push", operands: ["value"],
            body:
                "p[8]++; if (packet_push(packet, 20)) { packet->data[3] = packet->data[21]; packet->data[19] = packet_push(packet, 237); packet_push(packet, 3); }"
        ),
        PrimitiveRow(
            primitive: "packet_pull", operands: ["size"],
            body:
                "uint32_t size = p[1]; bool is_there = packet_pull(packet, size); if (packet->length > 0) packet->data[packet->length - 1] = is_there; if (packet_push(packet, 2)) packet->data[1] = 9;"
        ),
        PrimitiveRow(primitive: "packet_emit", operands: ["port"], body: "packet_emit(packet, p[1]);", handsOn: true),
        PrimitiveRow(
            primitive: "packet_emit_copy", operands: ["port"],
            body: "packet_emit_copy(packet, p[1]); p[8]++; packet_emit_copy(packet, inside);"),
        PrimitiveRow(primitive: "packet_drop", operands: [], body: "packet_drop(packet);", handsOn: true),
    ]

    /// The middlebox whose packets are calls: the first byte is the row.
    static var source: String {
        let cases = all.enumerated().map { index, row in
            "    case \(index): { \(row.body) \(row.handsOn ? "return" : "break"); }"
        }
        return """
            MAP(table, uint8_t, uint16_t, 2);
            POOL(pool, 6);
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet_bytes(packet, 0, 16);
                if (p == NULL) return packet_drop(packet);
                uint8_t key = p[1];
                seconds lifetime = (uint32_t)(int8_t)p[2];
                switch (p[0]) {
            \(cases.joined(separator: "\n"))
                }
                packet_emit(packet, outside);
            }
            """
    }

    /// Calls from the initial state on, sequence by sequence. A call that the contract forbids ends its sequence.
    static var sequences: [[PrimitiveCall]] { maps + pools + checksums + packets + mixed }

    private static let second: UInt64 = 1_000_000_000

    private static func call(_ primitive: String, _ operands: [UInt8], at time: UInt64 = 0) -> PrimitiveCall {
        PrimitiveCall(primitive: primitive, operands: operands, time: time)
    }

    // Lifetimes of 0, 1, and the longest (0xFF, as a signed byte); looked at just before, at and behind the deadline.
    private static let maps: [[PrimitiveCall]] = [0, 1, 0xFF].flatMap { (lifetime: UInt8) -> [[PrimitiveCall]] in
        let deadline = (lifetime == 0xFF ? 0xFFFF_FFFF : UInt64(lifetime)) * second
        let start: UInt64 = 7
        return [deadline == 0 ? 0 : deadline - 1, deadline, deadline + 1].flatMap { after in
            ["gravel_map_find", "gravel_map_refresh", "gravel_map_remove", "gravel_map_insert"].map { primitive in
                let time = start + after
                return [
                    call("gravel_map_insert", [5, lifetime, 9], at: start), call(primitive, [5, 1, 3], at: time),
                    call("gravel_map_find", [5], at: time), call("gravel_map_find", [6], at: time),
                    call("gravel_map_insert", [6, 1, 1], at: time), call("gravel_map_insert", [7, 1, 2], at: time),
                    call("gravel_map_insert", [6, 2, 4], at: time), call("gravel_map_find", [6], at: time + second),
                ]
            }
        }
    }

    private static let pools: [[PrimitiveCall]] =
        [0, 1, 0xFF].map { (lifetime: UInt8) in
            let deadline = (lifetime == 0xFF ? 0xFFFF_FFFF : UInt64(lifetime)) * second
            return [
                call("pool_allocate", [2, lifetime, 2]), call("pool_allocate", [2, 1, 2]),
                call("pool_allocate", [2, 1, 2]),
                call("pool_allocate", [0, 1, 0]), call("pool_allocate", [6, 1, 0]), call("pool_refresh", [2, 2]),
                call("pool_refresh", [5, 2]), call("pool_release", [3]), call("pool_release", [3]),
                call("pool_allocate", [0, 1, 6]), call("pool_allocate", [0, 1, 6], at: deadline / 2),
                call("pool_allocate", [1, 1, 3], at: deadline), call("pool_release", [2], at: deadline),
                call("pool_allocate", [2, 3, 1], at: deadline + 1),
                call("pool_refresh", [0, 0], at: deadline + 2 * second),
            ]
        } + [
            [call("pool_allocate", [3, 1, 4])], [call("pool_allocate", [7, 1, 0])], [call("pool_refresh", [6, 1])],
            [call("pool_release", [0xFF])],
        ]

    private static let checksums: [[PrimitiveCall]] = {
        let words: [[UInt8]] = [[0, 0], [0, 1], [0xFF, 0xFE], [0xFF, 0xFF], [0x80, 0]]
        let edges = words.flatMap { a in words.flatMap { b in words.map { a + b + $0 } } }
        var random = SplitMix(state: 12)
        let others = (0..<20).map { _ in (0..<6).map { _ in UInt8.random(in: 0...255, using: &random) } }
        return [
            (edges + others).map { call("checksum_replace_16", $0) },
            (edges + others).map { call("checksum_of", Array($0.prefix(5))) },
        ]
    }()

    private static let packets: [[PrimitiveCall]] = [
        [
            call("packet_emit", [0]), call("packet_drop", []), call("packet_emit", [1]), call("packet_emit_copy", [1]),
            call("packet_emit_copy", [0]),
        ],
        [
            call("packet_push", [0]), call("packet_push", [7]), call("packet_pull", [0]), call("packet_pull", [1]),
            call("packet_pull", [7]), call("packet_pull", [8]), call("packet_pull", [15]), call("packet_pull", [16]),
            call("packet_pull", [17]), call("packet_pull", [0xFF]),
        ],
        [call("packet_emit", [2])], [call("packet_emit", [0xFF])], [call("packet_emit_copy", [2])],
    ]

    private static let mixed: [[PrimitiveCall]] = {
        var random = SplitMix(state: 13)
        let choices = all.filter { !$0.primitive.hasPrefix("packet") }
        return (0..<4).map { _ in
            var time: UInt64 = 0
            return (0..<30).map { _ in
                time += UInt64.random(in: 0...2, using: &random) * (second / 2)
                let row = choices[Int.random(in: 0..<choices.count, using: &random)]
                let operands = row.operands.map { _ in UInt8.random(in: 0...2, using: &random) }
                return call(row.primitive, operands, at: time)
            }
        }
    }()
}
