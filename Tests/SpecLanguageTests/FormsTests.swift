import Diagnostics
import Logic
import Testing

@testable import SpecLanguage

/// The forms beyond single steps: read, their names checked, and each told apart from the others.
@Suite struct FormsTests {
    @Test(
        arguments: [
            (
                PropertyKind.later,
                "when p enters inside, q leaves outside later r enters inside, s leaves outside where r.ipv4.source == p.ipv4.source "
                    + "within config.udp_lifetime unless u enters outside where u has tcp then s.ipv4.source == q.ipv4.source"
            ),
            (
                .earlier,
                "when p enters outside, q leaves inside then earlier r entered inside where r.ipv4.source == q.ipv4.destination"
            ),
            (
                .same,
                "when p enters inside, q leaves any different p.payload, p.tcp.window same q.ipv4.source, q.l4.source_port"
            ),
            (
                .rate,
                "when p enters inside, q leaves any rate q.length <= config.first_port + config.last_port * elapsed"
            ),
            (.refines, "refines reference"),
            (.step, "when p enters inside, q leaves inside, r leaves outside then r.length == q.length"),
            (.step, "when p enters inside, q leaves inside, r leaves any, s leaves any then r.length == s.length"),
            (.step, "when p enters inside, o enters outside then o.length == p.length"),
        ] as [(PropertyKind, String)])
    func laterFormsAreRead(kind: PropertyKind, clauses: String) throws {
        let text =
            "middlebox nat\nproperty x\n\(clauses)\nmodel reference\n  when p enters any\n  where p has tcp\n  then p is dropped\n"
        let file = SourceFile(path: "t.gravel", text: text)
        let spec = try check(try parse(file), against: Environments.nat)
        let property = try #require(spec.properties.first)
        #expect(property.kind == kind)
        switch property.form {
        case .notYetSupported(let form):
            #expect(kind == .step && form.hasPrefix(kind.rawValue))
        case .history(let history): #expect(kind == (history.direction == .later ? .later : .earlier))
        case .independence(let independence): #expect(kind == .same && independence.concernsOutput)
        case .rate(let rate): #expect(kind == .rate && !rate.isStrict && rate.event.concernsOutput)
        case .refinement(let model): #expect(kind == .refines && model.name == "reference" && model.rules.count == 1)
        case .step(let step): #expect(step.concernsOutput && step.concernsPairs && step.conclusions.count == 1)
        case .invariant: Issue.record("\(property.form)")
        }
        let formatted = try Formatter.format(file)
        #expect(try Formatter.format(SourceFile(path: "t.gravel", text: formatted)) == formatted)
    }

    @Test func alwaysIsAnInvariant() throws {
        let text = "middlebox nat\nproperty x\n  cites RFC 1\n  always for a in outbound: a in inbound\n"
        let spec = try check(try parse(SourceFile(path: "t.gravel", text: text)), against: Environments.nat)
        let property = try #require(spec.properties.first)
        #expect(property.kind == .always)
        #expect(property.text == "property x\n  cites RFC 1\n  always for a in outbound: a in inbound")
        guard case .invariant = property.form else {
            Issue.record("\(property.form)")
            return
        }
    }

