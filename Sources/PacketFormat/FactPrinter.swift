import Logic

/// Facts about a packet in the words of the header table: `ipv4.protocol == 6`.
public struct FactPrinter {
    /// The headers that the packet is known to have, from the outside in.
    private let headers: [Header]
    private let packet: SymbolicPacket
    private let names: [Term: String]
    /// Port names by number.
    private let ports: [UInt128: String]
    private let port: Term

    /// - Parameters:
    ///   - headers: that the packet has, from the outside in.
    ///   - packet: with all that is known of it.
    ///   - port: the variable of the ingress port, and the names of ports by number.
    public init(headers: [Header], packet: SymbolicPacket, port: Term, ports: [UInt128: String]) {
        self.headers = headers
        self.packet = packet
        self.port = port
        self.ports = ports
        var names: [Term: String] = [packet.length: "length"]
        for header in headers {
            for field in header.format.fields where field.bitWidth <= 64 {
                let term = packet.field(header, field)
                if names[term] == nil { names[term] = "\(header).\(field.name)" }
            }
        }
        self.names = names
    }

    /// Fields whose value the facts tell, the ingress port first: in words, and as a term.
    public func constants(in facts: [Term]) -> [(text: String, fact: Term)] {
        var values: [Term: Term] = [:]
        for fact in facts where fact.operation == .equal {
            let (a, b) = (fact.arguments[0], fact.arguments[1])
            if b.isConstant { values[a] = b } else if a.isConstant { values[b] = a }
        }
        var result: [(text: String, fact: Term)] = []
        if let number = values[port], let value = number.bitVectorValue {
            result.append(("enters \(ports[value] ?? "port \(value)")", .equal(port, number)))
        }
        for header in headers {
            for field in header.format.fields where field.bitWidth <= 64 && !field.isView {
                var substitution = Substitution(values)
                let term = packet.field(header, field)
                let constant = substitution.apply(term)
                guard let value = constant.bitVectorValue else { continue }
                result.append(("\(header).\(field.name) == \(text(value, field.display))", .equal(term, constant)))
            }
        }
        return result
    }

    private func text(_ value: UInt128, _ display: FieldDisplay) -> String {
        switch display {
        case .hexadecimal: "0x" + String(value, radix: 16)
        case .decimal, .macAddress, .ipv4Address, .ipv6Address: "\(value)"
        }
    }

    /// A comparison in words; nil where there are none for it.
    public func text(_ fact: Term) -> String? {
        switch fact.operation {
        case .equal: comparison(fact, "==")
        case .unsignedLess: comparison(fact, "<")
        case .unsignedLessOrEqual: comparison(fact, "<=")
        case .not:
            switch fact.arguments[0].operation {
            case .equal: comparison(fact.arguments[0], "!=")
            case .unsignedLess: comparison(fact.arguments[0], ">=")
            case .unsignedLessOrEqual: comparison(fact.arguments[0], ">")
            default: nil
            }
        default: nil
        }
    }

    /// With the constant on the right.
    private func comparison(_ fact: Term, _ sign: String) -> String? {
        let mirrored = ["<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="]
        let (a, b) = (fact.arguments[0], fact.arguments[1])
        if a == port || b == port, let value = (a == port ? b : a).bitVectorValue {
            let name = ports[value] ?? "port \(value)"
            return sign == "==" ? "enters \(name)" : sign == "!=" ? "does not enter \(name)" : nil
        }
        guard let left = number(a), let right = number(b) else { return nil }
        return a.isConstant ? "\(right) \(mirrored[sign] ?? sign) \(left)" : "\(left) \(sign) \(right)"
    }

    /// A number in words.
    private func number(_ term: Term) -> String? {
        if let name = names[term] { return name }
        switch term.operation {
        case .bitVector(let value):
            // Differences are sums with a large number.
            let isNegative = term.width >= 16 && value > (UInt128(1) << UInt128(term.width - 1))
            return isNegative ? "-\((UInt128(1) << UInt128(term.width)) - value)" : "\(value)"
        case .zeroExtend: return number(term.arguments[0])
        case .concatenate:
            // Shifted left by constant zeros.
            guard let last = term.arguments.last, last.bitVectorValue == 0, term.arguments.count == 2,
                let high = number(term.arguments[0])
            else { return nil }
            return "\(1 << last.width) * \(high)"
        case .add:
            let parts = term.arguments.compactMap(number)
            guard parts.count == term.arguments.count else { return nil }
            return parts.dropFirst().reduce(parts[0]) { sum, part in
                part.hasPrefix("-") ? "\(sum) - \(part.dropFirst())" : "\(sum) + \(part)"
            }
        case .subtract:
            guard let left = number(term.arguments[0]), let right = number(term.arguments[1]) else { return nil }
            return "\(left) - " + (right.contains(" + ") || right.contains(" - ") ? "(\(right))" : right)
        case .variable(let name):
            guard let colon = name.firstIndex(of: ":") else { return nil }
            return "\(name[..<colon]).\(name[name.index(after: colon)...])"
        default: return nil
        }
    }
}
