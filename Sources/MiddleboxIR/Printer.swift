import Diagnostics

extension Program: CustomStringConvertible {
    /// The whole program as text, one line an instruction, with C lines.
    public var description: String {
        "program \(name)\n" + Printer(withLocations: true).text(functions: functions, globals: globals, ports: ports)
    }
}

extension Function: CustomStringConvertible {
    public var description: String { Printer(withLocations: true).text(self) }
}

/// Writes this IR as text. Without locations the text depends on what the program means only.
struct Printer {
    let withLocations: Bool

    func text(functions: [Function], globals: [Global], ports: [Program.Port]) -> String {
        var lines = ["ports " + ports.map { "\($0.name) = \($0.number)" }.joined(separator: ", ")]
        lines += globals.map(text)
        return lines.joined(separator: "\n") + "\n" + functions.map { "\n" + text($0) }.joined()
    }

    // MARK: Globals

    func text(_ global: Global) -> String {
        let kind =
            switch global.kind {
            case .map(let key, let value, let capacity):
                "map of \(capacity) from \(definition(key)) to \(definition(value))"
            case .pool(let capacity): "pool of \(capacity)"
            case .configuration: "configuration \(definition(global.type))"
            case .plain(let isConstant): (isConstant ? "constant " : "variable ") + definition(global.type)
            }
        return at(global.location, "global \(global.name): \(kind), \(global.size) bytes\(initialContent(global))")
    }

    private func initialContent(_ global: Global) -> String {
        guard case .plain = global.kind else { return "" }
        guard let bytes = global.initialBytes else { return " = addresses" }
        if bytes.allSatisfy({ $0 == 0 }) { return " = 0" }
        return " = " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A type with everything in it: fields, offsets, enumerators.
    func definition(_ type: CType) -> String {
        switch type {
        case .void, .boolean: "\(type)"
        case .integer(let name, let bytes, let isSigned): "\(name):\(isSigned ? "s" : "u")\(bytes * 8)"
        case .floating(let name, let bytes): "\(name):f\(bytes * 8)"
        case .enumeration(let name, let bytes, let enumerators):
            "enum \(name):\(bytes) {" + enumerators.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") + "}"
        case .union(let name, let bytes): "union \(name):\(bytes)"
        case .array(let element, let count): "\(definition(element))[\(count.map(String.init) ?? "")]"
        case .pointer(let target): "\(definition(target)) *"
        case .named(let name, let type): "\(name)=\(definition(type))"
        case .structure(let structure):
            "struct \(structure.name):\(structure.bytes) {" + structure.fields.map(field).joined(separator: ", ") + "}"
        }
    }

    private func field(_ field: CType.Field) -> String {
        let place = "\(field.bitOffset / 8)" + (field.bitOffset % 8 == 0 ? "" : ".\(field.bitOffset % 8)")
        return "\(place) \(field.name): \(definition(field.type))" + (field.bitFieldWidth.map { " : \($0)" } ?? "")
    }

    // MARK: Functions

