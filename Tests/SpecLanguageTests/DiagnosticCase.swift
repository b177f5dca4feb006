import Testing

@testable import SpecLanguage

/// A spec with a mistake, and what is said of it.
struct DiagnosticCase: Sendable, CustomTestStringConvertible {
    let name: String
    let spec: String
    let expected: String

    var testDescription: String { name }

    /// - Parameter head: what stands before the spec.
    func check(
        behind head: String = "", against environment: SpecEnvironment = Environments.nat,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) {
        #expect(
            Environments.diagnostics(head + spec, against: environment) == expected + "\n",
            sourceLocation: sourceLocation)
    }
}
