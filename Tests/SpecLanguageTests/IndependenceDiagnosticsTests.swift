import Testing

/// Each kind of mistake in a claim about two runs, and what is said of it.
@Suite struct IndependenceDiagnosticsTests {
    typealias Case = DiagnosticCase

    private static let head = "middlebox nat\n  ports inside, outside\nproperty x\n"

    @Test(arguments: cases) func isReported(_ test: Case) { test.check(behind: Self.head) }

    static let cases: [Case] = [
        Case(
            name: "noDifference",
            spec: """
                  when p enters any
                  same p is dropped
                """,
            expected: """
                t.gravel:3:10: error: property 'x' has no 'different' clause
                   3 | property x
                     |          ^
                     = 'different' says what may differ between the two runs
                """),
        Case(
            name: "nothingSame",
            spec: """
                  when p enters any
                  different p.payload
                """,
            expected: """
                t.gravel:3:10: error: property 'x' has no 'same' clause
                   3 | property x
                     |          ^
                     = 'same' says what must not differ between the two runs
                """),
        Case(
            name: "movesHeaders",
            spec: """
                  when p enters any
                  different p.ipv4.header_length
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: 'ipv4.header_length' tells which headers the packet has, or where they begin: it cannot differ
                   5 |   different p.ipv4.header_length
                     |             ^~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "payloadOfAHeader",
            spec: """
                  when p enters any, q leaves any
                  different p.ethernet.payload, q.ipv4.payload
                  same q.port
                """,
            expected: """
                t.gravel:5:13: error: this is nothing that two runs could differ in
                   5 |   different p.ethernet.payload, q.ipv4.payload
                     |             ^~~~~~~~~~~~~~~~~~
                     = they can in fields, 'payload', 'length' and 'port' of the packet that enters, in 'now', and in state objects
                t.gravel:5:33: error: 'different' lists what comes in: what leaves is told by that
                   5 |   different p.ethernet.payload, q.ipv4.payload
                     |                                 ^~~~~~~~~~~~~~
                     = list what must not differ behind 'same'
                """),
        Case(
            name: "movesTransport",
            spec: """
                  when p enters any
                  different p.ipv4.source, p.ipv4.protocol
                  same p is dropped
                """,
            expected: """
                t.gravel:5:28: error: 'ipv4.protocol' tells which headers the packet has, or where they begin: it cannot differ
                   5 |   different p.ipv4.source, p.ipv4.protocol
                     |                            ^~~~~~~~~~~~~~~
                """),
        Case(
            name: "movesPorts",
            spec: """
                  when p enters any
                  different p.icmp.type
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: 'icmp.type' tells which headers the packet has, or where they begin: it cannot differ
                   5 |   different p.icmp.type
                     |             ^~~~~~~~~~~
                """),
        Case(
            name: "configuration",
            spec: """
                  when p enters any
                  different config.first_port
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: the configuration is the same in both runs
                   5 |   different config.first_port
                     |             ^~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "whatLeaves",
            spec: """
                  when p enters any, q leaves any
                  different q.ipv4.source
                  same q.length
                """,
            expected: """
                t.gravel:5:13: error: 'different' lists what comes in: what leaves is told by that
                   5 |   different q.ipv4.source
                     |             ^~~~~~~~~~~~~
                     = list what must not differ behind 'same'
                """),
        Case(
            name: "nothingThatDiffers",
            spec: """
                  when p enters any
                  different p.length + 1
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: this is nothing that two runs could differ in
                   5 |   different p.length + 1
                     |             ^~~~~~~~~~~~
                     = they can in fields, 'payload', 'length' and 'port' of the packet that enters, in 'now', and in state objects
                """),
        Case(
            name: "wholeHeader",
            spec: """
                  when p enters any
                  different p.ipv4
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: this is nothing that two runs could differ in
                   5 |   different p.ipv4
                     |             ^~~~~~
                     = they can in fields, 'payload', 'length' and 'port' of the packet that enters, in 'now', and in state objects
                """),
        Case(
            name: "unknownObject",
            spec: """
                  when p enters any
                  different outbuond
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: unknown name 'outbuond'
                   5 |   different outbuond
                     |             ^~~~~~~~
                     = did you mean 'outbound'?
                """),
        Case(
            name: "noKeys",
            spec: """
                  when p enters any
                  different drops except 1
                  same p is dropped
                """,
            expected: """
                t.gravel:5:26: error: 'drops' has no keys: 'except' is said of maps and pools
                   5 |   different drops except 1
                     |                          ^
                """),
        Case(
            name: "noKeysOfFields",
            spec: """
                  when p enters any
                  different p.payload except 1
                  same p is dropped
                """,
            expected: """
                t.gravel:5:30: error: 'p.payload' has no keys: 'except' is said of maps and pools
                   5 |   different p.payload except 1
                     |                              ^
                """),
        Case(
            name: "wrongKey",
            spec: """
                  when p enters any
                  different outbound except 1
                  same p is dropped
                """,
            expected: """
                t.gravel:5:29: error: a key of 'outbound' is a struct endpoint, found a number of 1 bit
                   5 |   different outbound except 1
                     |                             ^
                """),
        Case(
            name: "keyDiffers",
            spec: """
                  when p enters any
                  different p.ipv4.source, outbound except (p.ipv4.source, 1, 6)
                  same p is dropped
                """,
            expected: """
                t.gravel:5:44: error: the key differs between the runs itself, by ipv4.source
                   5 |   different p.ipv4.source, outbound except (p.ipv4.source, 1, 6)
                     |                                            ^~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "keyDiffersByTime",
            spec: """
                  when p enters any
                  different now, ports except now
                  same p is dropped
                """,
            expected: """
                t.gravel:5:31: error: the key differs between the runs itself, by now
                   5 |   different now, ports except now
                     |                               ^~~
                """),
        Case(
            name: "partOfAnObject",
            spec: """
                  when p enters any
                  different table[1]
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: a part of 'table' cannot differ on its own
                   5 |   different table[1]
                     |             ^~~~~~~~
                     = write 'table'
                """),
        Case(
            name: "twice",
            spec: """
                  when p enters any
                  different ports except 1, ports except 2
                  same p is dropped
                """,
            expected: """
                t.gravel:5:29: error: 'ports' is listed twice
                   5 |   different ports except 1, ports except 2
                     |                             ^~~~~
                     = several keys are joined by 'and'
                """),
        Case(
            name: "exceptOfAll",
            spec: """
                  when p enters any
                  different state except 1
                  same p is dropped
                """,
            expected: """
                t.gravel:5:13: error: 'state' stands for all objects that are not named beside it
                   5 |   different state except 1
                     |             ^~~~~
                     = write 'state, NAME except KEY'
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
                t.gravel:7:3: error: this clause belongs to another form of property
                   7 |   then p is dropped
                     |   ^~~~
                     = beside 'same' stand 'when', 'where' and 'different'
                """),
        Case(
            name: "notComparable",
            spec: """
                  when p enters any, q leaves any
                  different p.payload
                  same q.ipv4, table
                """,
            expected: """
                t.gravel:6:8: error: the header 'ipv4' cannot be compared between two runs
                   6 |   same q.ipv4, table
                     |        ^~~~~~
                     = name its fields or elements
                t.gravel:6:16: error: an array of 4 cannot be compared between two runs
                   6 |   same q.ipv4, table
                     |                ^~~~~
                     = name its fields or elements
                """),
        Case(
            name: "deniedPackets",
            spec: """
                  when p enters any, q leaves any
                  different p.ipv4.source
                  same q == p
                """,
            expected: """
                t.gravel:6:8: error: equality of packets cannot be denied
                   6 |   same q == p
                     |        ^~~~~~
                     = it may not stand behind 'not', before 'implies' or beside '=='
                """),
        Case(
            name: "sameBesideRate",
            spec: """
                  when p enters any
                  rate p.length <= 5
                  same p is dropped
                """,
            expected: """
                t.gravel:6:3: error: this clause belongs to another form of property
                   6 |   same p is dropped
                     |   ^~~~
                """),
    ]
}
