import Diagnostics
import Testing

@Suite struct NearNameTests {
    @Test(arguments: [
        ("sorce", "source"), ("soruce", "source"), ("ip4", "ipv4"), ("tpc", "tcp"), ("udp_lifetim", "udp_lifetime"),
        ("Source", "source"), ("destination_prot", "destination_port"),
    ])
    func misspeltNamesAreNear(misspelt: String, meant: String) {
        let names = ["source", "destination_port", "ipv4", "ipv6x", "tcp", "udp_lifetime"]
        #expect(nearestName(to: misspelt, in: names) == meant)
    }

    @Test(arguments: ["q", "window", "", "xyz", "sr"])
    func otherNamesAreNot(name: String) {
        #expect(nearestName(to: name, in: ["p", "source", "ipv4", "tcp"]) == nil)
    }

    @Test func aNameIsNotNearItself() { #expect(nearestName(to: "tcp", in: ["tcp"]) == nil) }
}

@Suite struct DiagnosticRendererTests {
    private let file = SourceFile(path: "a.gravel", text: "one\n\tzwö drei == vier\n")

    @Test func tabsAndWideBytesKeepTheCaretInPlace() {
        // `drei` starts at byte 7 of its line: a tab, three letters of four bytes, a space.
        let span = SourceSpan(file: "a.gravel", line: 2, column: 7, endColumn: 11)
        let text = DiagnosticRenderer(sources: [file]).render(Diagnostic("no", at: span, hints: ["yes"]))
        #expect(text == "a.gravel:2:7: error: no\n   2 | \tzwö drei == vier\n     | \t    ^~~~\n     = yes\n")
    }

    /// Files of Windows have a carriage return before each line feed, which Swift takes as one character with it.
    @Test func carriageReturnsDoNotHideLines() {
        let file = SourceFile(path: "a.gravel", text: "one\r\ntwo\r\n")
        let span = SourceSpan(file: "a.gravel", line: 2, column: 1, endColumn: 4)
        let text = DiagnosticRenderer(sources: [file]).render(Diagnostic("no", at: span))
        #expect(text == "a.gravel:2:1: error: no\n   2 | two\n     | ^~~\n")
    }

    /// What a source has between its characters does not reach the terminal.
    @Test func controlCharactersAreNotHandedOn() {
        let file = SourceFile(path: "a.gravel", text: "a\u{1B}[2J\rb c\n")
        let span = SourceSpan(file: "a.gravel", line: 1, column: 9, endColumn: 10)
        let text = DiagnosticRenderer(sources: [file]).render(Diagnostic("no", at: span))
        #expect(text == "a.gravel:1:9: error: no\n   1 | a\u{FFFD}[2J\u{FFFD}b c\n     |         ^\n")
    }

    @Test func endlessLinesAreNotShown() {
        let file = SourceFile(path: "a.gravel", text: String(repeating: "a ", count: DiagnosticRenderer.longestLine))
        let span = SourceSpan(file: "a.gravel", line: 1, column: 9, endColumn: 10)
        #expect(DiagnosticRenderer(sources: [file]).render(Diagnostic("no", at: span)) == "a.gravel:1:9: error: no\n")
    }

    @Test func placesOutsideTheSourcesAreNamedOnly() {
        let renderer = DiagnosticRenderer(sources: [file])
        let beyond = SourceSpan(file: "a.gravel", line: 9, column: 1, endColumn: 2)
        #expect(renderer.render(Diagnostic("no", at: beyond)) == "a.gravel:9:1: error: no\n")
        let other = SourceSpan(file: "b.c", line: 1, column: 1, endColumn: 2)
        #expect(renderer.render(Diagnostic("no", severity: .warning, at: other)) == "b.c:1:1: warning: no\n")
        #expect(renderer.render(Diagnostic("no file", at: nil)) == "error: no file\n")
    }

    @Test func columnsBeyondTheLineDoNotTrap() {
        let span = SourceSpan(file: "a.gravel", line: 1, column: 40, endColumn: 60)
        #expect(DiagnosticRenderer(sources: [file]).render(Diagnostic("no", at: span)).contains("^"))
    }

    @Test func colorIsOptional() {
        let span = SourceSpan(file: "a.gravel", line: 1, column: 1, endColumn: 4)
        let colored = DiagnosticRenderer(sources: [file], usesColor: true).render(Diagnostic("no", at: span))
        #expect(colored.contains("\u{1B}[1;31merror:\u{1B}[0m"))
        #expect(!DiagnosticRenderer(sources: [file]).render(Diagnostic("no", at: span)).contains("\u{1B}"))
    }
}
