import Diagnostics
import Testing

@testable import SpecLanguage

@Suite struct FormatterTests {
    private func format(_ text: String) throws -> String {
        try Formatter.format(SourceFile(path: "t.gravel", text: text))
    }

    @Test(arguments: ["nat.gravel", "nop.gravel"])
    func bundledSpecsAreCanonical(name: String) throws {
        let text = try Environments.file(name).text
        #expect(try format(text) == text)
    }

    @Test func layoutIsOnePerClause() throws {
        let messy = """
            // About.
            middlebox  nat ports inside,outside assume config.first_port>=1 // at least
            let f ( p )=( p.ipv4.source,1 )
            let g = 2 property x cites RFC 1 ,RFC 2  // both
            when p enters any,q leaves any where f(p)in outbound then
              q==p   // said of all
            // Behind.
            invariant i for a,b in outbound:a!=b implies not(outbound [ a ]==b)
            // The end.
            """
        let expected = """
            // About.
            middlebox nat
              ports inside, outside
              assume config.first_port >= 1  // at least

            let f(p) = (p.ipv4.source, 1)
            let g = 2

            property x
              cites RFC 1, RFC 2  // both
              when p enters any, q leaves any
              where f(p) in outbound
              then q == p  // said of all

            // Behind.
            invariant i
              for a, b in outbound: a != b implies not (outbound[a] == b)

            // The end.

            """
        #expect(try format(messy) == expected)
        #expect(try format(expected) == expected)
    }

    @Test func commentsInsideAClauseStay() throws {
        let text = """
            middlebox nat
            assume config.first_port >= 1 // low
              // and
              and config.last_port >= 1
            """
        let expected = """
            middlebox nat
              assume config.first_port >= 1  // low
                // and
                and config.last_port >= 1

            """
        #expect(try format(text) == expected)
        #expect(try format(expected) == expected)
    }

    @Test func longClausesAreBroken() throws {
        let condition = (1...12).map { "config.first_port != \($0)" }.joined(separator: " and ")
        let text = try format("middlebox nat\ninvariant i for a in outbound: \(condition) and (\(condition))\n")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= Formatter.lineLength })
        #expect(text.contains("  for a in outbound:\n    config.first_port != 1 and"))
        #expect(try format(text) == text)
    }

    @Test func mistakesAreNotFormatted() {
        #expect(throws: SpecError.self) { try format("middlebox nat\nproperty x\n  when p enters\n") }
    }

    /// Only tokens and comments count.
    @Test(arguments: ["nat.gravel", "nop.gravel"], 0..<25)
    func layoutBeforeDoesNotMatter(name: String, seed: Int) throws {
        let file = try Environments.file(name)
        var random = SeededGenerator(seed: UInt64(seed))
        let tokens = Lexer.tokens(of: file).tokens
        var text = ""
        for (index, token) in tokens.enumerated() {
            for comment in token.comments {
                // A comment stays alone on its line or behind what it was behind.
                if comment.isAlone { text += text.isEmpty || text.hasSuffix("\n") ? "" : "\n" } else { text += " " }
                text += comment.text + "\n"
            }
            let previous = index > 0 ? tokens[index - 1] : nil
            let isCitation = token.kind == .citation || (previous?.kind == .citation && token.isSymbol(","))
            if previous?.kind == .citation && !isCitation { text += "\n" }
            let spaces = isCitation ? [" ", "   "] : [" ", "\n", "\n\n   ", "\t ", "\r\n"]
            // Citations run to the end of the line; the place behind them is taken care of above.
            text += (spaces.randomElement(using: &random) ?? " ") + token.text
        }
        #expect(try format(text) == file.text)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
