import Testing

/// Each kind of mistake in what a spec says, and what is said of it.
@Suite struct MeaningDiagnosticsTests {
    typealias Case = DiagnosticCase

    @Test(arguments: cases) func isReported(_ test: Case) { test.check() }

    static let cases: [Case] = [
        Case(
            name: "otherMiddlebox",
            spec: """
                middlebox nap
                  ports inside, outside
                """,
            expected: """
                t.gravel:1:11: error: this spec is for 'nap', but the middlebox is 'nat'
                   1 | middlebox nap
                     |           ^~~
                     = expected 'middlebox nat'
                """),
        Case(
            name: "unknownPortInHead",
            spec: """
                middlebox nat
                  ports insde, outside
                """,
            expected: """
                t.gravel:2:9: error: unknown port 'insde'
                   2 |   ports insde, outside
                     |         ^~~~~
                     = did you mean 'inside'?
                """),
        Case(
            name: "portNotListed",
            spec: """
                middlebox nat
                  ports inside
                """,
            expected: """
                t.gravel:2:9: error: the C code has a port 'outside' that the spec does not list
                   2 |   ports inside
                     |         ^~~~~~
                """),
        Case(
            name: "unknownConfigurationField",
            spec: """
                middlebox nat
                  ports inside, outside
                assume config.firstport >= 1
                """,
            expected: """
                t.gravel:3:15: error: the configuration has no field 'firstport'
                   3 | assume config.firstport >= 1
                     |               ^~~~~~~~~
                     = did you mean 'first_port'?
                """),
        Case(
            name: "stateInAssumption",
            spec: """
                middlebox nat
                  ports inside, outside
                assume drops == 0
                """,
            expected: """
                t.gravel:3:8: error: an assumption is about the configuration, not about state or time
                   3 | assume drops == 0
                     |        ^~~~~
                """),
        Case(
            name: "nothingEnters",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when q leaves any
                  then q has tcp
                """,
            expected: """
                t.gravel:4:8: error: 'when' does not say which packet enters
                   4 |   when q leaves any
                     |        ^~~~~~~~~~~~
                     = begin with an event such as 'p enters any'
                """),
        Case(
            name: "sameNameTwice",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters any, p leaves any
                  then p has tcp
                """,
            expected: """
                t.gravel:4:22: error: the packet that leaves needs a name of its own
                   4 |   when p enters any, p leaves any
                     |                      ^
                     = 'p' is the packet as it entered; write for example 'q leaves any'
                """),
        Case(
            name: "duplicateProperty",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters any
                  then p is dropped
                property x
                  when p enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:6:10: error: property 'x' is there already
                   6 | property x
                     |          ^
                t.gravel:3:10: note: first declared here
                   3 | property x
                     |          ^
                """),
        Case(
            name: "duplicateDefinition",
            spec: """
                middlebox nat
                  ports inside, outside
                let f(a) = a
                let f(b) = b
                """,
            expected: """
                t.gravel:4:5: error: definition 'f' is there already
                   4 | let f(b) = b
                     |     ^
                t.gravel:3:5: note: first declared here
                   3 | let f(a) = a
                     |     ^
                """),
        Case(
            name: "definitionHides",
            spec: """
                middlebox nat
                  ports inside, outside
                let inbound(a) = a
                """,
            expected: """
                t.gravel:3:5: error: 'inbound' has a meaning already, in the C code or in the language
                   3 | let inbound(a) = a
                     |     ^~~~~~~
                     = choose another name
                """),
        Case(
            name: "unknownPort",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters insid
                  then p is dropped
                """,
            expected: """
                t.gravel:4:17: error: unknown port 'insid'
                   4 |   when p enters insid
                     |                 ^~~~~
                     = did you mean 'inside'?
                """),
        Case(
            name: "unknownPacket",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then r.ipv4.source == p.ipv4.source
                """,
            expected: """
                t.gravel:5:8: error: unknown name 'r'
                   5 |   then r.ipv4.source == p.ipv4.source
                     |        ^
                     = there is: p, q, inside, outside, outbound, inbound, ports, drops, last_seen, enabled, table, next, MODE_STRICT, config, icmp, tcp, udp, now
                """),
        Case(
            name: "unknownHeader",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q.ip4.source == p.ipv4.source
                """,
            expected: """
                t.gravel:5:10: error: a packet has no header 'ip4'
                   5 |   then q.ip4.source == p.ipv4.source
                     |          ^~~
                     = did you mean 'ipv4'?
                """),
        Case(
            name: "unknownHeaderField",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q.ipv4.sorce == p.ipv4.source
                """,
            expected: """
                t.gravel:5:15: error: header 'ipv4' has no field 'sorce'
                   5 |   then q.ipv4.sorce == p.ipv4.source
                     |               ^~~~~
                     = did you mean 'source'?
                """),
        Case(
            name: "unknownHas",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q has tpc
                """,
            expected: """
                t.gravel:5:14: error: unknown header 'tpc'
                   5 |   then q has tpc
                     |              ^~~
                     = did you mean 'tcp'?
                """),
        Case(
            name: "unknownMap",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then (1, 2, 3) in inbuond
                """,
            expected: """
                t.gravel:5:21: error: unknown name 'inbuond'
                   5 |   then (1, 2, 3) in inbuond
                     |                     ^~~~~~~
                     = did you mean 'inbound'?
                """),
        Case(
            name: "unknownStructField",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then outbound[1, 2, 3].adress == 1
                """,
            expected: """
                t.gravel:5:26: error: struct endpoint has no field 'adress'
                   5 |   then outbound[1, 2, 3].adress == 1
                     |                          ^~~~~~
                     = did you mean 'address'?
                """),
        Case(
            name: "unknownFunction",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then sorce(q) == 1
                """,
            expected: """
                t.gravel:5:8: error: unknown function 'sorce'
                   5 |   then sorce(q) == 1
                     |        ^~~~~
                     = there is: before, expiry
                """),
        Case(
            name: "wrongArgumentCount",
            spec: """
                middlebox nat
                  ports inside, outside
                let source(p) = p.ipv4.source
                property x
                  when p enters inside, q leaves any
                  then source(p, q) == 1
                """,
            expected: """
                t.gravel:6:8: error: 'source' takes 1 argument, found 2
                   6 |   then source(p, q) == 1
                     |        ^~~~~~
                     = expected source(p)
                """),
        Case(
            name: "definitionWithoutArguments",
            spec: """
                middlebox nat
                  ports inside, outside
                let source(p) = p.ipv4.source
                property x
                  when p enters inside, q leaves any
                  then source == 1
                """,
            expected: """
                t.gravel:6:8: error: 'source' needs arguments
                   6 |   then source == 1
                     |        ^~~~~~
                     = write 'source(…)'
                """),
        Case(
            name: "mistakeInDefinition",
            spec: """
                middlebox nat
                  ports inside, outside
                let source(p) = p.ipv4.sorce
                property x
                  when p enters inside, q leaves any
                  then source(p) == 1
                  then source(q) == 1
                """,
            expected: """
                t.gravel:3:24: error: header 'ipv4' has no field 'sorce'
                   3 | let source(p) = p.ipv4.sorce
                     |                        ^~~~~
                     = did you mean 'source'?
                t.gravel:6:8: note: 'source' is used here
                   6 |   then source(p) == 1
                     |        ^~~~~~
                """),
        Case(
            name: "wrongArity",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then (p.ipv4.source, p.l4.source_port) in outbound
                """,
            expected: """
                t.gravel:5:8: error: a key of 'outbound' has 3 parts, found 2
                   5 |   then (p.ipv4.source, p.l4.source_port) in outbound
                     |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                     = expected (address, port, protocol)
                """),
        Case(
            name: "wrongKey",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then p in outbound
                """,
            expected: """
                t.gravel:5:8: error: a key of 'outbound' is a struct endpoint, found a packet
                   5 |   then p in outbound
                     |        ^
                """),
        Case(
            name: "notACollection",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then p.ipv4.source in config.first_port
                """,
            expected: """
                t.gravel:5:25: error: expected a map, a pool or an array behind 'in', found a number of 16 bits
                   5 |   then p.ipv4.source in config.first_port
                     |                         ^~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "incomparable",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then (p.ipv4.source, 1) == q.ipv4.source
                """,
            expected: """
                t.gravel:5:8: error: '==' does not compare a tuple of 2 with a number of 32 bits
                   5 |   then (p.ipv4.source, 1) == q.ipv4.source
                     |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "incomparablePacket",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q == 5
                """,
            expected: """
                t.gravel:5:8: error: '==' does not compare a packet with a number of 3 bits
                   5 |   then q == 5
                     |        ^~~~~~
                """),
        Case(
            name: "orderOfTuples",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then outbound[1, 2, 3] < outbound[1, 2, 4]
                """,
            expected: """
                t.gravel:5:8: error: '<' does not compare a struct endpoint with a struct endpoint
                   5 |   then outbound[1, 2, 3] < outbound[1, 2, 4]
                     |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "notAFormula",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q.ipv4.source
                """,
            expected: """
                t.gravel:5:8: error: expected a formula, found a number of 32 bits
                   5 |   then q.ipv4.source
                     |        ^~~~~~~~~~~~~
                     = compare it with something
                """),
        Case(
            name: "notANumber",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then p + 1 == 2
                """,
            expected: """
                t.gravel:5:8: error: expected a number, found a packet
                   5 |   then p + 1 == 2
                     |        ^
                """),
        Case(
            name: "packetEqualityInPremise",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  where q == p
                  then q has tcp
                """,
            expected: """
                t.gravel:5:9: error: equality of packets can be claimed behind 'then' only
                   5 |   where q == p
                     |         ^~~~~~
                """),
        Case(
            name: "payloadEqualityInPremise",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  where q.payload == p.payload
                  then q has tcp
                """,
            expected: """
                t.gravel:5:9: error: equality of payloads can be claimed behind 'then' only
                   5 |   where q.payload == p.payload
                     |         ^~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "deniedEquality",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then not q == p
                  then q.payload != p.payload
                """,
            expected: """
                t.gravel:5:12: error: equality of packets cannot be denied
                   5 |   then not q == p
                     |            ^~~~~~
                     = it may not stand behind 'not', before 'implies' or beside '=='
                t.gravel:6:8: error: equality of payloads cannot be denied
                   6 |   then q.payload != p.payload
                     |        ^~~~~~~~~~~~~~~~~~~~~~
                     = it may not stand behind 'not', before 'implies' or beside '=='
                """),
        Case(
            name: "unknownExceptedField",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q == p except ipv4.sources, tcp.checksum
                """,
            expected: """
                t.gravel:5:27: error: header 'ipv4' has no field 'sources'
                   5 |   then q == p except ipv4.sources, tcp.checksum
                     |                           ^~~~~~~
                     = did you mean 'source'?
                """),
        Case(
            name: "notAChecksum",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q.tcp.window is right
                """,
            expected: """
                t.gravel:5:8: error: 'is right' is said of a checksum
                   5 |   then q.tcp.window is right
                     |        ^~~~~~~~~~~~
                     = there is: ipv4.header_checksum, tcp.checksum, udp.checksum, icmp.checksum, l4.checksum
                     = as in 'p.ipv4.header_checksum is right'
                """),
        Case(
            name: "mapHasSomethingElse",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside
                  where outbound has space
                  then p leaves any
                """,
            expected: """
                t.gravel:5:22: error: of a map it can be said that it 'has room', found 'space'
                   5 |   where outbound has space
                     |                      ^~~~~
                     = write 'outbound has room', or 'KEY in outbound'
                """),
        Case(
            name: "poolHasRoom",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside
                  where ports has room
                  then p leaves any
                """,
            expected: """
                t.gravel:5:19: error: of a pool it can be said that it 'has a free index from … to …', found 'room'
                   5 |   where ports has room
                     |                   ^~~~
                     = pools hand out indices of a range, as in 'ports has a free index from 1 to 9'
                """),
        Case(
            name: "mapHasAFreeIndex",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside
                  where outbound has a free index from 1 to 9
                  then p leaves any
                """,
            expected: """
                t.gravel:5:9: error: expected a pool before 'has a free index'
                   5 |   where outbound has a free index from 1 to 9
                     |         ^~~~~~~~
                     = of a map, say 'has room'
                """),
        Case(
            name: "roomInInvariant",
            spec: """
                middlebox nat
                  ports inside, outside
                invariant i
                  outbound has room
                """,
            expected: """
                t.gravel:4:3: error: 'has room' has a meaning in a step only
                   4 |   outbound has room
                     |   ^~~~~~~~~~~~~~~~~
                     = say it in a 'where' or a 'then'
                """),
        Case(
            name: "roomInAssumption",
            spec: """
                middlebox nat
                  ports inside, outside
                  assume outbound has room
                """,
            expected: """
                t.gravel:3:10: error: an assumption is about the configuration, not about state or time
                   3 |   assume outbound has room
                     |          ^~~~~~~~
                """),
        Case(
            name: "outputDropped",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q is dropped
                """,
            expected: """
                t.gravel:5:8: error: a packet that leaves is not dropped
                   5 |   then q is dropped
                     |        ^
                     = 'is dropped' is said of the packet that enters
                """),
        Case(
            name: "quantifierInPremise",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  where for a in outbound: a in inbound
                  then q has tcp
                """,
            expected: """
                t.gravel:5:9: error: 'for' can be claimed behind 'then' only
                   5 |   where for a in outbound: a in inbound
                     |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "quantifierInside",
            spec: """
                middlebox nat
                  ports inside, outside
                invariant i
                  drops == 0 or for a in outbound: a in inbound
                """,
            expected: """
                t.gravel:4:17: error: in an invariant, 'for' stands at the front
                   4 |   drops == 0 or for a in outbound: a in inbound
                     |                 ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "beforeInInvariant",
            spec: """
                middlebox nat
                  ports inside, outside
                invariant i
                  for a in outbound: a in before(inbound)
                """,
            expected: """
                t.gravel:4:27: error: 'before' has a meaning in a step only
                   4 |   for a in outbound: a in before(inbound)
                     |                           ^~~~~~
                """),
        Case(
            name: "packetInInvariant",
            spec: """
                middlebox nat
                  ports inside, outside
                invariant i
                  for a in outbound: p.length == 1
                """,
            expected: """
                t.gravel:4:22: error: unknown name 'p'
                   4 |   for a in outbound: p.length == 1
                     |                      ^
                     = there is: a, inside, outside, outbound, inbound, ports, drops, last_seen, enabled, table, next, MODE_STRICT, config, icmp, tcp, udp, now
                """),
        Case(
            name: "opaque",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then next == 1
                """,
            expected: """
                t.gravel:5:8: error: '==' does not compare a C value of type 'void *' with a number of 1 bit
                   5 |   then next == 1
                     |        ^~~~~~~~~
                """),
        Case(
            name: "indexOutOfRange",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then table[4] == 1
                """,
            expected: """
                t.gravel:5:14: error: the array has 4 elements
                   5 |   then table[4] == 1
                     |              ^
                     = indices run from 0 to 3
                """),
        Case(
            name: "tooWide",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then q.ipv6.source * q.ipv6.source == 1
                """,
            expected: """
                t.gravel:5:8: error: the exact result is too large
                   5 |   then q.ipv6.source * q.ipv6.source == 1
                     |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                     = numbers have at most 128 bits, times at most 62
                """),
        Case(
            name: "productOfTimes",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  then now * now == 1
                """,
            expected: """
                t.gravel:5:8: error: two times cannot be multiplied
                   5 |   then now * now == 1
                     |        ^~~~~~~~~
                """),
        Case(
            name: "unknownModel",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  refines referenc
                model reference
                  when p enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:4:11: error: unknown model 'referenc'
                   4 |   refines referenc
                     |           ^~~~~~~~
                     = did you mean 'reference'?
                """),
        Case(
            name: "modelWithoutRules",
            spec: """
                middlebox nat
                  ports inside, outside
                model nothing
                property x
                  refines nothing
                """,
            expected: """
                t.gravel:3:7: error: model 'nothing' has no rules
                   3 | model nothing
                     |       ^~~~~~~
                     = a rule is a case such as 'when p enters any where not (p has ipv4) then p is dropped'
                """),
        Case(
            name: "ruleWithoutThen",
            spec: """
                middlebox nat
                  ports inside, outside
                model half
                  when p enters any
                  where p has tcp
                property x
                  refines half
                """,
            expected: """
                t.gravel:4:3: error: this rule does not say what comes of it
                   4 |   when p enters any
                     |   ^~~~
                     = add 'then' and a formula
                """),
        Case(
            name: "ruleAboutTwoSteps",
            spec: """
                middlebox nat
                  ports inside, outside
                model long
                  when p enters any
                  later r enters any
                  then r is dropped
                property x
                  refines long
                """,
            expected: """
                t.gravel:5:3: error: a rule of a model is about one step
                   5 |   later r enters any
                     |   ^~~~~
                     = it has 'when', 'where' and 'then'; what spans several steps is a property of its own
                """),
        Case(
            name: "modelTwice",
            spec: """
                middlebox nat
                  ports inside, outside
                model one
                  when p enters any
                  then p is dropped
                model one
                  when p enters any
                  then p is dropped
                """,
            expected: """
                t.gravel:6:7: error: model 'one' is there already
                   6 | model one
                     |       ^~~
                t.gravel:3:7: note: first declared here
                   3 | model one
                     |       ^~~
                """),
        Case(
            name: "refinesAndWhen",
            spec: """
                middlebox nat
                  ports inside, outside
                model one
                  when p enters any
                  then p is dropped
                property x
                  when p enters any
                  refines one
                """,
            expected: """
                t.gravel:7:3: error: 'refines' stands alone with 'cites'
                   7 |   when p enters any
                     |   ^~~~
                """),
        Case(
            name: "severalMistakes",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  where p.ipv4.sorce == 1 and p.udp.lenght == 2
                  then q has tpc
                """,
            expected: """
                t.gravel:5:16: error: header 'ipv4' has no field 'sorce'
                   5 |   where p.ipv4.sorce == 1 and p.udp.lenght == 2
                     |                ^~~~~
                     = did you mean 'source'?
                t.gravel:5:37: error: header 'udp' has no field 'lenght'
                   5 |   where p.ipv4.sorce == 1 and p.udp.lenght == 2
                     |                                     ^~~~~~
                     = did you mean 'length'?
                t.gravel:6:14: error: unknown header 'tpc'
                   6 |   then q has tpc
                     |              ^~~
                     = did you mean 'tcp'?
                """),
        Case(
            name: "notABound",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  rate q.length
                """,
            expected: """
                t.gravel:5:8: error: 'rate' needs a bound
                   5 |   rate q.length
                     |        ^~~~~~~~
                     = as in 'rate q.length <= config.burst + config.rate * elapsed'
                """),
        Case(
            name: "rateOfState",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  rate now <= 5 * elapsed
                """,
            expected: """
                t.gravel:5:8: error: what is summed up is a number that is told by the packets of the step
                   5 |   rate now <= 5 * elapsed
                     |        ^~~
                     = as in 'rate q.length per p.ipv4.source <= config.burst + config.rate * elapsed'
                """),
        Case(
            name: "rateOfDifferences",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  rate q.length - 14 <= 5 * elapsed
                """,
            expected: """
                t.gravel:5:8: error: what is summed up must not be negative
                   5 |   rate q.length - 14 <= 5 * elapsed
                     |        ^~~~~~~~~~~~~
                """),
        Case(
            name: "rateBoundOfPackets",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  rate 1 <= p.length + elapsed
                """,
            expected: """
                t.gravel:5:13: error: the bound of a rate speaks of the configuration and of 'elapsed', the interval's length, alone
                   5 |   rate 1 <= p.length + elapsed
                     |             ^~~~~~~~~~~~~~~~~~
                """),
        Case(
            name: "rateAgainstEquality",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  rate q.length == 5
                """,
            expected: """
                t.gravel:5:8: error: 'rate' needs a bound
                   5 |   rate q.length == 5
                     |        ^~~~~~~~~~~
                     = as in 'rate q.length <= config.burst + config.rate * elapsed'
                """),
        Case(
            name: "laterUnknownName",
            spec: """
                middlebox nat
                  ports inside, outside
                property x
                  when p enters inside, q leaves any
                  later r enters inside, s leaves outsid where r.ipv4.source == t.ipv4.source
                  within config.udp_lifetim
                  then s has tcp
                """,
            expected: """
                t.gravel:5:35: error: unknown port 'outsid'
                   5 |   later r enters inside, s leaves outsid where r.ipv4.source == t.ipv4.source
                     |                                   ^~~~~~
                     = did you mean 'outside'?
                t.gravel:5:65: error: unknown name 't'
                   5 |   later r enters inside, s leaves outsid where r.ipv4.source == t.ipv4.source
                     |                                                                 ^
                     = there is: p, q, r, s, inside, outside, outbound, inbound, ports, drops, last_seen, enabled, table, next, MODE_STRICT, config, icmp, tcp, udp, now
                t.gravel:6:17: error: the configuration has no field 'udp_lifetim'
                   6 |   within config.udp_lifetim
                     |                 ^~~~~~~~~~~
                     = did you mean 'udp_lifetime'?
                """),
    ]
}
