import Testing

@testable import SpecLanguage

/// Mistakes that few specs have: each is told in full, with its place.
@Suite struct RareDiagnosticsTests {
    typealias Case = DiagnosticCase

    private static let head = "middlebox nat\n  ports inside, outside\n"

    static let cases: [Case] = [
        Case(
            name: "ruleWithTwoOutputs",
            spec: """
                model m
                  when p enters any, q leaves inside, r leaves outside
                  then q.length == r.length
                property x
                  refines m
                """,
            expected: """
                t.gravel:4:3: error: a step with several packets out cannot be a rule of a model
                   4 |   when p enters any, q leaves inside, r leaves outside
                     |   ^~~~
                """),
        Case(
            name: "hugeNumber",
            spec: """
                property x
                  when p enters any
                  where p.length < 999999999999999999999999999999999999999999
                  then p is dropped
                """,
            expected: """
                t.gravel:5:20: error: '999999999999999999999999999999999999999999' is too large
                   5 |   where p.length < 999999999999999999999999999999999999999999
                     |                    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                     = numbers have at most 128 bits
                """),
        Case(
            name: "twoWhens",
            spec: """
                property x
                  when p enters any
                  when q enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:5:3: error: a property has one 'when' clause
                   5 |   when q enters any
                     |   ^~~~
                     = separate its events by commas
                """),
        Case(
            name: "sameNameTwice",
            spec: """
                property x
                  when p enters any, p enters inside
                  then p is dropped
                """,
            expected: """
                t.gravel:4:22: error: two packets or operations have the name 'p'
                   4 |   when p enters any, p enters inside
                     |                      ^
                """),
        Case(
            name: "alwaysAndWhen",
            spec: """
                property x
                  when p enters any
                  always for a in outbound: a in inbound
                """,
            expected: """
                t.gravel:4:3: error: 'always' stands alone with 'cites'
                   4 |   when p enters any
                     |   ^~~~
                """),
        Case(
            name: "packetInTuple",
            spec: """
                property x
                  when p enters any, q leaves any
                  then (p, 1) == (q, 1)
                """,
            expected: """
                t.gravel:5:9: error: a packet cannot be part of a tuple
                   5 |   then (p, 1) == (q, 1)
                     |         ^
                """),
        Case(
            name: "indexOfNumber",
            spec: """
                property x
                  when p enters any
                  where drops[1] == 1
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: expected a map before '[', found a number of 64 bits
                   5 |   where drops[1] == 1
                     |         ^~~~~
                """),
        Case(
            name: "membershipInNumber",
            spec: """
                property x
                  when p enters any
                  where 1 in drops
                  then p is dropped
                """,
            expected: """
                t.gravel:5:14: error: expected a map, a pool or an array behind 'in', found a number of 64 bits
                   5 |   where 1 in drops
                     |              ^~~~~
                """),
        Case(
            name: "twoRates",
            spec: """
                property x
                  when p enters any
                  rate p.length <= 1
                  rate p.length <= 2
                """,
            expected: """
                t.gravel:6:3: error: a property has one 'rate' clause
                   6 |   rate p.length <= 2
                     |   ^~~~
                """),
        Case(
            name: "unlessWithoutEntry",
            spec: """
                property x
                  when p enters any
                  later r enters any
                  unless q leaves any
                  then r is dropped
                """,
            expected: """
                t.gravel:6:10: error: a packet must enter
                   6 |   unless q leaves any
                     |          ^~~~~~~~~~~~
                """),
        Case(
            name: "deadlineOfSecondStep",
            spec: """
                property x
                  when p enters any
                  later r enters any
                  within now
                  then r is dropped
                """,
            expected: """
                t.gravel:6:10: error: a deadline is told when the first packets pass: it may speak of them and of the configuration
                   6 |   within now
                     |          ^~~
                """),
        Case(
            name: "firstStepIsDropped",
            spec: """
                property x
                  when p enters any
                  later r enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:6:8: error: this is a packet of another step: what becomes of it cannot be said here
                   6 |   then p is dropped
                     |        ^
                     = it can be said in that step's 'when' and 'where'
                """),
        Case(
            name: "packetsOfTwoSteps",
            spec: """
                property x
                  when p enters any
                  later r enters any
                  then r == p
                """,
            expected: """
                t.gravel:6:8: error: whole packets of different steps cannot be compared
                   6 |   then r == p
                     |        ^~~~~~
                     = compare their fields
                """),
        Case(
            name: "outputIsDropped",
            spec: """
                property x
                  when p enters any, q leaves any
                  then q is dropped
                """,
            expected: """
                t.gravel:5:8: error: a packet that leaves is not dropped
                   5 |   then q is dropped
                     |        ^
                     = 'is dropped' is said of the packet that enters
                """),
        Case(
            name: "variableTwice",
            spec: """
                invariant x
                  for a, a in outbound: a in inbound
                """,
            expected: """
                t.gravel:4:10: error: two variables have the name 'a'
                   4 |   for a, a in outbound: a in inbound
                     |          ^
                """),
        Case(
            name: "numberHas",
            spec: """
                property x
                  when p enters any
                  where drops has tcp
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: expected a packet before 'has', found a number of 64 bits
                   5 |   where drops has tcp
                     |         ^~~~~
                """),
        Case(
            name: "clauseOutside",
            spec: """
                when p enters any
                """,
            expected: """
                t.gravel:3:1: error: 'when' does not belong to a property
                   3 | when p enters any
                     | ^~~~
                     = write 'property NAME' before it
                """),
        Case(
            name: "outputLeavesOnce",
            spec: """
                property x
                  when p enters any, q leaves any
                  then q leaves at most once
                """,
            expected: """
                t.gravel:5:8: error: this is said of the packet that enters, of all that leaves because of it
                   5 |   then q leaves at most once
                     |        ^
                """),
        Case(
            name: "expiryOfNumber",
            spec: """
                property x
                  when p enters any
                  where expiry(drops, 1) == now
                  then p is dropped
                """,
            expected: """
                t.gravel:5:16: error: expected a map or a pool, found a number of 64 bits
                   5 |   where expiry(drops, 1) == now
                     |                ^~~~~
                """),
        Case(
            name: "forWithoutIn",
            spec: """
                property x
                  when p enters any
                  then for a of outbound: a.port == 1
                """,
            expected: """
                t.gravel:5:14: error: expected 'in' and a map, found 'of'
                   5 |   then for a of outbound: a.port == 1
                     |              ^~
                """),
        Case(
            name: "firstWithoutIn",
            spec: """
                property x
                  when p enters any
                  then for first i of table: p is dropped
                """,
            expected: """
                t.gravel:5:20: error: expected 'in' and an array, found 'of'
                   5 |   then for first i of table: p is dropped
                     |                    ^~
                """),
        Case(
            name: "firstWithoutWhere",
            spec: """
                property x
                  when p enters any
                  then for first i in table: table[i] == 1
                """,
            expected: """
                t.gravel:5:28: error: expected 'where' and what the first one is told by, found ':'
                   5 |   then for first i in table: table[i] == 1
                     |                            ^
                """),
        Case(
            name: "firstOfAMap",
            spec: """
                property x
                  when p enters any
                  then for first a in outbound where a.port == 1: p is dropped
                """,
            expected: """
                t.gravel:5:23: error: expected an array behind 'in', found the map 'outbound'
                   5 |   then for first a in outbound where a.port == 1: p is dropped
                     |                       ^~~~~~~~
                     = only arrays have an order, and so a first one
                """),
        Case(
            name: "atMostTwice",
            spec: """
                property x
                  when p enters any
                  then p leaves at most twice
                """,
            expected: """
                t.gravel:5:25: error: expected 'once', found 'twice'
                   5 |   then p leaves at most twice
                     |                         ^~~~~
                """),
        Case(
            name: "noNameBehindADot",
            spec: """
                property x
                  when p enters any
                  where p.5 == 1
                  then p is dropped
                """,
            expected: """
                t.gravel:5:11: error: expected a field's name, found '5'
                   5 |   where p.5 == 1
                     |           ^
                """),
        Case(
            name: "bitsOfATime",
            spec: """
                property x
                  when p enters any
                  where now & 1 == 0
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: '&' is of two numbers that are not negative, and no times
                   5 |   where now & 1 == 0
                     |         ^~~~~~~
                     = as in 'p.ipv4.source & config.mask == config.network'
                """),
        Case(
            name: "prefixOfANumber",
            spec: """
                property x
                  when p enters any
                  where p.length / 2 == 7
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: '/' takes the first bits of an address, of 32, 48 or 128 bits
                   5 |   where p.length / 2 == 7
                     |         ^~~~~~~~~~~~
                     = as in 'p.ipv4.source / 24 == 192.0.2.0'
                     = nothing is divided in specs
                """),
        Case(
            name: "prefixOfATime",
            spec: """
                property x
                  when p enters any
                  where now / 24 == 0
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: '/' takes the first bits of an address, of 32, 48 or 128 bits
                   5 |   where now / 24 == 0
                     |         ^~~~~~~~
                     = as in 'p.ipv4.source / 24 == 192.0.2.0'
                     = nothing is divided in specs
                """),
        Case(
            name: "prefixAsLongAsATime",
            spec: """
                property x
                  when p enters any
                  where p.ipv4.source / config.tcp_lifetime == 10.0.0.0
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: behind '/' stands how many bits of the address count, and neither a time nor a difference
                   5 |   where p.ipv4.source / config.tcp_lifetime == 10.0.0.0
                     |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "prefixAsLongAsADifference",
            spec: """
                property x
                  when p enters any
                  where p.ipv4.source / (p.length - 14) == 10.0.0.0
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: behind '/' stands how many bits of the address count, and neither a time nor a difference
                   5 |   where p.ipv4.source / (p.length - 14) == 10.0.0.0
                     |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "rangeOfAField",
            spec: """
                property x
                  when p enters any
                  where for n from 0 to p.length: n < 9
                  then p is dropped
                """,
            expected: """
                t.gravel:5:25: error: a range goes from one number that is known beforehand to another
                   5 |   where for n from 0 to p.length: n < 9
                     |                         ^~~~~~~~
                     = as in 'for first n from 32 to 0 where …'
                """),
        Case(
            name: "longRange",
            spec: """
                property x
                  when p enters any
                  where for n from 0 to 4096: p.length != n
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: the range is too long: 'for' goes through 4096 numbers at most
                   5 |   where for n from 0 to 4096: p.length != n
                     |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                     = each variable goes through all of them
                """),
        Case(
            name: "endlessRange",
            spec: """
                property x
                  when p enters any
                  where for n from 340282366920938463463374607431768211455 to 0: p.length != n
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: the range is too long: 'for' goes through 4096 numbers at most
                   5 |   where for n from 340282366920938463463374607431768211455 to 0: p.length != n
                     |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                     = each variable goes through all of them
                """),
        Case(
            name: "rangeWithoutEnd",
            spec: """
                property x
                  when p enters any
                  where for n from 0 until 9: p.length != n
                  then p is dropped
                """,
            expected: """
                t.gravel:5:22: error: expected 'to' and the last number, found 'until'
                   5 |   where for n from 0 until 9: p.length != n
                     |                      ^~~~~
                """),
        Case(
            name: "keyOfTooManyParts",
            spec: """
                property x
                  when p enters any
                  where (1, 2, 3, 4) in outbound
                  then p is dropped
                """,
            expected: """
                t.gravel:5:9: error: a key of 'outbound' has 3 parts, found 4
                   5 |   where (1, 2, 3, 4) in outbound
                     |         ^~~~~~~~~~~~
                     = expected (address, port, protocol)
                """),
        Case(
            name: "tooFewArguments",
            spec: """
                let f(a, b) = a == b
                property x
                  when p enters any
                  where f(p.length)
                  then p is dropped
                """,
            expected: """
                t.gravel:6:9: error: 'f' takes 2 arguments, found 1
                   6 |   where f(p.length)
                     |         ^
                     = expected f(a, b)
                """),
        Case(
            name: "perOfState",
            spec: """
                property x
                  when p enters inside, q leaves any
                  rate q.length per drops <= 5 * elapsed
                """,
            expected: """
                t.gravel:5:21: error: what stands behind 'per' is a number that is told by the packets of the step
                   5 |   rate q.length per drops <= 5 * elapsed
                     |                     ^~~~~
                     = as in 'rate q.length per p.ipv4.source <= config.burst + config.rate * elapsed'
                """),
    ]

