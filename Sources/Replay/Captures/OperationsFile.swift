import Diagnostics
import Foundation
import MiddleboxIR
import YAML
import Yams

/// A control operation to be run between packets.
public struct ScheduledOperation: Hashable, Sendable {
    /// The C name.
    public let name: String
    /// Its argument, laid out as in C; empty where it is given nothing.
    public let argument: [UInt8]
    /// In nanoseconds, on the clock of the capture; 0 where it runs at once.
    public let time: UInt64
    /// Runs behind so many packets of the capture; nil: before the first one that is not earlier than it.
    public let packetsBefore: Int?
    /// Where it stands, for messages.
    public let location: SourceLocation
}

/// A YAML list of control operations: `- {at: 1.5, remove_backend: {index: 3}}`. See `docs/replay.md`.
///
/// Each item has the time `at` which the operation runs, in seconds as the capture counts them, and the operation by its C name with the
/// fields of its argument. Where packets have the same time, `after: 2` says behind how many packets of the capture it runs.
public struct OperationsFile {
    private let reader: NodeReader
    private let root: Node

    private static let time = "at"
    private static let position = "after"

    public init(path: String) throws(ConfigurationError) { try self.init(YAMLFile(path: path)) }

    /// - Parameter path: for messages.
    public init(path: String, text: String) throws(ConfigurationError) {
        try self.init(YAMLFile(path: path, text: text))
    }

    private init(_ file: YAMLFile) { (root, reader) = (file.root, file.reader) }

    /// The operations in their order.
    ///
    /// - Parameter known: those that the middlebox has.
    public func operations(of known: [ControlOperation]) throws(ConfigurationError) -> [ScheduledOperation] {
        if reader.isNothing(root) { return [] }
        var result: [ScheduledOperation] = []
        for item in try reader.sequence(root, of: "the operations") {
            let operation = try self.operation(item, among: known)
            if let last = result.last {
                guard operation.time >= last.time else {
                    throw reader.error(
                        item, "this operation is earlier than the one before it, and time never runs backwards")
                }
                if let position = operation.packetsBefore, let before = last.packetsBefore, position < before {
                    throw reader.error(item, "the operation before this one comes behind more packets")
                }
            }
            result.append(operation)
        }
        return result
    }

    /// The only operation, to be run at once: its name and argument alone.
    func immediateOperation(of known: [ControlOperation]) throws(ConfigurationError) -> ScheduledOperation {
        try operation(root, among: known, runsAtOnce: true)
    }

    private func operation(
        _ item: Node, among known: [ControlOperation], runsAtOnce: Bool = false
    ) throws(ConfigurationError) -> ScheduledOperation {
        var time: UInt64?
        var position: Int?
        var found: (operation: ControlOperation, argument: [UInt8])?
        for (key, keyNode, value) in try reader.mapping(item, of: "an operation") {
            if runsAtOnce, [Self.time, Self.position].contains(key) {
                throw reader.error(keyNode, "'\(key)' has no place here: the operation runs at once")
            }
            switch key {
            case Self.time: time = try nanoseconds(value, reader)
            case Self.position:
                guard let number = reader.integer(try reader.text(value, expected: "a number of packets")),
                    let count = Int(exactly: number), count >= 0
                else { throw reader.error(value, "'after' must be a number of packets, found \(reader.kind(value))") }
                position = count
            default:
                guard let operation = known.first(where: { $0.name == key }) else {
                    let names = known.map(\.name)
                    throw reader.error(
                        keyNode,
                        "there is no control operation '\(key)'\(suggestion(for: key, among: names + [Self.time, Self.position]))"
                            + (names.isEmpty
                                ? " (the middlebox has none)" : " (the middlebox has \(names.joined(separator: ", ")))")
                    )
                }
                if let found {
                    throw reader.error(
                        keyNode,
                        "'\(found.operation.name)' stands in this item, too: each operation is an item of its own")
                }
                found = (operation, try argument(of: operation, value, reader))
            }
        }
        guard let found else { throw reader.error(item, "no control operation is named here") }
        guard let time = runsAtOnce ? 0 : time else {
            throw reader.error(item, "'at' is missing: the time of '\(found.operation.name)', in seconds")
        }
        return ScheduledOperation(
            name: found.operation.name, argument: found.argument, time: time, packetsBefore: position,
            location: SourceLocation(file: reader.path, line: item.mark?.line ?? 1, column: item.mark?.column ?? 0))
    }

    private func argument(
        of operation: ControlOperation, _ node: Node, _ reader: NodeReader
    ) throws(ConfigurationError) -> [UInt8] {
        if let type = operation.argument {
            let layout = ConfigurationLayout(
                reader: reader, subject: "the argument of '\(operation.name)'", takesNumbersForEnumerators: true)
            return try layout.bytes(of: node, as: type)
        }
        let isEmpty = if case .mapping(let mapping) = node { mapping.isEmpty } else { reader.isNothing(node) }
        guard isEmpty else { throw reader.error(node, "'\(operation.name)' is given nothing") }
        return []
    }

    /// A decimal number of seconds with up to nine decimals, exactly.
    private func nanoseconds(_ node: Node, _ reader: NodeReader) throws(ConfigurationError) -> UInt64 {
        let expected = "a number of seconds, with up to nine decimals"
        let text = try reader.text(node, expected: expected)
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : ""
        func isNumber(_ digits: Substring) -> Bool { !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) } }
        guard isNumber(parts[0]), parts.count == 1 || isNumber(decimals), decimals.count <= 9,
            let value = Int64(parts[0] + decimals + String(repeating: "0", count: 9 - decimals.count))
        else { throw reader.error(node, "'at' must be \(expected), found \(reader.kind(node))") }
        return UInt64(value)
    }
}
