import Diagnostics
import MiddleboxIR

/// Programs written down by hand: each call in a body is an instruction of its own, at the C line given.
enum Build {
    static let packetType = CType.pointer(.structure(.init(name: "packet", bytes: 24, fields: [])))
    static let packet = Function.Parameter(name: "packet", type: .pointer, cType: packetType)
    static let pointer = Function.Parameter(name: "pointer", type: .pointer, cType: .pointer(.void))
    static let file = "box.c"

    static func at(_ line: Int, _ column: Int = 5) -> SourceLocation {
        SourceLocation(file: file, line: line, column: column)
    }

    static func call(
        _ callee: Callee, _ arguments: [Operand] = [.parameter(0)], line: Int = 1, result: Int? = nil
    ) -> Instruction {
        Instruction(
            result: result.map(Register.init), type: result == nil ? .void : .pointer,
            operation: .call(callee, arguments), location: at(line))
    }

    static func emit(_ port: Operand, line: Int = 1) -> Instruction {
        call(.external("packet_emit"), [.parameter(0), port], line: line)
    }

    static func drop(line: Int = 1) -> Instruction { call(.external("packet_drop"), line: line) }

    static func load(_ address: Operand, into register: Int, line: Int = 1) -> Instruction {
        Instruction(
            result: Register(register), type: .pointer, operation: .load(address, alignment: 1), location: at(line))
    }

    static func store(_ value: Operand, to address: Operand, line: Int = 1) -> Instruction {
        Instruction(
            result: nil, type: .void,
            operation: .store(value: value, type: .integer(bits: 32), to: address, alignment: 4), location: at(line))
    }

    static func number(_ value: UInt128) -> Operand { .integer(value, bits: 32) }

    static func block(
        _ instructions: [Instruction], _ terminator: Terminator = .return(nil), line: Int = 1
    ) -> Block {
        Block(phis: [], instructions: instructions, terminator: terminator, terminatorLocation: at(line))
    }

    /// A function of one block, or of several.
    static func function(
        _ name: String, _ parameters: [Function.Parameter], returns: ValueType = .void,
        lines: ClosedRange<Int> = 1...1, _ blocks: [Block]
    ) -> Function {
        Function(
            name: name, parameters: parameters, returnType: returns, blocks: blocks, location: at(lines.lowerBound),
            lines: lines, registerCount: 16)
    }

    static func function(
        _ name: String, returns: ValueType = .void, lines: ClosedRange<Int> = 1...1, _ blocks: [Block]
    ) -> Function {
        function(name, [packet], returns: returns, lines: lines, blocks)
    }

    static func function(_ name: String, _ instructions: [Instruction]) -> Function {
        function(name, [block(instructions)])
    }

    static func plain(_ name: String, isConstant: Bool = false) -> Global {
        Global(
            name: name, kind: .plain(isConstant: isConstant),
            type: .integer(name: "unsigned int", bytes: 4, isSigned: false), size: 4, initialBytes: [0, 0, 0, 0],
            location: nil)
    }

    static func map(_ name: String) -> Global {
        let word = CType.integer(name: "unsigned int", bytes: 4, isSigned: false)
        return Global(
            name: name, kind: .map(key: word, value: word, capacity: 8), type: word, size: 64, initialBytes: nil,
            location: nil)
    }

    static func configuration(_ name: String) -> Global {
        Global(
            name: name, kind: .configuration, type: .structure(.init(name: "configuration", bytes: 8, fields: [])),
            size: 8, initialBytes: nil, location: nil)
    }

    static func program(
        _ functions: [Function], globals: [Global] = [], ports: [String] = ["inside", "outside"], source: String = ""
    ) -> Program {
        Program(
            name: "box", sources: [SourceFile(path: file, text: source)], functions: functions, globals: globals,
            ports: ports.enumerated().map { Program.Port(name: $1, number: UInt32($0)) }, digest: "")
    }
}
