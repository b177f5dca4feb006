import Testing

@testable import SymbolicExecution

/// Random C over integers of all sizes: the summaries compute what the compiled program computes, and checks fail on exactly the packets
/// on which the program traps.
@Suite struct RandomProgramTests {
    /// Writes C. All that it writes compiles without a warning; undefined behaviour is there in places.
    private struct Writer {
        var random: SplitMix
        let types = ["int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "bool"]
        var variables: [String] = []

        mutating func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "0" }

        /// Each intermediate result is given a type, so that the widths vary.
        mutating func expression(_ depth: Int) -> String {
            let type = pick(types)
            if depth == 0 || any(0...5) == 0 {
                switch any(0...3) {
                case 0: return "(\(type))\(any(0...1) == 0 ? any(0...9) : any(0...70000))u"
                case 1 where !variables.isEmpty: return pick(variables)
                default: return "(\(type))p[\(any(0...15))]"
                }
            }
            let a = expression(depth - 1)
            let b = expression(depth - 1)
            let unsigned = pick(["uint8_t", "uint16_t", "uint32_t", "uint64_t"])
            switch any(0...15) {
            case 0...3:
                return "(\(type))((\(unsigned))(\(a)) \(pick(["+", "-", "*", "&", "|", "^"])) (\(unsigned))(\(b)))"
            // May overflow where the operands are int or longer.
            case 4: return "(\(type))((\(a)) \(pick(["+", "-", "*"])) (int8_t)(\(b)))"
            case 5: return "(\(type))((\(a)) >> ((uint8_t)(\(b)) & 7))"
            // May shift too far, or a negative number.
            case 6: return "(\(type))((int32_t)(\(a)) << ((uint8_t)(\(b)) & 31))"
            case 7: return "(\(type))((\(unsigned))(\(a)) << ((uint8_t)(\(b)) & 7))"
            // May divide by zero.
            case 8: return "(\(type))((uint32_t)(\(a)) / (uint8_t)(\(b)))"
            case 9: return "(\(type))((int16_t)(\(a)) % ((int8_t)((\(b)) & 15) + 1))"
            case 10:
                return "(\(type))((\(unsigned))(\(a)) \(pick(["<", "<=", ">", ">=", "==", "!="])) (\(unsigned))(\(b)))"
            case 11: return "(\(type))((int32_t)(\(a)) \(pick(["<", "<=", ">", ">="])) (int32_t)(\(b)))"
            case 12: return "(\(type))((\(a)) ? (\(unsigned))(\(b)) : (\(unsigned))\(expression(depth - 1)))"
            case 13: return "(\(type))__builtin_bswap\(pick(["16", "32", "64"]))((\(unsigned))(\(a)))"
            case 14: return "(\(type))~(\(unsigned))(\(a))"
            default: return "(\(type))(-(int64_t)(int32_t)(\(a)) / 3)"
            }
        }

        mutating func program() -> String {
            var lines: [String] = []
            for number in 0..<8 {
                let value = expression(3)
                lines.append("\(pick(types)) v\(number) = (\(pick(types)))(\(value));")
                variables.append("v\(number)")
                switch any(0...4) {
                case 0:
                    lines.append(
                        "if (\(expression(1))) v\(number) ^= 1; else p[\(any(0...15))] = (uint8_t)\(expression(1));")
                case 1:
                    lines.append(
                        "*(\(pick(["uint16_t", "int32_t", "uint32_t", "uint64_t"])) *)(p + (v\(number) & 7)) += v\(number) != 0;"
                    )
                case 2: lines.append("p[(uint8_t)v\(number) & 15] ^= (uint8_t)v\(number);")
                default: lines.append("p[\(any(0...15))] = (uint8_t)((uint64_t)v\(number) >> \(8 * any(0...1)));")
                }
            }
            return """
                void packet_arrives(struct packet *packet) {
                    uint8_t *p = packet_bytes(packet, 0, 16);
                    if (p == NULL) return packet_drop(packet);
                    \(lines.joined(separator: "\n    "))
                    packet_emit(packet, (uint32_t)v0 & 1);
                }
                """
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func agrees(_ seed: UInt64) async throws {
        var writer = Writer(random: SplitMix(state: seed &* 977 + 3))
        let box = try await Box(
            "#pragma clang diagnostic ignored \"-Weverything\"\n" + writer.program())
        #expect(box.unknown.isEmpty)
        var handled = 0
        // Each packet alone, as a trap ends a run.
        let arrivals = writer.random.arrivals(14, length: 16...16, step: 0)
        for arrival in arrivals {
            let reactions = try await compare(box, [arrival])
            switch reactions.first {
            case .handled?: handled += 1
            case .failed(let kinds)?:
                #expect(kinds == [.noUndefinedBehaviour])
                let native = try await box.native([arrival], configuration: nil, variant: .strict)
                #expect(native.failure != nil, "a check fails on \(arrival), and the program does not trap")
            case .unknown?, .paths?, nil: Issue.record("\(reactions)")
            }
        }
        // Programs that trap on everything say little; these do not.
        if [5, 7, 10].contains(seed) { #expect(handled > 10) }
    }
}
