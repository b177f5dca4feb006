extension FieldDisplay {
    /// A value as people write it.
    public func text(of value: UInt128, width: Int) -> String {
        switch self {
        case .decimal: return String(value)
        case .hexadecimal: return "0x" + hexadecimal(value, digits: (width + 3) / 4)
        case .ipv4Address: return bytes(of: value, width: width).map { String($0) }.joined(separator: ".")
        case .macAddress:
            return bytes(of: value, width: width).map { hexadecimal(UInt128($0), digits: 2) }.joined(separator: ":")
        case .ipv6Address: return ipv6Text(of: value)
        }
    }

    private func hexadecimal(_ value: UInt128, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private func bytes(of value: UInt128, width: Int) -> [UInt8] {
        stride(from: width - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt128($0)) }
    }

    /// RFC 5952 section 4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
    private func ipv6Text(of value: UInt128) -> String {
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: value >> UInt128($0)) }
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard longest.count >= 2 else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}

extension ConcretePacket {
    /// One field of a packet, or its payload, as a line of a listing.
    public struct Line: Hashable, Sendable {
        /// `ipv4.source`; `payload` for the bytes behind the headers.
        public let name: String
        public let value: String
        /// What the other packet has there, if it is something else; nil also without another packet.
        public let previous: String?
    }

    /// All fields, header by header, with what they were in another packet where that differs.
    public func lines(comparedTo other: ConcretePacket? = nil) -> [Line] {
        var result: [Line] = []
        func append(_ name: String, _ value: String, _ previous: String?) {
            let differs = other != nil && previous != value
            result.append(Line(name: name, value: value, previous: differs ? previous ?? "absent" : nil))
        }
        for (header, start, length) in headers {
            for field in header.format.fields where !field.isView {
                let reference = FieldReference(header, field)
                append(
                    reference.name, field.display.text(of: value(of: field, at: start), width: field.bitWidth),
                    other?.field(reference).map { field.display.text(of: $0, width: field.bitWidth) })
            }
            let options = Self.bytesBehindFields(of: header, start: start, length: length)
            let before = other?.headers.first { $0.header == header }.map {
                Self.bytesBehindFields(of: header, start: $0.start, length: $0.length)
            }
            if !options.isEmpty || before?.isEmpty == false {
                append("\(header.rawValue).options", Self.dump(bytes[options]), before.flatMap { other?.dump($0) })
            }
        }
        append("payload", Self.dump(bytes[payloadStart...]), other.map { Self.dump($0.bytes[$0.payloadStart...]) })
        return result
    }

    /// Names and values in columns, one field a line; changed fields are marked with `*` and what they were.
    public func description(comparedTo other: ConcretePacket? = nil) -> String {
        let lines = lines(comparedTo: other)
        let width = lines.map(\.name.count).max() ?? 0
        return lines.map { line in
            let name = line.name + String(repeating: " ", count: width - line.name.count)
            return
                "\(line.previous == nil ? " " : "*") \(name)  \(line.value)\(line.previous.map { "  (was \($0))" } ?? "")\n"
        }.joined()
    }

    private static func bytesBehindFields(of header: Header, start: Int, length: Int) -> Range<Int> {
        let fields = header.format.fields.map(\.bytes.upperBound).max() ?? 0
        return start + min(fields, length)..<start + length
    }

    private func dump(_ range: Range<Int>) -> String { Self.dump(bytes[range]) }

    private static func dump(_ bytes: ArraySlice<UInt8>) -> String {
        let shown = bytes.prefix(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        let rest = bytes.count > 32 ? " …" : ""
        return "\(bytes.count) byte\(bytes.count == 1 ? "" : "s")\(bytes.isEmpty ? "" : ": ")\(shown)\(rest)"
    }
}

extension ConcretePacket: CustomStringConvertible {
    public var description: String { description() }
}
