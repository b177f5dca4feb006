import Foundation
import Testing

/// What C can say is either handled or inconclusive with its line, and where no packet comes to it, it harms nothing: `Tests/Constructs`.
@Suite struct ConstructTests {
    static let constructs = Construct.all
    static var handled: [Construct] { constructs.filter(\.isHandled) }
    static var unknown: [Construct] { constructs.filter { !$0.isHandled } }

    @Test func thereAreSomeOfBothKinds() { #expect(Self.handled.count >= 15 && Self.unknown.count >= 15) }

    /// What depends on its value is proved, and what is not so is refuted.
    @Test(arguments: handled) func isHandled(_ construct: Construct) async throws {
        _ = try construct.file.mark(like: "// handled")
        let (execution, verdicts) = try await construct.verify()
        #expect(verdicts.values.contains { $0.isCheck })
        #expect(verdicts.values.filter(\.isCheck).allSatisfy { $0.verdict == "proved" }, "\(execution.words)")
        #expect(verdicts["right"]?.verdict == "proved", "\(execution.words)")
        #expect(verdicts["wrong"]?.verdict == "refuted" && verdicts["wrong"]?.confirmed == true, "\(execution.words)")
    }

    /// The reason names its line, and what is said of other packets is proved all the same.
    @Test(arguments: unknown) func isInconclusiveWithItsLine(_ construct: Construct) async throws {
        let line = try construct.file.mark(like: "// inconclusive").line
        let (execution, verdicts) = try await construct.verify()
        #expect(verdicts.values.contains { $0.isCheck })
        for (name, verdict) in verdicts where verdict.isCheck || name == "untouched" {
            #expect(verdict.verdict == "inconclusive" && verdict.line == line, "\(name): \(execution.words)")
        }
        #expect(verdicts["untouched"] != nil)
        #expect(verdicts["others_untouched"]?.verdict == "proved", "\(execution.words)")
        #expect(execution.status == 2)
    }

    @Test(arguments: constructs) func harmsNothingWhereNoPacketComes(_ construct: Construct) async throws {
        let (execution, verdicts) = try await construct.verify(defining: "UNREACHED")
        #expect(verdicts["untouched"]?.verdict == "proved", "\(execution.words)")
        // What a construct's own spec says of its value is about the packets that come to it.
        for (name, verdict) in verdicts where !["right", "wrong"].contains(name) {
            #expect(verdict.verdict == "proved", "\(name): \(execution.words)")
        }
        if !construct.isHandled { #expect(execution.status == 0) }
    }
}

/// A file `Tests/Constructs/<name>.c` with one construct behind a condition, which ARP packets meet, and none where `UNREACHED` is
/// defined instead of the first line. Its line ends in `// handled` or `// inconclusive`. One that is handled has a spec beside it, whose
/// property `right` depends on it, and `wrong`, too; the others share one.
struct Construct: Sendable, CustomTestStringConvertible {
    var name: String

    static let all: [Construct] = names(in: "Tests/Constructs").filter { $0.hasSuffix(".c") }
        .map { Construct(name: String($0.dropLast(2))) }

    var testDescription: String { name }
    var file: MarkedFile { MarkedFile(path: "Tests/Constructs/\(name).c") }
    var isHandled: Bool { names(in: "Tests/Constructs").contains("\(name).gravel") }

    func verify(defining definition: String? = nil) async throws -> (Execution, [String: PlacedVerdict]) {
        let spec = try text(of: "Tests/Constructs/\(isHandled ? name : "untouched").gravel")
        return try await file.verify(as: "construct", defining: definition, spec: spec)
    }
}