    @Test(arguments: cases) func isReported(_ test: Case) { test.check(behind: Self.head) }

    /// Of objects that the NAT has none of: a long array, a time in nanoseconds.
    static let casesOfOthers: [Case] = [
        Case(
            name: "tooManyElements",
            spec: """
                property x
                  when p enters any
                  then for i, j in long: long[i] == long[j]
                """,
            expected: """
                t.gravel:5:8: error: the array has 400 elements, and 'for' goes through 4096 at most
                   5 |   then for i, j in long: long[i] == long[j]
                     |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                     = each variable goes through all of them
                """),
        Case(
            name: "boundInNanoseconds",
            spec: """
                property x
                  when p enters inside, q leaves any
                  rate q.length <= config.round + 5 * elapsed
                """,
            expected: """
                t.gravel:5:20: error: 'elapsed' counts in seconds: a time in nanoseconds does not fit to it
                   5 |   rate q.length <= config.round + 5 * elapsed
                     |                    ^~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
    ]

    @Test(arguments: casesOfOthers) func isReportedOfOthers(_ test: Case) {
        let environment = SpecEnvironment(
            middlebox: "nat", ports: [.init(name: "inside", number: 0), .init(name: "outside", number: 1)],
            configuration: [.init(name: "round", type: .nanoseconds)],
            variables: [.init(name: "long", type: .array(.bits(8), count: 400))])
        test.check(behind: Self.head, against: environment)
    }

    /// Brackets within brackets have an end somewhere.
    @Test func deepNesting() {
        let deep = String(repeating: "(", count: 2_000) + "true" + String(repeating: ")", count: 2_000)
        let told = Environments.diagnostics(
            Self.head + "property x\n  when p enters any\n  where \(deep)\n  then p is dropped\n"
        )
        #expect(told.contains("error: the expression is nested too deeply"))
        #expect(told.contains("= give a part of it a name with 'let'"))
    }

    /// Definitions that double each other.
    @Test func growingDefinitions() {
        var text = Self.head + "let f0(p) = p.length == 1\n"
        for number in 1..<40 { text += "let f\(number)(p) = f\(number - 1)(p) and f\(number - 1)(p)\n" }
        let told = Environments.diagnostics(
            text + "property x\n  when p enters any\n  where f39(p)\n  then p is dropped\n")
        #expect(told.contains("error: definitions that use each other make this too large"))
    }

    /// An array in the entries of a map can be named, but its elements cannot be read.
    @Test func arraysInEntries() {
        let structure = SpecStructure(name: "entry", fields: [.init("bytes", .array(.bits(8), count: 4))])
        let map = SpecEnvironment.Map(
            name: "entries", key: .bits(16), value: .structure(structure), keySort: .bitVector(16),
            valueSort: Environments.endpointSort)
        let environment = SpecEnvironment(
            middlebox: "nat", ports: [.init(name: "inside", number: 0), .init(name: "outside", number: 1)], maps: [map])
        let told = Environments.diagnostics(
            Self.head + "property x\n  when p enters any\n  where entries[1].bytes[0] == 1\n  then p is dropped\n",
            against: environment)
        #expect(told.contains("error: arrays in the entries of maps cannot be read yet"))
    }
}
