import Diagnostics
import Testing

@testable import SpecLanguage

/// What specs say of control operations, right and wrong.
@Suite struct OperationDiagnosticsTests {
    private static let environment: SpecEnvironment = {
        var environment = Environments.nat
        environment.operations = [
            .init(
                name: "remove_backend",
                fields: [
                    .init(name: "index", type: .bits(32)), .init(name: "at_once", type: .boolean),
                    .init(name: "grace", type: .seconds),
                ]),
            .init(name: "forget_all", fields: []),
        ]
        return environment
    }()

    private func diagnostics(_ property: String) -> String {
        Environments.diagnostics(
            "middlebox nat ports inside, outside\nproperty x\n" + property, against: Self.environment)
    }

    @Test(
        "Accepted",
        arguments: [
            "when c runs remove_backend where c.at_once and c.grace < config.tcp_lifetime then c.index < drops",
            "when c runs forget_all then before(drops) == drops",
            "when p enters any, q leaves any later r enters any unless c runs remove_backend where c.index == q.port then r is dropped",
            "when c runs remove_backend later d runs forget_all within c.grace then c.index == drops",
            "when c runs remove_backend later p enters any unless d runs remove_backend where d.index == c.index then p.length > c.index",
            "when p enters any then earlier c ran remove_backend where c.index == p.length and not c.at_once",
            "when c runs forget_all then earlier p entered inside, q left outside",
        ])
    func accepted(_ property: String) { #expect(diagnostics(property) == "") }

    @Test("Definitions take runs like packets")
    func definitions() {
        let spec = """
            middlebox nat ports inside, outside
            let soon(c) = c.grace < 10
            property x when c runs remove_backend where soon(c) then c.index > 0
            """
        #expect(Environments.diagnostics(spec, against: Self.environment) == "")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let property: String
        let message: String
        var testDescription: String { property }
    }

    @Test("Refused, once each", arguments: mistakes)
    func refused(_ mistake: Mistake) {
        let found = diagnostics(mistake.property)
        #expect(found.contains(mistake.message), "\(found)")
        #expect(found.components(separatedBy: ": error:").count == 2, "\(found)")
    }

    static let mistakes = [
        Mistake(
            property: "when c runs remove_bakend then c.index > 0",
            message: "unknown control operation 'remove_bakend'"),
        Mistake(
            property: "when c runs remove_bakend later p enters any then p.length > c.index",
            message: "did you mean 'remove_backend'?"),
        Mistake(
            property:
                "when p enters any later q enters any unless c runs remove_bakend where c.index > 0 then q is dropped",
            message: "did you mean 'remove_backend'?"),
        Mistake(
            property: "when p enters any then earlier c ran remove_bakend where c.index > 0",
            message: "did you mean 'remove_backend'?"),
        Mistake(
            property: "when c runs remove_backend then c.idex > 0",
            message: "the argument of 'remove_backend' has no field 'idex'"),
        Mistake(
            property: "when c runs remove_backend then c.length > 0",
            message: "the argument of 'remove_backend' has no field 'length'"),
        Mistake(
            property: "when c runs forget_all then c.index > 0",
            message: "the argument of 'forget_all' has no field 'index'"),
        Mistake(
            property: "when c runs remove_backend then c is dropped",
            message: "found a run of 'remove_backend'"),
        Mistake(
            property: "when c runs remove_backend then c has tcp", message: "found a run of 'remove_backend'"),
        Mistake(
            property: "when c runs remove_backend, q leaves any then q.length > 0",
            message: "a control operation is a step of its own"),
        Mistake(
            property: "when p enters any, c runs remove_backend then p is dropped",
            message: "a control operation is a step of its own"),
        Mistake(
            property: "when c runs remove_backend different state same drops",
            message: "'same' is about packets, not about control operations"),
        Mistake(
            property: "when c runs remove_backend rate c.index <= 5 * elapsed",
            message: "'rate' is about packets, not about control operations"),
        Mistake(
            property: "when c runs inside then drops > 0", message: "unknown control operation 'inside'"),
        Mistake(
            property: "when c runs any then drops > 0", message: "expected the name of a control operation"),
        Mistake(
            property: "when p enters any later c runs remove_backend within c.grace then drops > 0",
            message: "unknown name 'c'"),
    ]

    @Test("Without operations there are none")
    func none() {
        let found = Environments.diagnostics(
            "middlebox nat ports inside, outside property x when c runs f then drops > 0")
        #expect(found.contains("unknown control operation 'f'"))
        #expect(found.contains("there is none"))
    }

    @Test("The canonical layout")
    func layout() throws {
        let text = try Formatter.format(
            SourceFile(
                path: "t.gravel",
                text:
                    "middlebox nat ports inside property x when c  runs forget_all later p enters any unless d runs remove_backend where d.index==1 then p is dropped"
            ))
        #expect(
            text == """
                middlebox nat
                  ports inside

                property x
                  when c runs forget_all
                  later p enters any
                  unless d runs remove_backend where d.index == 1
                  then p is dropped

                """)
    }
}
