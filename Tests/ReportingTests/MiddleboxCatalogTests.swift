import Foundation
import MiddleboxIR
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

    /// The project with one middlebox in a place of its own, and a spec in another.
    private var listing: MiddleboxCatalog {
        MiddleboxCatalog(
            workingDirectory: root,
            project: ProjectLayout(
                folder: root,
                middleboxes: [
                    .init(folder: root + "/elsewhere/mine", specification: root + "/elsewhere/extra.gravel"),
                    .init(folder: root + "/elsewhere/plain"),
                ], includeDirectories: [root + "/elsewhere"]))
    }

    @Test("What a project lists is all there is by name, with its spec and headers")
    func listed() throws {
        try write("elsewhere/plain/plain.c", "")
        let selected = try listing.select([])
        #expect(selected.map(\.name) == ["mine", "plain"])
        #expect(selected.map(\.specification) == ["elsewhere/extra.gravel", nil])
        #expect(selected[0].includeDirectories == ["Middleboxes/include", "elsewhere"])
        for argument in ["mine", "elsewhere/mine", "elsewhere/extra.gravel"] {
            #expect(try listing.middlebox(argument) == selected[0], "\(argument)")
        }
        #expect(throws: SelectionError.unknown("nat", near: nil, known: ["mine", "plain"])) {
            try self.listing.middlebox("nat")
        }
        try write("Specs/plain.gravel", "")
        #expect(try listing.middlebox("plain").specification == "Specs/plain.gravel")
    }

    @Test("What lies elsewhere is found by its path also where a project lists others")
    func besideTheList() throws {
        #expect(try listing.middlebox("Middleboxes/nat").specification == "Specs/nat.gravel")
    }

    @Test("Headers are in share/gravel beside the bin that the executable lies in; specs are not taken from there")
    func installed() throws {
        try write("prefix/share/gravel/Middleboxes/include/gravel/x.h", "")
        try write("prefix/share/gravel/Middleboxes/mine/mine.c", "")
        try write("prefix/share/gravel/Specs/mine.gravel", "")
        try write("prefix/bin/verify", "")
        let own = NSTemporaryDirectory() + "own-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: own) }
        try FileManager.default.createDirectory(atPath: own + "/mine", withIntermediateDirectories: true)
        try "".write(toFile: own + "/mine/mine.c", atomically: true, encoding: .utf8)
        let prefix = NSTemporaryDirectory() + "prefix-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: prefix) }
        try FileManager.default.moveItem(atPath: root + "/prefix", toPath: prefix)
        let catalog = MiddleboxCatalog(workingDirectory: own, startingPoints: [prefix + "/bin"])
        let source = try catalog.middlebox("mine")
        #expect(
            source.includeDirectories.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
                == [
                    URL(fileURLWithPath: prefix + "/share/gravel/Middleboxes/include").standardizedFileURL.path
                ])
        #expect(source.specification == nil)
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
