import Testing

/// Each kind of mistake in a claim about two runs, and what is said of it.
@Suite struct IndependenceDiagnosticsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let spec: String
        let expected: String

        var testDescription: String { name }
    }

    private static let head = "middlebox nat\n  ports inside, outside\nproperty x\n"

    @Test(arguments: cases) func isReported(_ test: Case) {
        #expect(Environments.diagnostics(Self.head + test.spec) == test.expected + "\n")
    }

    static let cases: [Case] = [
        Case(
            name: "noDifference",
            spec: """
                  when p enters any
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "nothingSame",
            spec: """
                  when p enters any
                  different p.payload
                """,
            expected: """
                ?
                """),
        Case(
            name: "movesHeaders",
            spec: """
                  when p enters any
                  different p.ipv4.header_length
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "movesTransport",
            spec: """
                  when p enters any
                  different p.ipv4.source, p.ipv4.protocol
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "movesPorts",
            spec: """
                  when p enters any
                  different p.icmp.type
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "configuration",
            spec: """
                  when p enters any
                  different config.first_port
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "whatLeaves",
            spec: """
                  when p enters any, q leaves any
                  different q.ipv4.source
                  same q.length
                """,
            expected: """
                ?
                """),
        Case(
            name: "nothingThatDiffers",
            spec: """
                  when p enters any
                  different p.length + 1
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "wholeHeader",
            spec: """
                  when p enters any
                  different p.ipv4
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "unknownObject",
            spec: """
                  when p enters any
                  different outbuond
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "noKeys",
            spec: """
                  when p enters any
                  different drops except 1
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "noKeysOfFields",
            spec: """
                  when p enters any
                  different p.payload except 1
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "wrongKey",
            spec: """
                  when p enters any
                  different outbound except 1
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "keyDiffers",
            spec: """
                  when p enters any
                  different p.ipv4.source, outbound except (p.ipv4.source, 1, 6)
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "keyDiffersByTime",
            spec: """
                  when p enters any
                  different now, ports except now
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "partOfAnObject",
            spec: """
                  when p enters any
                  different table[1]
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "twice",
            spec: """
                  when p enters any
                  different ports except 1, ports except 2
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "exceptOfAll",
            spec: """
                  when p enters any
                  different state except 1
                  same p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "otherForm",
            spec: """
                  when p enters any
                  different p.payload
                  same p is dropped
                  then p is dropped
                """,
            expected: """
                ?
                """),
        Case(
            name: "notComparable",
            spec: """
                  when p enters any, q leaves any
                  different p.payload
                  same q.ipv4, table
                """,
            expected: """
                ?
                """),
        Case(
            name: "deniedPackets",
            spec: """
                  when p enters any, q leaves any
                  different p.ipv4.source
                  same q == p
                """,
            expected: """
                ?
                """),
        Case(
            name: "sameBesideRate",
            spec: """
                  when p enters any
                  rate p.length <= 5
                  same p is dropped
                """,
            expected: """
                ?
                """),
    ]
}
import Foundation
extension IndependenceDiagnosticsTests {
    @Test func temporaryPrint() throws {
        var text = ""
        for test in Self.cases { text += "\u{1}\(test.name)\u{2}" + Environments.diagnostics(Self.head2 + test.spec) }
        try text.write(toFile: "/tmp/same/diag.txt", atomically: true, encoding: .utf8)
    }
    static let head2 = "middlebox nat\n  ports inside, outside\nproperty x\n"
}
