import MiddleboxIR
import Replay
import YAML

/// What must hold of every text that is given to the reader of control operations:
///
/// - what is wrong with it has a place in it;
/// - the operations that are accepted are in order of time, with arguments as long as C has them;
/// - written down once more, they are read as the same.
enum OperationsCheck {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        // Files that are not UTF-8 are refused before they get here.
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let operations: [ScheduledOperation]
        do throws(ConfigurationError) {
            operations = try OperationsFile(path: "fuzzed.yml", text: text).operations(of: known)
        } catch {
            return try ConfigurationCheck.checkPlace(of: error, in: text)
        }
        try promise(
            zip(operations, operations.dropFirst()).allSatisfy { $0.time <= $1.time }, "time runs backwards")
        for operation in operations {
            try promise(
                operation.argument.count == type(of: operation)?.size ?? 0,
                "an argument that is none of \(operation.name)")
        }
        let written = operations.map(line).joined(separator: "\n")
        let again = try accepted(written) { () throws(ConfigurationError) in
            try OperationsFile(path: "written.yml", text: written).operations(of: known)
        }
        try promise(
            again.map(line) == operations.map(line) && again.map(\.argument) == operations.map(\.argument),
            "operations are others after they have been written and read: \(written)")
    }

    private static func type(of operation: ScheduledOperation) -> CType? {
        known.first { $0.name == operation.name }?.argument
    }

    private static func line(_ operation: ScheduledOperation) -> String {
        let (seconds, rest) = operation.time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest)
        let decimals = String(repeating: "0", count: 9 - digits.count) + digits
        let position = operation.packetsBefore.map { "after: \($0), " } ?? ""
        let argument = type(of: operation).map { PlainYAML.text(of: operation.argument[...], as: $0) } ?? "{}"
        return "- {at: \(seconds).\(decimals), \(position)\(operation.name): \(argument)}"
    }

    private static let known: [ControlOperation] = [
        .init(name: "remove_backend", parameters: [.pointer(.fuzzedArgument)], location: nil),
        .init(name: "change", parameters: [.pointer(.fuzzedConfiguration)], location: nil),
        .init(name: "forget", parameters: [], location: nil),
    ]
}
