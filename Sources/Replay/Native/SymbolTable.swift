import Foundation

/// Where the objects and functions of a library lie, those included that only the library itself sees: the section `.symtab` of an ELF file for x86-64.
struct SymbolTable {
    struct Symbol {
        /// Before the library is loaded somewhere.
        let address: UInt64
        let size: Int
    }

    /// More than one where several files have a static one of the name.
    private var symbols: [String: [Symbol]] = [:]

    /// - Throws: `notLoadable` for a file that is no such library, or has no symbols.
    init(libraryPath path: String) throws(NativeError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .notLoadable("\(path): cannot be read")
        }
        let bytes = [UInt8](data)
        func number(_ offset: Int, _ size: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - size else { return nil }
            return (0..<size).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
        }
        func text(_ offset: Int) -> String? {
            guard bytes.indices.contains(offset) else { return nil }
            return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
        }
        let sectionSize = 64, symbolSize = 24, symbolTable = 2, objectOrFunction = 1...2
        guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), let sections = number(40, 8),
            let count = number(60, 2)
        else { throw .notLoadable("\(path): not a library of this machine") }
        for section in 0..<count {
            let header = sections + section * sectionSize
            guard number(header + 4, 4) == symbolTable else { continue }
            guard let start = number(header + 24, 8), let size = number(header + 32, 8),
                let link = number(header + 40, 4),
                let names = number(sections + link * sectionSize + 24, 8)
            else { break }
            for symbol in stride(from: start, to: start + size, by: symbolSize) {
                guard let kind = number(symbol + 4, 1), objectOrFunction.contains(kind & 0xF),
                    let name = number(symbol, 4).flatMap({ text(names + $0) }),
                    let address = number(symbol + 8, 8), let length = number(symbol + 16, 8), length > 0
                else { continue }
                symbols[name, default: []].append(Symbol(address: UInt64(address), size: length))
            }
        }
        if symbols.isEmpty { throw .notLoadable("\(path): it has no symbols") }
    }

    /// All of the name.
    func all(_ name: String) -> [Symbol] { symbols[name] ?? [] }

    /// The only one of the name.
    subscript(name: String) -> Symbol? {
        guard let found = symbols[name], found.count == 1 else { return nil }
        return found[0]
    }
}
