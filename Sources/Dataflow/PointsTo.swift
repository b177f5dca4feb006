import MiddleboxIR

/// What a pointer can point to.
enum MemoryObject: Hashable {
    case global(String)
    /// A local variable of a function that runs inside the element input `input`.
    case stack(input: String, function: String, register: Register)
    /// The `struct packet`.
    case packet
    case packetBytes
    /// An address that the analysis cannot follow: any object of the program.
    case unknown
}

/// Which objects each element input reads and writes, itself, in its helpers, and through pointers that were handed to it.
///
/// An inclusion-based points-to analysis (Andersen 1994), insensitive to order and to fields, in which the helpers are analysed anew for every
/// input: a helper that is given a pointer to one element's state and then to another's makes the two touch their own only.
/// It errs on the side of more pointers, so that state that is told to be private is.
struct PointsTo {
    private(set) var reads: [String: Set<MemoryObject>] = [:]
    private(set) var writes: [String: Set<MemoryObject>] = [:]

    private let handOffs: HandOffs
    private var values: [Place: Set<MemoryObject>] = [:]
    private var contents: [MemoryObject: Set<MemoryObject>] = [:]
    /// What functions outside the program have been given, and may have kept.
    private var escaped: Set<MemoryObject> = []
    private var changed = false

    /// A value of one function as it runs inside one input.
    private struct Place: Hashable {
        enum Slot: Hashable {
            case register(Register)
            case parameter(Int)
            case result
        }
        let input: String
        let function: String
        let slot: Slot
    }

    init(_ program: Program, handOffs: HandOffs, entry: String) {
        self.handOffs = handOffs
        contents = [.packet: [.packetBytes], .unknown: [.unknown]]
        for global in program.globals {
            // An initialiser with addresses in it is not told in detail.
            if case .plain = global.kind, global.initialBytes == nil { contents[.global(global.name)] = [.unknown] }
        }
        if let packet = handOffs.functions[entry]?.packetParameter {
            values[Place(input: entry, function: entry, slot: .parameter(packet))] = [.packet]
        }
        let instances = handOffs.inputs.map { input in
            (input: input, functions: handOffs.inlined(in: input).union([input]).sorted())
        }
        repeat {
            changed = false
            for instance in instances {
                for name in instance.functions {
                    guard let function = handOffs.functions[name] else { continue }
                    Visit(input: instance.input, function: function).run(on: &self)
                }
            }
        } while changed
    }

    private mutating func flow(_ objects: Set<MemoryObject>, into place: Place) {
        guard !objects.isSubset(of: values[place] ?? []) else { return }
        values[place, default: []].formUnion(objects)
        changed = true
    }

    private mutating func hold(_ objects: Set<MemoryObject>, in holders: Set<MemoryObject>) {
        for holder in holders where !objects.isSubset(of: contents[holder] ?? []) {
            contents[holder, default: []].formUnion(objects)
            changed = true
        }
    }

    private func held(in holders: Set<MemoryObject>) -> Set<MemoryObject> {
        holders.reduce(into: []) { $0.formUnion(contents[$1] ?? []) }
    }

    /// The objects and all that can be reached from them through pointers.
    private func reachable(from objects: Set<MemoryObject>) -> Set<MemoryObject> {
        var found = objects
        var pending = Array(objects)
        while let object = pending.popLast() {
            for next in contents[object] ?? [] where found.insert(next).inserted { pending.append(next) }
        }
        return found
    }

    private mutating func read(_ objects: Set<MemoryObject>, by input: String) {
        guard !objects.isSubset(of: reads[input] ?? []) else { return }
        reads[input, default: []].formUnion(objects)
        changed = true
    }

    private mutating func write(_ objects: Set<MemoryObject>, by input: String) {
        guard !objects.isSubset(of: writes[input] ?? []) else { return }
        writes[input, default: []].formUnion(objects)
        changed = true
    }

