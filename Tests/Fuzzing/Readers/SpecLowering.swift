import Logic
import PacketFormat
import SpecLanguage

/// Everything that a checked spec says, as terms about variables: nobody looks at the terms, but all of them must come to be.
enum SpecLowering {
    static func lower(_ spec: CheckedSpec) {
        let context = context(outputs: 1)
        for assumption in spec.assumptions { _ = assumption.lower(context) }
        for property in spec.properties {
            switch property.form {
            case .step(let step): lower(step)
            case .invariant(let invariant):
                let bindings = invariant.variables.map { Term.variable($0.name, $0.sort) }
                _ = invariant.conjuncts(context, bindings: bindings)
            case .history(let history):
                var context = context
                context.remembered = Remembered(name: "remembered", time: .variable("then", .integer))
                _ = history.isFresh(context)
                for candidate in history.candidates {
                    _ = candidate.body(context, bindings: candidate.variables.map { Term.variable($0.name, $0.sort) })
                }
            case .rate(let rate):
                _ = rate.contributions(context)
                _ = rate.bound(context)
            case .independence(let independence):
                _ = independence.premise(context)
                for object in independence.differences.objects { _ = object.keys(context) }
            case .refinement(let model):
                _ = model.coverage.conclusions(context, output: nil)
                for rule in model.rules { lower(rule.step) }
            case .notYetSupported: continue
            }
        }
    }

    private static func lower(_ step: StepProperty) {
        let context = step.operation.map(context(operation:)) ?? context(outputs: step.concernsPairs ? 2 : 1)
        _ = step.entryPremise(context)
        for output in step.subjects(in: context) {
            _ = step.premise(context, output: output)
            _ = step.conclusions(context, output: output)
        }
    }

    // MARK: What the words stand for

    private static func context(outputs: Int) -> LoweringContext {
        var context = context()
        context.input = packet("entered")
        context.ingress = .variable("ingress", .bitVector(32))
        context.outputs = (0..<outputs).map {
            .init(egress: .variable("egress\($0)", .bitVector(32)), packet: packet("left\($0)"))
        }
        return context
    }

    private static func context(operation name: String) -> LoweringContext {
        var context = context()
        let fields = SpecEnvironment.everything.operations.first { $0.name == name }?.fields ?? []
        context.operation = .init(name: name) { field in
            variable("argument.\(field)", fields.first { $0.name == field }?.type ?? .boolean)
        }
        return context
    }

    private static func context() -> LoweringContext {
        var count = 0
        return LoweringContext(
            configuration: { scalar(in: SpecEnvironment.everything.configuration, $0[...], "config") },
            now: .variable("now", .integer), before: VariableState(name: "before"), after: VariableState(name: "after"),
            freshName: {
                count += 1
                return "\($0)!\(count)"
            })
    }

    private static func packet(_ name: String) -> SymbolicPacket {
        SymbolicPacket(
            bytes: .variable("\(name).bytes", SymbolicPacket.bytesSort),
            length: .variable("\(name).length", .bitVector(16)))
    }

    /// A variable, or an unknown function of the indices on the way to the scalar.
    fileprivate static func scalar(
        in objects: [SpecEnvironment.Object], _ path: ArraySlice<PathComponent>, _ name: String
    ) -> Term {
        guard case .field(let first)? = path.first, let object = objects.first(where: { $0.name == first }) else {
            return .false
        }
        return scalar(of: object.type, path.dropFirst(), "\(name).\(first)")
    }

    fileprivate static func scalar(of type: SpecType, _ path: ArraySlice<PathComponent>, _ name: String) -> Term {
        var (type, name) = (type, name)
        var indices: [Term] = []
        for component in path {
            switch (component, type) {
            case (.field(let field), .structure(let structure)):
                name += ".\(field)"
                type = structure.fields.first { $0.name == field }?.type ?? .boolean
            case (.index(let index), .array(let element, _)):
                name += "[]"
                indices.append(index)
                type = element
            default: return .false
            }
        }
        return variable(name, type, indices)
    }

    private static func variable(_ name: String, _ type: SpecType, _ indices: [Term] = []) -> Term {
        let sort: Sort =
            switch type {
            case .bits(let width): .bitVector(width)
            case .integer, .seconds, .nanoseconds: .integer
            case .boolean, .structure, .array, .opaque: .boolean
            }
        return indices.isEmpty ? .variable(name, sort) : .apply(name, indices, sort: sort)
    }
}

/// A state of unknown functions.
private struct VariableState: StateView {
    let name: String

    private func valueSort(of map: String) -> Sort {
        SpecEnvironment.everything.maps.first { $0.name == map }?.valueSort ?? .boolean
    }

    func isPresent(map: String, key: Term) -> Term { .apply("\(name).\(map).present", [key], sort: .boolean) }
    func value(map: String, key: Term) -> Term { .apply("\(name).\(map).value", [key], sort: valueSort(of: map)) }
    func expiry(map: String, key: Term) -> Term { .apply("\(name).\(map).expiry", [key], sort: .integer) }
    func isAllocated(pool: String, index: Term) -> Term { .apply("\(name).\(pool).taken", [index], sort: .boolean) }
    func expiry(pool: String, index: Term) -> Term { .apply("\(name).\(pool).expiry", [index], sort: .integer) }
    func hasRoom(map: String) -> Term { .variable("\(name).\(map).room", .boolean) }
    func hasFreeIndex(pool: String, from first: Term, through last: Term) -> Term {
        .apply("\(name).\(pool).free", [first, last], sort: .boolean)
    }
    func variable(_ object: String, path: [PathComponent]) -> Term {
        let type = SpecEnvironment.everything.variables.first { $0.name == object }?.type ?? .boolean
        return SpecLowering.scalar(of: type, path[...], "\(name).\(object)")
    }
}
