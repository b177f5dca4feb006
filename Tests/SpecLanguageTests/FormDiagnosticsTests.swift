import Testing

/// Each kind of mistake in the form of a spec, and what is said of it.
@Suite struct FormDiagnosticsTests {
    typealias Case = DiagnosticCase

    @Test(arguments: cases) func isReported(_ test: Case) { test.check() }

    static let cases: [Case] = [
        Case(
            name: "unknownHead",
            spec: """
                middelbox nat
                """,
            expected: """
                t.gravel:1:1: error: a spec starts with 'middlebox NAME', found 'middelbox'
                   1 | middelbox nat
                     | ^~~~~~~~~
                     = did you mean 'middlebox'?
                """),
        Case(
            name: "freeIndexWithoutRange",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters any
                  where ports has a free index
                  then p leaves any
                """,
            expected: """
                t.gravel:6:3: error: expected 'from', as in 'has a free index from 1 to 9', found 'then'
                   6 |   then p leaves any
                     |   ^~~~
                """),
        Case(
            name: "freeIndexWithoutEnd",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters any
                  where ports has a free index from 1
                  then p leaves any
                """,
            expected: """
                t.gravel:6:3: error: expected 'to' and the last index, found 'then'
                   6 |   then p leaves any
                     |   ^~~~
                """),
        Case(
            name: "noHead",
            spec: """
                property x
                  when p enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:1:1: error: a spec starts with 'middlebox NAME', found 'property'
                   1 | property x
                     | ^~~~~~~~
                """),
        Case(
            name: "repeatedPorts",
            spec: """
                middlebox nat
                  ports inside, outside
                  ports inside
                """,
            expected: """
                t.gravel:3:3: error: a spec says 'ports' once, at its head
                   3 |   ports inside
                     |   ^~~~~
                """),
        Case(
            name: "strayCharacter",
            spec: """
                middlebox nat
                  ports inside, outside
                assume config.first_port == 1 && config.last_port == 2
                assume config.first_port == 1 | config.last_port == 2
                """,
            expected: """
                t.gravel:3:31: error: unexpected character '&&'
                   3 | assume config.first_port == 1 && config.last_port == 2
                     |                               ^~
                     = did you mean 'and'?
                t.gravel:4:31: error: unexpected character '|'
                   4 | assume config.first_port == 1 | config.last_port == 2
                     |                               ^
                     = did you mean 'or'?
                """),
        Case(
            name: "badAddress",
            spec: """
                middlebox nat
                  ports inside, outside
                assume config.external_address != 10.0.0.256
                """,
            expected: """
                t.gravel:3:35: error: '10.0.0.256' is not an IPv4 address
                   3 | assume config.external_address != 10.0.0.256
                     |                                   ^~~~~~~~~~
                     = expected four numbers from 0 to 255, as in 192.0.2.1
                """),
        Case(
            name: "badNumber",
            spec: """
                middlebox nat
                  ports inside, outside
                assume config.first_port >= 1x
                """,
            expected: """
                t.gravel:3:29: error: '1x' is not a number
                   3 | assume config.first_port >= 1x
                     |                             ^~
                     = expected decimal digits, or hexadecimal ones behind 0x
                """),
        Case(
            name: "singleEquals",
            spec: """
                middlebox nat
                  ports inside, outside
                assume config.first_port = 1
                """,
            expected: """
                t.gravel:3:26: error: '=' does not compare
                   3 | assume config.first_port = 1
                     |                          ^
                     = did you mean '=='?
                """),
        Case(
            name: "chained",
            spec: """
                middlebox nat
                  ports inside, outside
                assume 1 <= config.first_port <= 5
                """,
            expected: """
                t.gravel:3:31: error: comparisons do not chain
                   3 | assume 1 <= config.first_port <= 5
                     |                               ^~
                     = write 'a <= b and b <= c'
                """),
        Case(
            name: "unclosed",
            spec: """
                middlebox nat
                  ports inside, outside
                assume (config.first_port >= 1
                let f(x) = x
                """,
            expected: """
                t.gravel:4:1: error: expected ')' to close the parenthesis, found 'let'
                   4 | let f(x) = x
                     | ^~~
                t.gravel:3:8: note: '(' was opened here
                   3 | assume (config.first_port >= 1
                     |        ^
                """),
        Case(
            name: "unknownItem",
            spec: """
                middlebox nat
                  ports inside, outside
                proprety x
                  when p enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:3:1: error: expected 'assume', 'let', 'property', 'invariant' or 'model', found 'proprety'
                   3 | proprety x
                     | ^~~~~~~~
                     = did you mean 'property'?
                """),
        Case(
            name: "unknownClause",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  wen p enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:4:3: error: expected a clause, found 'wen'
                   4 |   wen p enters any
                     |   ^~~
                     = did you mean 'when'?
                """),
        Case(
            name: "missingThen",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters any
                  where p has tcp
                """,
            expected: """
                t.gravel:3:10: error: property 'x' has no 'then' clause
                   3 | property x
                     |          ^
                     = 'then' says what must hold
                """),
        Case(
            name: "missingWhen",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  then drops == 0
                """,
            expected: """
                t.gravel:3:10: error: property 'x' has no 'when' clause
                   3 | property x
                     |          ^
                     = 'when' says what happens
                """),
        Case(
            name: "unknownState",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then p is droped
                """,
            expected: """
                t.gravel:5:13: error: expected 'dropped' or 'right' behind 'is', found 'droped'
                   5 |   then p is droped
                     |             ^~~~~~
                     = did you mean 'dropped'?
                """),
        Case(
            name: "entersInFormula",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  where p enters inside
                  then q has tcp
                """,
            expected: """
                t.gravel:5:11: error: 'enters' is said of a packet in 'when' only
                   5 |   where p enters inside
                     |           ^~~~~~
                     = in a formula, compare ports: 'p.port == inside'
                """),
        Case(
            name: "emptyCitation",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  cites
                  when p enters inside, q leaves any
                  then q has tcp
                """,
            expected: """
                t.gravel:5:3: error: expected what is cited, as in 'RFC 3022 section 4.1', found 'when'
                   5 |   when p enters inside, q leaves any
                     |   ^~~~
                """),
        Case(
            name: "withinWithoutLater",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  within config.udp_lifetime
                  then q has tcp
                """,
            expected: """
                t.gravel:5:3: error: 'within' and 'unless' belong to a property with a 'later' clause
                   5 |   within config.udp_lifetime
                     |   ^~~~~~
                """),
        Case(
            name: "severalFormMistakes",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p entres any
                  then p is
                  then not
                property y
                  then
                assume 1 <
                """,
            expected: """
                t.gravel:4:10: error: expected 'enters', 'leaves' or 'runs', found 'entres'
                   4 |   when p entres any
                     |          ^~~~~~
                t.gravel:6:3: error: expected 'dropped' or 'right' behind 'is', found 'then'
                   6 |   then not
                     |   ^~~~
                t.gravel:7:1: error: expected a value or formula, found 'property'
                   7 | property y
                     | ^~~~~~~~
                t.gravel:9:1: error: expected a value or formula, found 'assume'
                   9 | assume 1 <
                     | ^~~~~~
                t.gravel:9:11: error: expected a value or formula, found the end of the file
                   9 | assume 1 <
                     |           ^
                """),
        Case(
            name: "truncated",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters
                """,
            expected: """
                t.gravel:4:16: error: expected a port's name or 'any', found the end of the file
                   4 |   when p enters
                     |                ^
                """),
        Case(
            name: "keywordAsName",
            spec: """
                middlebox nat
                  ports inside, outside
                let then(x) = x
                """,
            expected: """
                t.gravel:3:5: error: expected the name of what is defined, found the keyword 'then'
                   3 | let then(x) = x
                     |     ^~~~
                     = 'then' cannot be a name
                """),
    ]
}
