import Foundation
import Testing
import Verification

/// What arguments select, in a project made for the test.
@Suite final class MiddleboxCatalogTests {
    private let root: String

    init() throws {
        root = NSTemporaryDirectory() + "catalog-\(UUID().uuidString)"
        for file in [
            "Middleboxes/nat/nat.c", "Middleboxes/nat/more.c", "Middleboxes/nop/nop.c",
            "Middleboxes/include/gravel/x.h",
            "Middleboxes/half/other.c", "Specs/nat.gravel", "elsewhere/mine/mine.c", "elsewhere/mine/mine.gravel",
        ] { try write(file, "") }
        try write("elsewhere/extra.gravel", "// about addresses\nmiddlebox nat\n  ports a, b\n")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func write(_ file: String, _ text: String) throws {
        let path = root + "/" + file
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private var catalog: MiddleboxCatalog { MiddleboxCatalog(workingDirectory: root) }

    @Test func allByDefault() throws {
        let selected = try catalog.select([])
        #expect(selected.map(\.name) == ["nat", "nop"])
        #expect(selected[0].cSources == ["Middleboxes/nat/nat.c", "Middleboxes/nat/more.c"])
        #expect(selected[0].specification == "Specs/nat.gravel")
        #expect(selected[0].includeDirectories == ["Middleboxes/include"])
        #expect(selected[1].specification == nil)
    }

    @Test func fromAFolderBelow() throws {
        let below = MiddleboxCatalog(workingDirectory: root + "/Middleboxes/nat")
        #expect(try below.middlebox("nat").cSources.first == "nat.c")
        #expect(below.names == ["nat", "nop"])
    }

    @Test func aFolder() throws {
        let source = try catalog.middlebox("elsewhere/mine/")
        #expect(source.name == "mine")
        #expect(source.specification == "elsewhere/mine/mine.gravel")
        #expect(source.includeDirectories == ["Middleboxes/include"])
    }

    @Test func aSpecOfTheSameName() throws {
        let source = try catalog.middlebox("Specs/nat.gravel")
        #expect(source.name == "nat")
        #expect(source.specification == "Specs/nat.gravel")
    }

    @Test func aSpecThatSaysWhoseItIs() throws {
        let source = try catalog.middlebox("elsewhere/extra.gravel")
        #expect(source.name == "nat")
        #expect(source.specification == "elsewhere/extra.gravel")
    }

    @Test func eachOnce() throws {
        #expect(try catalog.select(["nat", "Middleboxes/nat", "nop"]).map(\.name) == ["nat", "nop"])
    }

    @Test func aSlipIsGuessed() {
        #expect(throws: SelectionError.unknown("natt", near: "nat", known: ["nat", "nop"])) {
            try self.catalog.middlebox("natt")
        }
    }

    @Test func aFolderWithoutItsFile() {
        #expect(throws: SelectionError.noMainFile(folder: "Middleboxes/half", expected: "half.c")) {
            try self.catalog.middlebox("Middleboxes/half")
        }
    }

    @Test func aSpecThatIsNotThere() {
        #expect(throws: SelectionError.noSuchFile("Specs/nothing.gravel")) {
            try self.catalog.middlebox("Specs/nothing.gravel")
        }
    }

    @Test func nothingToSelect() throws {
        let empty = NSTemporaryDirectory() + "empty-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: empty) }
        let catalog = MiddleboxCatalog(workingDirectory: empty)
        let error = try #require(throws: SelectionError.self) { try catalog.select([]) }
        guard case .noMiddleboxes = error else {
            Issue.record("\(error)")
            return
        }
    }
}
