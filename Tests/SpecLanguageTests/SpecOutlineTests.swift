import Diagnostics
import SpecLanguage
import Testing

@Suite struct SpecOutlineTests {
    private func outline(_ text: String) throws -> SpecOutline {
        try SpecOutline(SourceFile(path: "box.gravel", text: text))
    }

    private static let spec = """
        middlebox box
          ports inside, outside
          assume limit <= 7
        let inner(p) = p.length let limit = config.limit
        let outer(p) = inner(p) + 1
        let unused = 3
        model machine
          when p enters inside
          then p is dropped
        property first
          cites RFC 1
          when p enters any where outer(p) == 1 then p is dropped
        property second
          refines machine
        invariant third
          for e in table: table[e].size <= limit
        """

    @Test func statementsHaveWhatTheyRestOn() throws {
        let outline = try outline(Self.spec)
        #expect(outline.assumptions.map(\.text) == ["assume limit <= 7"])
        #expect(outline.assumptions[0].meaning == ["assume limit <= 7", "let limit = config.limit"])
        #expect(outline.properties.map(\.name) == ["first", "second", "third"])
        let meanings = outline.properties.map(\.statement.meaning)
        #expect(
            meanings[0] == [
                "property\n  cites RFC 1\n  when p enters any\n  where outer(p) == 1\n  then p is dropped",
                "let inner(p) = p.length", "let outer(p) = inner(p) + 1",
            ])
        #expect(meanings[1].count == 2 && meanings[1][1].hasPrefix("model machine"))
        #expect(meanings[2].last == "let limit = config.limit")
    }

    @Test func layoutAndCommentsDoNotCount() throws {
        let other = "// first\n" + Self.spec.replacing("\n", with: "  // so\n\n")
        let (a, b) = (try outline(Self.spec), try outline(other))
        #expect(a.properties.map(\.statement.text) == b.properties.map(\.statement.text))
        #expect(a.properties.map(\.statement.meaning) == b.properties.map(\.statement.meaning))
    }

    @Test func whatIsNoSpecHasNone() {
        #expect(throws: SpecError.self) { try outline("middlebox box\nproperty p then") }
    }
}