    func text(_ function: Function) -> String {
        let parameters = function.parameters.enumerated().map { index, parameter in
            let type = parameter.cType.map { " '\(withLocations ? $0.description : definition($0))'" } ?? ""
            return "p\(index): \(text(parameter.type))\(parameter.name.isEmpty ? "" : " " + parameter.name)\(type)"
        }
        let kind = function.isControlOperation ? "operation" : "function"
        let head = "\(kind) \(function.name)(\(parameters.joined(separator: ", "))) -> \(text(function.returnType))"
        let lines = [at(function.location, head)] + function.blocks.enumerated().flatMap { text($1, number: $0) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(_ block: Block, number: Int) -> [String] {
        ["b\(number):"]
            + block.phis.map { phi in
                let incoming = phi.incoming.map { "[b\($0.from.index): \(text($0.value))]" }.joined(separator: " ")
                return "  r\(phi.result.index): \(text(phi.type)) = phi \(incoming)"
            }
            + block.instructions.map { instruction in
                let result = instruction.result.map { "r\($0.index): \(text(instruction.type)) = " } ?? ""
                return at(instruction.location, "  \(result)\(text(instruction.operation))")
            }
            + [at(block.terminatorLocation, "  \(text(block.terminator))")]
    }

    private func at(_ location: SourceLocation?, _ text: String) -> String {
        guard withLocations, let location else { return text }
        return text + "  ; \(location)"
    }

    func text(_ type: ValueType) -> String {
        switch type {
        case .void: "void"
        case .integer(let bits): "i\(bits)"
        case .pointer: "pointer"
        case .aggregate(let elements): "{" + elements.map(text).joined(separator: ", ") + "}"
        case .other(let spelling): "<\(spelling)>"
        }
    }

    func text(_ operand: Operand) -> String {
        switch operand {
        case .register(let register): "r\(register.index)"
        case .parameter(let index): "p\(index)"
        case .integer(let value, let bits): "\(value):i\(bits)"
        case .null: "null"
        case .global(let name): "@\(name)"
        case .function(let name): "&\(name)"
        case .undefined(let type): "undefined:\(text(type))"
        case .offset(let base, let bytes): "\(text(base))+\(bytes)"
        case .aggregate(let elements): "{" + elements.map(text).joined(separator: ", ") + "}"
        case .unsupported(let spelling): "<\(spelling)>"
        }
    }

    private func text(_ operation: Operation) -> String {
        switch operation {
        case .binary(let operation, let a, let b): "\(operation.rawValue) \(text(a)), \(text(b))"
        case .compare(let comparison, let a, let b): "\(comparison.rawValue) \(text(a)), \(text(b))"
        case .cast(let cast, let value): "\(cast.rawValue) \(text(value))"
        case .select(let condition, let then, let otherwise):
            "select \(text(condition)) ? \(text(then)) : \(text(otherwise))"
        case .allocate(let bytes, let name): "allocate \(bytes)" + (name.map { " \($0)" } ?? "")
        case .load(let address, let alignment): "load \(text(address)) align \(alignment)"
        case .store(let value, let type, let address, let alignment):
            "store \(text(value)): \(text(type)) to \(text(address)) align \(alignment)"
        case .address(let base, let constant, let terms):
            "address \(text(base)) + \(constant)" + terms.map { " + \($0.scale) * \(text($0.index))" }.joined()
        case .call(let callee, let arguments):
            "call \(text(callee))(\(arguments.map(text).joined(separator: ", ")))"
        case .extractValue(let aggregate, let index): "extract \(text(aggregate)) [\(index)]"
        case .insertValue(let aggregate, let value, let index):
            "insert \(text(value)) into \(text(aggregate)) [\(index)]"
        case .freeze(let value): "freeze \(text(value))"
        case .unsupported(let spelling): "unsupported <\(spelling)>"
        }
    }

    private func text(_ callee: Callee) -> String {
        switch callee {
        case .function(let name): name
        case .external(let name): "external \(name)"
        case .intrinsic(let intrinsic): "\(intrinsic)"
        case .indirect(let address): "*\(text(address))"
        case .assembly(let text): "assembly <\(text)>"
        }
    }

    private func text(_ terminator: Terminator) -> String {
        switch terminator {
        case .return(let value): value.map { "return \(text($0))" } ?? "return"
        case .jump(let target): "jump b\(target.index)"
        case .branch(let condition, let then, let otherwise):
            "branch \(text(condition)) ? b\(then.index) : b\(otherwise.index)"
        case .switch(let value, let cases, let fallback):
            "switch \(text(value)) {" + cases.map { "\($0.value): b\($0.target.index), " }.joined()
                + "default: b\(fallback.index)}"
        case .trap(let kind): "trap \(kind)"
        case .unreachable: "unreachable"
        case .unsupported(let spelling): "unsupported <\(spelling)>"
        }
    }
}
