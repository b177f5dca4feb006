import Diagnostics
import Logic
import PacketFormat
import Testing

@testable import SpecLanguage

/// The specs of the repository are accepted, and every part of them becomes terms.
@Suite struct BundledSpecTests {
    @Test func natIsAccepted() throws {
        let file = try Environments.file("nat.gravel")
        let diagnostics = Environments.diagnostics(file.text)
        #expect(diagnostics == "")
        let spec = try check(try parse(file), against: Environments.nat)
        #expect(spec.name == "nat")
        #expect(spec.ports == ["inside", "outside"])
        #expect(spec.assumptions.count == 6)
        #expect(spec.properties.count { $0.kind == .step } == 24)
        #expect(spec.properties.count { $0.kind == .later } == 12)
        #expect(spec.properties.count { $0.kind == .earlier } == 1)
        #expect(spec.properties.count { $0.kind == .invariant } == 1)
        #expect(spec.properties.first?.cites == ["RFC 3022 section 4.1"])
        for property in spec.properties {
            if case .notYetSupported(let form) = property.form { Issue.record("\(property.name): \(form)") }
        }
    }

    @Test(arguments: [("nat.gravel", Environments.nat), ("nop.gravel", Environments.nop)])
    func everyPartLowers(name: String, environment: SpecEnvironment) throws {
        let spec = try check(try parse(Environments.file(name)), against: environment)
        let (before, after) = (RecordingState("before"), RecordingState("after"))
        let context = Environments.context(before: before, after: after)
        for assumption in spec.assumptions { #expect(!assumption.lower(context).isConstant) }
        for property in spec.properties {
            switch property.form {
            case .step(let step):
                let output = step.concernsOutput ? 0 : nil
                #expect(step.premise(context, output: output).sort == .boolean)
                let conclusions = step.conclusions(context, output: output)
                #expect(!conclusions.isEmpty)
                for conjunct in conclusions {
                    #expect(!conjunct.text.isEmpty)
                    #expect(!conjunct.formula.isTrue, "\(property.name): \(conjunct.text)")
                }
            case .invariant(let invariant):
                let bindings = invariant.variables.map { Term.variable($0.name, $0.sort) }
                let conjuncts = invariant.conjuncts(context, bindings: bindings)
                #expect(!conjuncts.isEmpty)
                for conjunct in conjuncts {
                    #expect(!conjunct.formula.isConstant, "\(property.name): \(conjunct.text)")
                }
            case .history(let history):
                var context = context
                context.remembered = Remembered(name: "x", time: .variable("time", .integer))
                #expect(!history.isFresh(context).isFalse && !history.candidates.isEmpty)
                for (number, candidate) in history.candidates.enumerated() {
                    let bindings = candidate.variables.map { Term.variable("\($0.name)\(number)", $0.sort) }
                    #expect(!candidate.body(context, bindings: bindings).isConstant, "\(candidate.text)")
                }
            case .rate(let rate):
                #expect(!rate.contributions(context).isEmpty && !rate.bound(context).constant.isConstant)
            case .independence(let independence):
                #expect(!independence.premise(context).isConstant)
                for object in independence.differences.objects {
                    #expect(object.keys(context).allSatisfy { !$0.key.isConstant })
                }
            case .refinement(let model):
                for conjunct in model.coverage.conclusions(context, output: nil) {
                    #expect(!conjunct.formula.isConstant, "\(property.name): \(conjunct.text)")
                }
            case .notYetSupported(let form): Issue.record("\(property.name): \(form)")
            }
        }
    }
}