    /// Hands objects to code outside the program; returns what that code may touch and give back.
    private mutating func escape(_ objects: Set<MemoryObject>) -> Set<MemoryObject> {
        let all = reachable(from: objects.union(escaped))
        if !all.isSubset(of: escaped) {
            escaped.formUnion(all)
            changed = true
        }
        return all
    }

    /// One pass over one function inside one input.
    private struct Visit {
        let input: String
        let function: Function

        func run(on analysis: inout PointsTo) {
            for block in function.blocks {
                for phi in block.phis {
                    for (_, value) in phi.incoming {
                        analysis.flow(objects(value, analysis), into: register(phi.result))
                    }
                }
                for instruction in block.instructions { visit(instruction, &analysis) }
                switch block.terminator {
                case .return(let value?): analysis.flow(objects(value, analysis), into: place(.result))
                case .return(nil), .jump, .branch, .switch, .trap, .unreachable: break
                case .unsupported(let text): touch(text, &analysis)
                }
            }
        }

        private func place(_ slot: Place.Slot) -> Place { Place(input: input, function: function.name, slot: slot) }
        private func register(_ register: Register) -> Place { place(.register(register)) }

        private func objects(_ operand: Operand, _ analysis: PointsTo) -> Set<MemoryObject> {
            switch operand {
            case .register(let register): analysis.values[place(.register(register))] ?? []
            case .parameter(let index): analysis.values[place(.parameter(index))] ?? []
            case .global(let name): [.global(name)]
            case .offset(let base, _): objects(base, analysis)
            case .aggregate(let parts): parts.reduce(into: []) { $0.formUnion(objects($1, analysis)) }
            case .integer, .null, .function, .undefined: []
            case .unsupported(let text): Set(globalsNamed(in: text)).union([.unknown])
            }
        }

        private func objects(_ operands: [Operand], _ analysis: PointsTo) -> Set<MemoryObject> {
            operands.reduce(into: []) { $0.formUnion(objects($1, analysis)) }
        }

        private func visit(_ instruction: Instruction, _ analysis: inout PointsTo) {
            var result: Set<MemoryObject> = []
            switch instruction.operation {
            case .binary(_, let a, let b): result = objects([a, b], analysis)
            case .compare: break
            case .cast(let cast, let value):
                result = objects(value, analysis)
                if cast == .integerToPointer { result.insert(.unknown) }
            case .select(_, let a, let b): result = objects([a, b], analysis)
            case .allocate:
                if let register = instruction.result {
                    result = [.stack(input: input, function: function.name, register: register)]
                }
            case .load(let address, _):
                let targets = objects(address, analysis)
                analysis.read(targets, by: input)
                result = analysis.held(in: targets)
            case .store(let value, _, let address, _):
                let targets = objects(address, analysis)
                analysis.write(targets, by: input)
                analysis.hold(objects(value, analysis), in: targets)
            case .address(let base, _, let terms): result = objects([base] + terms.map(\.index), analysis)
            case .call(let callee, let arguments): result = call(callee, arguments, &analysis)
            case .extractValue(let value, _), .freeze(let value): result = objects(value, analysis)
            case .insertValue(let whole, let value, _): result = objects([whole, value], analysis)
            case .unsupported(let text):
                touch(text, &analysis)
                result = [.unknown]
            }
            if let register = instruction.result { analysis.flow(result, into: self.register(register)) }
        }

        private func call(_ callee: Callee, _ arguments: [Operand], _ analysis: inout PointsTo) -> Set<MemoryObject> {
            switch callee {
            case .function(let name), .indirect(.function(let name)):
                return callFunction(name, arguments, &analysis)
            case .external(let name):
                return callExternal(name, arguments, &analysis)
            case .intrinsic(.copyMemory):
                guard arguments.count >= 2 else { return [] }
                let (target, source) = (objects(arguments[0], analysis), objects(arguments[1], analysis))
                analysis.read(source, by: input)
                analysis.write(target, by: input)
                analysis.hold(analysis.held(in: source), in: target)
                return []
            case .intrinsic(.setMemory):
                analysis.write(objects(Array(arguments.prefix(1)), analysis), by: input)
                return []
            case .intrinsic:
                return objects(arguments, analysis)
            case .indirect, .assembly:
                // Any function whose address is taken, or any instruction.
                analysis.read([.unknown], by: input)
                analysis.write([.unknown], by: input)
                return analysis.escape(objects(arguments, analysis)).union([.unknown])
            }
        }

