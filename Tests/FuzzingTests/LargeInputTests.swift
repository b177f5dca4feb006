import Foundation
import ReaderFuzzing
import Testing

/// Inputs that are larger, or nest deeper, than fuzzers make them. Most of them once took minutes, or more of the stack than there is.
@Suite struct LargeInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String

        var testDescription: String { name }

        init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    static let specs: [Case] = [
        .init("no spec at all", "middlebox nat " + String(repeating: "@ ", count: 20_000)),
        .init("many ports", "middlebox nat\nports " + list(10_000) { "p\($0)" }),
        .init("a long tuple", "middlebox nat\nlet a = (" + list(10_000) { "p\($0)" } + ")"),
        .init("many citations", "middlebox nat\nproperty a\n  cites " + list(10_000) { "RFC \($0)" }),
        .init(
            "many properties",
            "middlebox nat\n"
                + (0..<2_000).map { "property a\($0)\n  when p enters any\n  then p is dropped\n" }.joined()
        ),
        .init(
            "chains in chains", "middlebox nat\nassume " + nested(39, by: [" and true", " or true"], around: "true")),
        .init("sums in sums", "middlebox nat\nassume " + nested(39, by: [" * 1", " + 1"], around: "1") + " == 1"),
        .init("members of members", "middlebox nat\nassume " + nested(39, by: [".a"], around: "p") + " == 1"),
        .init(
            "definitions in definitions",
            "middlebox nat\nlet a0 = true\n"
                + (1..<100).map { "let a\($0) = a\($0 - 1)" + String(repeating: " and true", count: 99) + "\n" }
                .joined()
                + "assume a99\n"
        ),
        .init("a long name", "middlebox nat\nports inside, outsid" + String(repeating: "e", count: 50_000)),
    ]

    static let yaml: [Case] = [
        .init("lists of aliases as a key", bomb + "? *a11\n: 1\n"),
        .init("lists of aliases as a value", bomb + "configuration: *a11\n"),
        .init("brackets", String(repeating: "[", count: 50_000)),
        .init("nested keys", String(repeating: "{? ", count: 900) + "1" + String(repeating: "}", count: 900)),
        .init("dashes", String(repeating: "- ", count: 5_000) + "1"),
        .init("many names", "configuration:\n" + (0..<5_000).map { "  a\($0): 1\n" }.joined()),
        .init("a long number", "- {at: " + String(repeating: "1", count: 100_000) + ", forget: {}}"),
    ]

    @Test(arguments: specs) func specsAreAnswered(_ test: Case) { check(.specs, test) }

    @Test(arguments: yaml) func yamlIsAnswered(_ test: Case) {
        check(.configurations, test)
        check(.operations, test)
    }

    private func check(_ reader: FuzzedReader, _ test: Case) {
        let start = ContinuousClock.now
        do throws(BrokenPromise) {
            try reader.check(Array(test.text.utf8))
        } catch {
            Issue.record("\(reader.rawValue): \(error)")
        }
        // Far more than any takes: other tests run at the same time.
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    private static func list(_ count: Int, _ item: (Int) -> String) -> String {
        (0..<count).map(item).joined(separator: ", ")
    }

    /// Ninety-eight of each in parentheses, around the same.
    private static func nested(_ depth: Int, by parts: [String], around middle: String) -> String {
        let chains = parts.map { String(repeating: $0, count: 98) }.joined()
        return String(repeating: "(", count: depth) + middle + String(repeating: ")" + chains, count: depth)
    }

    /// Each list names the one before nine times.
    private static let bomb =
        "a0: &a0 [1]\n"
        + (1..<12).map {
            "a\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", ") + "]\n"
        }.joined()
}
