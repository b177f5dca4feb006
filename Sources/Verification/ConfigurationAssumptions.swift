import Diagnostics
import Logic
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// What a spec assumes of the configuration, held against one: what is proved says nothing about a configuration that violates an assumption.
public struct ConfigurationAssumptions {
    private let file: SourceFile
    private let assumptions: [Assumption]
    private let name: String
    private let type: CType
    private let record: Record

    /// - Parameters:
    ///   - specification: only its assumptions, and the definitions that they use, are looked at.
    ///   - program: whose configuration it is. Nil comes back for one without, or with one that specs cannot speak of.
    /// - Throws: `RejectedInput` for a spec that is not accepted.
    public init?(specification file: SourceFile, program: Program) throws(RejectedInput) {
        let global = program.globals.first { if case .configuration = $0.kind { true } else { false } }
        guard let global, let record = Record(global.type, name: "configuration", hasTables: true) else { return nil }
        self.file = file
        self.record = record
        type = global.type
        name = global.name
        let environment = SpecEnvironment(
            middlebox: program.name, ports: program.ports.map { .init(name: $0.name, number: $0.number) },
            configurationName: global.name, configuration: ConfigurationType(global.type).fields)
        do throws(SpecError) {
            assumptions = try checkAssumptions(of: try parse(file), against: environment)
        } catch {
            throw RejectedInput(error.diagnostics, sources: [file])
        }
    }

    /// Refuses a configuration that violates an assumption.
    ///
    /// - Parameters:
    ///   - bytes: of the C object.
    ///   - path: the file that it was read from, for messages.
    /// - Throws: a diagnostic for each assumption that is violated, with the values of the fields that it speaks of.
    public func require(_ bytes: [UInt8], readFrom path: String) throws(RejectedInput) {
        let diagnostics = assumptions.compactMap { assumption -> Diagnostic? in
            var fields: [Record.Leaf] = []
            let formula = assumption.lower(
                context { name in
                    guard let leaf = record.leaves.first(where: { $0.name == name }) else { return .false }
                    if !fields.contains(leaf) { fields.append(leaf) }
                    return leaf.isSeconds
                        ? .integer(Int(truncatingIfNeeded: leaf.number(in: bytes)))
                        : .bitVector(leaf.number(in: bytes), width: 8 * leaf.size)
                })
            var evaluator = Evaluator(assignment: [:])
            if (try? evaluator.evaluate(formula)) == .boolean(true) { return nil }
            let values = fields.map { "\(name).\($0.name) is \($0.text(of: $0.number(in: bytes)))" }
            return Diagnostic(
                "\(path) does not satisfy this assumption", at: assumption.span,
                hints: values + ["what is proved holds only where all assumptions do: change the configuration"])
        }
        if !diagnostics.isEmpty { throw RejectedInput(diagnostics, sources: [file]) }
    }

    private func context(_ field: @escaping (String) -> Term) -> LoweringContext {
        LoweringContext(
            configuration: { ConfigurationType(type).term(at: $0[...], leaf: field) },
            now: .integer(0), before: NoState(), after: NoState(), freshName: { $0 })
    }
}

/// Assumptions are about the configuration alone: the checker refuses all others.
private struct NoState: StateView {
    private var absent: Never { preconditionFailure("an assumption reads no state") }

    func isPresent(map: String, key: Term) -> Term { absent }
    func value(map: String, key: Term) -> Term { absent }
    func expiry(map: String, key: Term) -> Term { absent }
    func isAllocated(pool: String, index: Term) -> Term { absent }
    func expiry(pool: String, index: Term) -> Term { absent }
    func hasRoom(map: String) -> Term { absent }
    func hasFreeIndex(pool: String, from first: Term, through last: Term) -> Term { absent }
    func variable(_ name: String, path: [PathComponent]) -> Term { absent }
}