        private func callFunction(
            _ name: String, _ arguments: [Operand], _ analysis: inout PointsTo
        ) -> Set<MemoryObject> {
            // The callee runs inside this input where it is inlined, and as an input where it is handed the packet; one function can
            // be called in both ways, so both get the arguments.
            for (index, argument) in arguments.enumerated() {
                let given = objects(argument, analysis)
                analysis.flow(given, into: Place(input: input, function: name, slot: .parameter(index)))
                if analysis.handOffs.tailCalls[name] != nil {
                    analysis.flow(given, into: Place(input: name, function: name, slot: .parameter(index)))
                }
            }
            return analysis.values[Place(input: input, function: name, slot: .result)] ?? []
        }

        private func callExternal(
            _ name: String, _ arguments: [Operand], _ analysis: inout PointsTo
        ) -> Set<MemoryObject> {
            switch (name, arguments.count) {
            case ("packet_emit", _), ("packet_emit_copy", _), ("packet_drop", _), ("packet_push", _),
                ("packet_pull", _), ("checksum_replace_16", _):
                return []
            case ("checksum_of", 2):
                analysis.read(objects(arguments[0], analysis), by: input)
                return []
            case ("memcmp", 3), ("bcmp", 3):
                analysis.read(objects(arguments[0], analysis).union(objects(arguments[1], analysis)), by: input)
                return []
            case ("gravel_map_find", 2):
                let map = objects(arguments[0], analysis)
                analysis.read(map.union(objects(arguments[1], analysis)), by: input)
                return map  // The entries count as part of the map.
            case ("gravel_map_insert", 4):
                let (map, value) = (objects(arguments[0], analysis), objects(arguments[2], analysis))
                analysis.read(objects(arguments[1], analysis).union(value), by: input)
                analysis.write(map, by: input)
                analysis.hold(analysis.held(in: value), in: map)
                return []
            case ("gravel_map_refresh", 3), ("gravel_map_remove", 2):
                analysis.read(objects(arguments[1], analysis), by: input)
                analysis.write(objects(arguments[0], analysis), by: input)
                return []
            case ("pool_allocate", 4), ("pool_refresh", 3), ("pool_release", 2):
                analysis.write(objects(arguments[0], analysis), by: input)
                return []
            default:
                // Not a primitive of the runtime: it may do anything with what it is given or was given before.
                let touched = analysis.escape(objects(arguments, analysis))
                analysis.read(touched, by: input)
                analysis.write(touched, by: input)
                analysis.hold(touched, in: touched)
                return touched
            }
        }

        /// An instruction known only by its LLVM spelling: it may touch every object named in it, and through a pointer any.
        private func touch(_ text: String, _ analysis: inout PointsTo) {
            var touched = Set(globalsNamed(in: text))
            if text.contains("ptr %") { touched.insert(.unknown) }
            analysis.read(touched, by: input)
            analysis.write(touched, by: input)
        }

        /// The `@names` in LLVM text. Those of functions do no harm: nothing looks for them.
        private func globalsNamed(in text: String) -> [MemoryObject] {
            text.split(separator: "@", omittingEmptySubsequences: false).dropFirst().map { rest in
                let quoted = rest.first == "\""
                let body = quoted ? rest.dropFirst() : rest
                return .global(
                    String(body.prefix { quoted ? $0 != "\"" : $0.isLetter || $0.isNumber || "_.$-".contains($0) }))
            }
        }
    }
}
