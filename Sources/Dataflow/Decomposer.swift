import Diagnostics
import MiddleboxIR

extension ElementGraph {
    /// Finds the elements of a program and how packets pass between them.
    ///
    /// An *input function* takes the packet, returns nothing, and ends at least once by handing the packet on in tail position. Input functions
    /// that touch the same mutable object form one element. All other functions, and input functions where they are called
    /// before the end of another function, are helpers of their callers.
    public init(decomposing program: Program) throws(DecompositionError) {
        try self.init(program, isWhole: false)
    }

    /// The program as one element, whose one input is where packets arrive: what there is to compare decomposition with.
    public init(wholeProgram program: Program) throws(DecompositionError) {
        // What is no program for the one is none for the other.
        _ = try ElementGraph(decomposing: program)
        try self.init(program, isWhole: true)
    }

    private init(_ program: Program, isWhole: Bool) throws(DecompositionError) {
        let entry = Program.entryPoint
        try ElementGraph.checkEntry(of: program)
        try ElementGraph.checkOperations(of: program)
        if program.ports.isEmpty { throw .noPorts }

        let handOffs = try HandOffs(program, entry: entry, isWhole: isWhole)
        let sourceOrder = program.functions.map(\.name)
        let reached = Set(handOffs.inputs)
        let inputs = sourceOrder.filter(reached.contains)
        let inlined = Dictionary(uniqueKeysWithValues: inputs.map { ($0, handOffs.inlined(in: $0)) })
        let pointsTo = PointsTo(program, handOffs: handOffs, entry: entry)
        let ownership = StateOwnership(program, inputs: inputs, pointsTo: pointsTo)

        let flowPosition = Dictionary(uniqueKeysWithValues: handOffs.inputs.enumerated().map { ($1, $0) })
        func firstPosition(_ names: [String]) -> Int { names.compactMap { flowPosition[$0] }.min() ?? .max }
        let elements = ownership.groups.map { group in
            let helpers = group.inputs.reduce(into: Set<String>()) { $0.formUnion(inlined[$1] ?? []) }
            let place = ElementGraph.place(of: group.inputs.compactMap { handOffs.functions[$0] })
            return Element(
                name: group.inputs.joined(separator: "+"), inputs: group.inputs, ownedState: group.owned,
                readState: group.read, helpers: sourceOrder.filter(helpers.contains), file: place.file,
                lines: place.lines)
        }.sorted { firstPosition($0.inputs) < firstPosition($1.inputs) }

        self.name = program.name
        self.elements = elements
        self.edges = inputs.flatMap { input in
            EdgeCollector(program: program, handOffs: handOffs).edges(
                from: input, inlined: sourceOrder.filter { inlined[input]?.contains($0) ?? false })
        }
        stateOwners = Dictionary(
            uniqueKeysWithValues: elements.flatMap { element in element.ownedState.map { ($0, element.name) } })
        self.entry = entry
        inputsInFlowOrder = handOffs.inputs
        operations = program.controlOperations.map(\.name)
        tailHandOffs = Dictionary(
            uniqueKeysWithValues: handOffs.tailCalls.flatMap { function, calls in
                calls.map { call in
                    (
                        CallPlace(function: function, block: call.site.block, instruction: call.site.instruction),
                        call.destination
                    )
                }
            })
    }

    private static func checkEntry(of program: Program) throws(DecompositionError) {
        guard let function = program.function(Program.entryPoint) else {
            let near = nearestName(to: Program.entryPoint, in: program.functions.map(\.name))
            throw .noEntryPoint(near: near, location: near.flatMap { program.function($0)?.location })
        }
        guard function.returnType == .void, function.parameters.count == 1, function.packetParameter == 0 else {
            throw .wrongEntrySignature(found: signature(of: function), location: function.location)
        }
    }

    private static func checkOperations(of program: Program) throws(DecompositionError) {
        for operation in program.controlOperations {
            guard let function = program.function(operation.name) else { continue }
            guard function.returnType == .void, operation.parameters.isEmpty || operation.argument != nil,
                function.packetParameter == nil
            else { throw .wrongOperationSignature(found: signature(of: function), location: function.location) }
        }
    }

    /// As C writes it, as far as the IR knows.
    private static func signature(of function: Function) -> String {
        let parameters = function.parameters.map { parameter in
            let type = parameter.cType.map(\.description) ?? "?"
            let separator = type.hasSuffix("*") || parameter.name.isEmpty ? "" : " "
            return type + separator + parameter.name
        }
        let result =
            switch function.returnType {
            case .void: "void"
            case .integer(let bits): bits == 1 || bits == 8 ? "bool" : "int\(bits)_t"
            case .pointer: "void *"
            case .aggregate: "struct …"
            case .other(let text): text
            }
        return "\(result) \(function.name)(\(parameters.isEmpty ? "void" : parameters.joined(separator: ", ")))"
    }

    /// The lines of all those functions that are in the first one's file.
    private static func place(of functions: [Function]) -> (file: String?, lines: ClosedRange<Int>) {
        let file = functions.compactMap(\.location?.file).first
        let ranges = functions.filter { $0.location?.file == file }.compactMap { function in
            function.lines ?? function.location.map { $0.line...$0.line }
        }
        guard let first = ranges.map(\.lowerBound).min(), let last = ranges.map(\.upperBound).max() else {
            return (file, 0...0)
        }
        return (file, first...last)
    }
}
