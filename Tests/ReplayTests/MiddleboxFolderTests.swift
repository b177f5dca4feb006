import Foundation
import MiddleboxIR
import Testing

@testable import Replay

@Suite struct MiddleboxFolderTests {
    @Test("A name leads to the folder under Middleboxes, from every folder below the project")
    func name() throws {
        let nat = try MiddleboxFolder("nat", workingDirectory: projectRoot)
        #expect(nat.name == "nat")
        #expect(nat.sources == ["Middleboxes/nat/nat.c"])
        #expect(nat.configurationPath == "Middleboxes/nat/nat.yml")
        #expect(nat.includeDirectories == [projectRoot + "/Middleboxes/include"])
        #expect(nat.runtimeDirectory == projectRoot + "/Middleboxes/runtime")
        let below = try MiddleboxFolder("nop", workingDirectory: projectRoot + "/Tests/ReplayTests")
        #expect(below.sources == [projectRoot + "/Middleboxes/nop/nop.c"])
    }

    @Test("A path leads to a folder or a C file; headers and runtime come from elsewhere if need be")
    func path() throws {
        let folder = try TemporaryFolder()
        let box = folder.path + "/box"
        try FileManager.default.createDirectory(atPath: box, withIntermediateDirectories: true)
        for name in ["box/a.c", "box/box.c", "box/z.c", "box/notes.txt"] { _ = try folder.write("", to: name) }
        for given in ["./box", "./box/", box] {
            let found = try MiddleboxFolder(given, workingDirectory: folder.path, otherRoots: [projectRoot])
            #expect(found.name == "box")
            #expect(found.sources.map { URL(fileURLWithPath: $0).lastPathComponent } == ["box.c", "a.c", "z.c"])
            #expect(found.includeDirectories == [projectRoot + "/Middleboxes/include"])
        }
        let file = try MiddleboxFolder("box/a.c", workingDirectory: folder.path, otherRoots: [projectRoot])
        #expect(file.name == "a")
        #expect(file.sources == ["box/a.c"])
        #expect(file.configurationPath == "box/a.yml")
    }

    @Test("A name is one that the project lists, if it lists any")
    func listed() throws {
        let folder = try TemporaryFolder()
        let box = folder.path + "/src/box"
        try FileManager.default.createDirectory(atPath: box, withIntermediateDirectories: true)
        for name in ["src/box/box.c", "src/box/box.gravel", "own.gravel"] { _ = try folder.write("", to: name) }
        let project = ProjectLayout(
            folder: folder.path, middleboxes: [.init(folder: box, specification: folder.path + "/own.gravel")],
            includeDirectories: [folder.path + "/headers"])
        for name in ["box", "src/box"] {
            let found = try MiddleboxFolder(
                name, workingDirectory: folder.path, otherRoots: [projectRoot], project: project)
            #expect(found.sources == ["src/box/box.c"])
            #expect(found.specificationPath == "own.gravel")
            #expect(found.includeDirectories == [projectRoot + "/Middleboxes/include", folder.path + "/headers"])
        }
        #expect(throws: MiddleboxFolder.Failure.notListed(name: "bix", near: "box", known: ["box"])) {
            try MiddleboxFolder("bix", workingDirectory: folder.path, otherRoots: [projectRoot], project: project)
        }
    }

    @Test func failures() throws {
        let folder = try TemporaryFolder()
        #expect(throws: MiddleboxFolder.Failure.notFound(name: "nta", near: "nat")) {
            try MiddleboxFolder("nta", workingDirectory: projectRoot)
        }
        #expect(throws: MiddleboxFolder.Failure.notFound(name: "./nat", near: nil)) {
            try MiddleboxFolder("./nat", workingDirectory: folder.path)
        }
        #expect(throws: MiddleboxFolder.Failure.noCFiles(path: "Middleboxes/include")) {
            try MiddleboxFolder("include", workingDirectory: projectRoot)
        }
        _ = try folder.write("", to: "box.c")
        #expect(throws: MiddleboxFolder.Failure.noRuntime(startingAt: [folder.path, folder.path])) {
            try MiddleboxFolder("box.c", workingDirectory: folder.path)
        }
    }
}
