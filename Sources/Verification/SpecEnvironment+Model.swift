import Logic
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

extension SpecEnvironment {
    /// What a spec may name of a middlebox.
    init(_ program: Program, _ model: StateModel) {
        func type(_ record: Record) -> SpecType {
            if record.leaves.count == 1, record.leaves[0].name.isEmpty { return record.leaves[0].specType }
            return .structure(
                SpecStructure(
                    name: record.name,
                    fields: record.leaves.map { .init($0.name, $0.specType, named: $0.namedNumbers) }))
        }
        self.init(
            middlebox: program.name, ports: model.ports.map { Port(name: $0.name, number: $0.number) },
            configurationName: model.configuration?.name ?? "config",
            configuration: model.configuration.map { ConfigurationType($0.type).fields } ?? [],
            maps: model.maps.values.map { map in
                Map(
                    name: map.name, key: type(map.key), value: type(map.value), keySort: map.key.sort,
                    valueSort: map.value.sort)
            },
            pools: Array(model.pools.keys),
            // Names with a dot are the compiler's, for constants that C has no names for.
            variables: model.plain.values.filter { !$0.name.contains(".") }.map {
                Object(name: $0.name, type: PlainObject(type: $0.type).specType)
            },
            // What C says of a negative number, specs say of none.
            constants: program.constants.filter { $0.value >= 0 }.map { NamedNumber($0.name, UInt128($0.value)) },
            operations: model.operations.values.map { operation in
                Operation(name: operation.name, fields: operation.argument.map { Self.nested($0.leaves[...]) } ?? [])
            })
    }

    /// The fields of a control operation's argument, structs in it as such.
    private static func nested(_ leaves: ArraySlice<Record.Leaf>, below prefix: String = "") -> [Object] {
        var result: [Object] = []
        for leaf in leaves {
            let name = leaf.name.dropFirst(prefix.count)
            guard let dot = name.firstIndex(of: ".") else {
                result.append(Object(name: String(name), type: leaf.specType))
                continue
            }
            let first = String(name[..<dot])
            guard result.last?.name != first else { continue }
            let inner = leaves.filter { $0.name.hasPrefix("\(prefix)\(first).") }
            let fields = nested(inner[...], below: "\(prefix)\(first).")
            result.append(
                Object(
                    name: first,
                    type: .structure(SpecStructure(name: first, fields: fields.map { .init($0.name, $0.type) }))))
        }
        return result
    }
}

extension Record.Leaf {
    /// As the specification language sees it.
    fileprivate var specType: SpecType {
        if isBoolean { return .boolean }
        if isSeconds { return .seconds }
        return isNanoseconds ? .nanoseconds : .bits(8 * size)
    }

    fileprivate var namedNumbers: [NamedNumber] {
        enumerators.filter { $0.value >= 0 }.map { NamedNumber($0.name, UInt128($0.value)) }
    }
}

/// The variables behind a spec's `config.a[i].b`. Formulas about lists name hundreds of them, over and over: each is looked up once.
final class ConfigurationVariables {
    private let configuration: StateModel.Configuration
    private let leaves: [String: Record.Leaf]
    private var known: [[PathComponent]: Term] = [:]

    init(_ configuration: StateModel.Configuration) {
        self.configuration = configuration
        leaves = Dictionary(configuration.record.leaves.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(path: [PathComponent]) -> Term {
        if let known = known[path] { return known }
        let term = ConfigurationType(configuration.type).term(at: path[...]) { name in
            guard let leaf = leaves[name] else { preconditionFailure("the type has the leaves of its record") }
            return configuration.variable(leaf)
        }
        known[path] = term
        return term
    }
}
