/// A reader of files that people or other programs write, and what must hold of it whatever the bytes of the file are.
///
/// The same checks are run by the tests, over the corpus and over mutations of it, and by the coverage-guided fuzzer.
public enum FuzzedReader: String, CaseIterable, Sendable {
    /// The lexer, parser, formatter, checker and lowering of specs.
    case specs
    /// Captures, through libpcap.
    case captures
    /// YAML files with a middlebox's configuration and the ports of packets.
    case configurations
    /// YAML files of control operations.
    case operations
    /// A project's `gravel.yml`.
    case projects
    /// Terms and values as they are kept between runs and sent to solvers.
    case terms

    /// Whether the files are for people.
    var readsText: Bool {
        switch self {
        case .specs, .configurations, .operations, .projects: true
        case .captures, .terms: false
        }
    }

    /// Gives bytes to the reader. That it comes back at all is one half of what is checked.
    ///
    /// - Throws: what should hold of the bytes and does not. That they are refused is nothing of the kind.
    public func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        switch self {
        case .specs: try SpecCheck.check(bytes)
        case .captures: try CaptureCheck.check(bytes)
        case .configurations: try ConfigurationCheck.check(bytes)
        case .operations: try OperationsCheck.check(bytes)
        case .projects: try ProjectCheck.check(bytes)
        case .terms: try TermCheck.check(bytes)
        }
    }
}

/// Something that a reader promises of every file, and an example where it is not so.
public struct BrokenPromise: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// What comes of something that must not be refused.
///
/// - Throws: why it is.
func accepted<Result, Refusal: Error>(
    _ what: @autoclosure () -> String, _ body: () throws(Refusal) -> Result
) throws(BrokenPromise) -> Result {
    do throws(Refusal) { return try body() } catch { throw BrokenPromise("\(what()) is refused: \(error)") }
}

/// - Throws: the message, where the condition does not hold.
func promise(_ condition: Bool, _ message: @autoclosure () -> String) throws(BrokenPromise) {
    if !condition { throw BrokenPromise(message()) }
}