    /// Definitions are put in place with their arguments, and see only those above them.
    @Test func definitionsNest() {
        let head = "middlebox nat\nlet limit = 5\nlet twice(x) = x + x\nlet small(p) = twice(p.length) < limit\n"
        #expect(
            Environments.diagnostics(head + "property x\n  when p enters any\n  where small(p)\n  then p is dropped\n")
                == "")
        let loop =
            "middlebox nat\nlet f(x) = f(x)\nproperty x\n  when p enters any\n  where f(p)\n  then p is dropped\n"
        #expect(Environments.diagnostics(loop).contains("unknown function 'f'"))
    }

    /// Machine-made input is refused, not crashed on.
    @Test func excessIsRefused() {
        let deep =
            "middlebox nat\nassume \(String(repeating: "(", count: 5000))1\(String(repeating: ")", count: 5000)) == 1\n"
        #expect(Environments.diagnostics(deep).contains("nested too deeply"))
        let long = "middlebox nat\nassume 1 == 1\(String(repeating: " and 1 == 1", count: 5000))\n"
        #expect(Environments.diagnostics(long).contains("nested too deeply"))
        // Each no longer and no deeper than it may be, and all of them together as deep as thousands of brackets.
        let chains = String(repeating: " and true", count: 98) + String(repeating: " or true", count: 98)
        let nested = String(repeating: "(", count: 39) + "true" + String(repeating: ")" + chains, count: 39)
        #expect(Environments.diagnostics("middlebox nat\nassume \(nested)\n").contains("nested too deeply"))
        let definitions =
            "middlebox nat\nlet a0 = true\n"
            + (1..<100).map { "let a\($0) = a\($0 - 1)\(String(repeating: " and true", count: 98))\n" }.joined()
        #expect(
            Environments.diagnostics(definitions + "assume a99\n").contains(
                "with the definitions that it uses, this is nested too deeply"))
        let doubling =
            "middlebox nat\nlet f0(x) = x\n"
            + (1...30).map { "let f\($0)(x) = f\($0 - 1)(x) and f\($0 - 1)(x)\n" }.joined()
            + "property x\n  when p enters any\n  where f30(p has tcp)\n  then p is dropped\n"
        #expect(Environments.diagnostics(doubling).contains("too large"))
    }

    /// Of a file that is no spec, nobody reads all mistakes.
    @Test func mistakesHaveAnEnd() {
        let told = Environments.diagnostics("middlebox nat\n" + String(repeating: "@\n", count: 5_000))
        #expect(told.contains("t.gravel:101:1: error: unexpected character '@'"))
        #expect(told.contains("t.gravel:102:1: error: from here on, 4900 further mistakes are not shown"))
        #expect(!told.contains("t.gravel:103:1"))
    }

    /// What is said of each element of an array nests as deep as the array is long.
    @Test(arguments: [
        "for i in long: long[i] <= 200", "for first i in long where long[i] > 3: long[i] <= 200",
        "not for i in long: not long[i] <= 200",
    ])
    func longArraysAreNoDanger(formula: String) throws {
        var environment = Environments.nat
        environment.variables = [.init(name: "long", type: .array(.bits(64), count: 4_096))]
        let text = "middlebox nat\nproperty x\n  when p enters any\n  then \(formula)\n"
        let spec = try check(try parse(SourceFile(path: "t.gravel", text: text)), against: environment)
        guard case .step(let step) = spec.properties.first?.form else {
            Issue.record("\(spec.properties)")
            return
        }
        let context = Environments.context(before: RecordingState("before"), after: RecordingState("after"))
        #expect(step.conclusions(context, output: nil).contains { !$0.formula.isConstant })
    }

    /// A long array is put together from parts, each of which has a first element for which the condition holds.
    @Test(arguments: [0, 1, 127, 128, 149, 150, 151, 225, 299, 300], [true, false])
    func longArraysMeanTheSame(first: Int, isRight: Bool) throws {
        var environment = Environments.nat
        environment.variables = [.init(name: "long", type: .array(.bits(64), count: 300))]
        func conclusion(_ formula: String) throws -> Term {
            let text = "middlebox nat\nproperty x\n  when p enters any\n  then \(formula)\n"
            let spec = try check(try parse(SourceFile(path: "t.gravel", text: text)), against: environment)
            guard case .step(let step)? = spec.properties.first?.form else { return .variable("no step", .boolean) }
            let state = RecordingState("after")
            // Behind the first one, claims do not hold.
            state.numbers["long"] = (0..<300).map { $0 < first ? 1 : $0 == first && isRight ? 7 : 300 }
            let context = Environments.context(before: RecordingState("before"), after: state)
            return .and(step.conclusions(context, output: nil).map(\.formula))
        }
        let isThere = first < 300
        let firstIsRight = try conclusion("for first i in long where long[i] > 3: long[i] <= 200")
        #expect(firstIsRight == .boolean(!isThere || isRight))
        let allAreRight = try conclusion("for i in long: long[i] <= 200")
        #expect(allAreRight == .boolean(!isThere || isRight && first == 299))
    }

    /// Whatever the text, there is an answer.
    @Test(arguments: 0..<200)
    func brokenTextIsAnswered(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var bytes = Array(try Environments.file("nat.gravel").text.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let start = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...30, using: &random)))
            case 1: bytes[start] = UInt8.random(in: 0...255, using: &random)
            default:
                bytes.insert(
                    contentsOf: bytes[start..<min(bytes.count, start + 20)],
                    at: Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        let file = SourceFile(path: "t.gravel", text: String(decoding: bytes, as: UTF8.self))
        do throws(SpecError) {
            _ = try check(try parse(file), against: Environments.nat)
        } catch {
            #expect(!error.diagnostics.isEmpty)
            #expect(!DiagnosticRenderer(sources: [file]).render(error.diagnostics).isEmpty)
        }
    }
}
