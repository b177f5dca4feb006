import Logic
import SMT
import SymbolicExecution

/// A satisfiable trace with its values: packets, times and the configuration.
struct ConcreteTrace {
    let packets: [Confirmation.Packet]
    /// What the verifier says each packet causes; nil where it did not follow it.
    let outputs: [[(port: UInt32, bytes: [UInt8])]?]
    let configuration: [(name: String, value: String)]
    let configurationBytes: [UInt8]
    let steps: [TraceSearch.Step]

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
        packets = try found.steps.map { step in
            try Confirmation.Packet(
                time: UInt64(truncatingIfNeeded: number(step.now)),
                ingress: UInt32(truncatingIfNeeded: number(step.port)),
                bytes: bytes(step.bytes, step.length))
        }
        outputs = try found.steps.map { step in
            try step.outputs?.map {
                try (UInt32(truncatingIfNeeded: number($0.port)), bytes($0.bytes, $0.length))
            }
        }
        steps = found.steps
        guard let configuration = model.configuration else {
            self.configuration = []
            configurationBytes = []
            return
        }
        var memory = [UInt8](repeating: 0, count: configuration.record.size)
        var fields: [(String, String)] = []
        for leaf in configuration.record.leaves {
            let value = try number(configuration.variable(leaf))
            for index in 0..<leaf.size {
                let shift = 8 * (leaf.isBigEndian ? leaf.size - 1 - index : index)
                memory[leaf.offset + index] = UInt8(truncatingIfNeeded: value >> UInt128(shift))
            }
            fields.append((leaf.name, leaf.text(of: value)))
        }
        self.configuration = fields
        configurationBytes = memory
    }
}
