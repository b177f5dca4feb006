import Logic
import SMT
import SymbolicExecution

/// A satisfiable trace with its values: packets, control operations, times and the configuration.
struct ConcreteTrace {
    let happenings: [Confirmation.Step]
    /// For each step its argument, if it is an operation, as a file of operations has it.
    let arguments: [String]
    /// What the verifier says each packet causes; nil where it did not follow it.
    let outputs: [[(port: UInt32, bytes: [UInt8])]?]
    let configuration: [(name: String, value: String)]
    let configurationBytes: [UInt8]
    let steps: [TraceSearch.Step]
    /// When it breaks a claim about a state that time has passed in since the last step, in nanoseconds.
    let end: UInt64?

    /// - Throws: when the model has no value for something.
    init(_ found: TraceSearch.Found, model: StateModel) throws {
        let values = found.model
        func number(_ term: Term) throws -> UInt128 {
            switch try values.value(of: term) {
            case .bitVector(let value, _): value
            case .integer(let value): UInt128(truncatingIfNeeded: value)
            case .boolean(let value): value ? 1 : 0
            case .tuple, .array: 0
            }
        }
        func bytes(_ array: Term, _ length: Term) throws -> [UInt8] {
            try (0..<Int(try number(length))).map {
                UInt8(truncatingIfNeeded: try number(.select(array, .bitVector($0, width: 16))))
            }
        }
        /// A record in memory, and as people see it.
        func content(
            of record: Record?, _ term: (Int) -> Term
        ) throws -> (bytes: [UInt8], fields: [(name: String, value: String)]) {
            guard let record else { return ([], []) }
            var memory = [UInt8](repeating: 0, count: record.size)
            var fields: [(String, String)] = []
            for (place, leaf) in record.leaves.enumerated() {
                let value = try number(term(place))
                for index in 0..<leaf.size {
                    let shift = 8 * (leaf.isBigEndian ? leaf.size - 1 - index : index)
                    memory[leaf.offset + index] = UInt8(truncatingIfNeeded: value >> UInt128(shift))
                }
                fields.append((leaf.name, leaf.text(of: value)))
            }
            return (memory, fields)
        }
        var happenings: [Confirmation.Step] = []
        var arguments: [String] = []
        for step in found.steps {
            let time = UInt64(truncatingIfNeeded: try number(step.now))
            if let operation = step.operation {
                let argument = try content(of: model.operations[operation.name]?.argument) { operation.arguments[$0] }
                happenings.append(.operation(.init(time: time, name: operation.name, argument: argument.bytes)))
                let type = model.operations[operation.name]?.argumentType
                arguments.append(type.map { ArgumentText(bytes: argument.bytes).text(of: $0) } ?? "{}")
            } else {
                happenings.append(
                    .packet(
                        .init(
                            time: time, ingress: UInt32(truncatingIfNeeded: try number(step.port)),
                            bytes: try bytes(step.bytes, step.length))))
                arguments.append("")
            }
        }
        self.happenings = happenings
        self.arguments = arguments
        outputs = try found.steps.map { step in
            try step.outputs?.map {
                try (UInt32(truncatingIfNeeded: number($0.port)), bytes($0.bytes, $0.length))
            }
        }
        steps = found.steps
        end = try? UInt64(truncatingIfNeeded: number(TraceSearch.later))
        guard let configuration = model.configuration else {
            self.configuration = []
            configurationBytes = []
            return
        }
        let content = try content(of: configuration.record) {
            configuration.variable(configuration.record.leaves[$0])
        }
        self.configuration = ArgumentText(bytes: content.bytes).fields(of: configuration.type)
        configurationBytes = content.bytes
    }
}
