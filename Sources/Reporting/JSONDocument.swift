import Foundation

extension JSONEncoder {
    /// A document for programs and people: keys in alphabetical order, so that two runs differ in what differs. Ends with a newline.
    ///
    /// - Parameter usesSnakeCase: otherwise keys are as they are declared.
    /// - Throws: `EncodingError`, for a number that is none.
    static func document(_ value: some Encodable, usesSnakeCase: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        if usesSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
