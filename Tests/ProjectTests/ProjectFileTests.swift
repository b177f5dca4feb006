import Foundation
import MiddleboxIR
import Project
import Testing

/// What a `gravel.yml` says.
@Suite struct ProjectFileTests {
    @Test func everyKey() throws {
        let project = try ProjectFolder(
            """
            middleboxes:
              - path: src/boxes/nat
                spec: specs/nat.gravel
              - src/boxes/nop
            include: [src/boxes/common]
            jobs: 2
            timeout: 2.5
            property: ["outbound_*", memory_safe]
            cache: build/proofs
            counterexamples: build/counterexamples
            format: json
            outputs: [sarif=build/report.sarif, report.txt]
            baseline: earlier.json
            """, files: ["earlier.json": "{}"])
        let file = try #require(try project.file())
        #expect(
            file.layout
                == ProjectLayout(
                    folder: project.path,
                    middleboxes: [
                        .init(
                            folder: project.path + "/src/boxes/nat", specification: project.path + "/specs/nat.gravel"),
                        .init(folder: project.path + "/src/boxes/nop"),
                    ],
                    includeDirectories: [project.path + "/src/boxes/common"]))
        #expect(file.path == "gravel.yml")
        #expect(file.jobs == 2)
        #expect(file.timeout == 2.5)
        #expect(file.property == ["outbound_*", "memory_safe"])
        #expect(file.cache == "build/proofs")
        #expect(file.counterexamples == "build/counterexamples")
        #expect(file.format == "json")
        #expect(file.outputs == ["sarif=build/report.sarif", "report.txt"])
        #expect(file.baseline == "earlier.json")
    }

    @Test func nothingIsSaid() throws {
        for text in ["", "# later\n", "---\n"] {
            let project = try ProjectFolder(text)
            let file = try #require(try project.file())
            #expect(file.layout == ProjectLayout(folder: project.path))
            #expect(file.jobs == nil && file.timeout == nil && file.property.isEmpty && file.outputs.isEmpty)
            #expect(file.cache == nil && file.counterexamples == nil && file.format == nil && file.baseline == nil)
        }
    }

    @Test func noFile() throws {
        let folder = try ProjectFolder("")
        try FileManager.default.removeItem(atPath: folder.path + "/gravel.yml")
        #expect(try folder.file() == nil)
    }

    @Test("It is found from below, where its paths still are relative to its own folder")
    func fromBelow() throws {
        let project = try ProjectFolder(
            "middleboxes: [src/boxes/nat]\ncache: proofs\noutputs: [json=src/boxes/nat/a=b]")
        let file = try #require(try project.file(from: "src/boxes/nat"))
        #expect(file.path == project.path + "/gravel.yml")
        #expect(file.layout.middleboxes == [.init(folder: project.path + "/src/boxes/nat")])
        #expect(file.cache == project.path + "/proofs")
        #expect(file.outputs == ["json=a=b"])
    }

    @Test("The nearest counts")
    func nearest() throws {
        let project = try ProjectFolder("jobs: 1", files: ["src/gravel.yml": "jobs: 2"])
        #expect(try project.file(from: "src/boxes")?.jobs == 2)
        #expect(try project.file(from: "specs")?.jobs == 1)
    }

    @Test("A pattern stands for the middleboxes among the folders, in the order of their names")
    func patterns() throws {
        let project = try ProjectFolder("middleboxes: [src/boxes/*]")
        #expect(try project.file()?.layout.middleboxes?.map(\.name) == ["nat", "nop"])
        let other = try ProjectFolder(
            "middleboxes: [src/boxes/n*, {path: src/boxes/nat, spec: specs/nat.gravel}, ./src/boxes/nop/]")
        let middleboxes = try #require(try other.file()?.layout.middleboxes)
        #expect(middleboxes.map(\.name) == ["nat", "nop"])
        #expect(middleboxes.map(\.specification) == [other.path + "/specs/nat.gravel", nil])
    }

    @Test("What is special to patterns is not in the project's own path")
    func patternInThePath() throws {
        let project = try ProjectFolder(
            "", files: ["a[b]*/boxes/x/x.c": "", "a[b]*/gravel.yml": "middleboxes: [boxes/*]"])
        #expect(try project.file(from: "a[b]*")?.layout.middleboxes?.map(\.name) == ["x"])
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        /// What is printed, with the place and the source line.
        let printed: String

        var testDescription: String { text }
    }

    static let keys = "middleboxes, include, jobs, timeout, property, cache, counterexamples, format, outputs, baseline"

    @Test(arguments: [
        Mistake(
            text: "middelboxes: [src/boxes/nat]",
            printed: """
                gravel.yml:1:1: error: there is no key 'middelboxes'; did you mean 'middleboxes'? (the keys are \(keys))
                   1 | middelboxes: [src/boxes/nat]
                     | ^~~~~~~~~~~
                """),
        Mistake(
            text: "jobs: 2\ntimeout: soon",
            printed: """
                gravel.yml:2:10: error: expected a number of seconds above 0 and below a million, found 'soon'
                   2 | timeout: soon
                     |          ^~~~
                """),
        Mistake(
            text: "jobs: 0",
            printed: """
                gravel.yml:1:7: error: expected a number of processes, at least 1, found '0'
                   1 | jobs: 0
                     |       ^
                """),
        Mistake(
            text: "property: memory_safe",
            printed: """
                gravel.yml:1:11: error: expected a list for property, found 'memory_safe'
                   1 | property: memory_safe
                     |           ^~~~~~~~~~~
                """),
        Mistake(
            text: "cache: [a]",
            printed: """
                gravel.yml:1:8: error: expected a path, found a list
                   1 | cache: [a]
                     |        ^
                """),
        Mistake(
            text: "middleboxes: [src/boxes/nta]",
            printed: """
                gravel.yml:1:15: error: there is no folder 'src/boxes/nta'; did you mean 'src/boxes/nat'?
                   1 | middleboxes: [src/boxes/nta]
                     |               ^~~~~~~~~~~~~
                """),
        Mistake(
            text: "middleboxes: [src/boxes/common]",
            printed: """
                gravel.yml:1:15: error: 'src/boxes/common' is not a middlebox: it has no common.c
                   1 | middleboxes: [src/boxes/common]
                     |               ^~~~~~~~~~~~~~~~
                """),
        Mistake(
            text: "middleboxes: [boxes/*]",
            printed: """
                gravel.yml:1:15: error: no middlebox is like 'boxes/*': a folder is one that has a C file of its own name
                   1 | middleboxes: [boxes/*]
                     |               ^~~~~~~
                """),
        Mistake(
            text: "middleboxes: []",
            printed: """
                gravel.yml:1:14: error: expected at least one middlebox, found none
                   1 | middleboxes: []
                     |              ^
                """),
        Mistake(
            text: "middleboxes:\n  - {path: src/boxes/nat, specs: specs/nat.gravel}",
            printed: """
                gravel.yml:2:27: error: there is no key 'specs'; did you mean 'spec'? (the keys are path, spec)
                   2 |   - {path: src/boxes/nat, specs: specs/nat.gravel}
                     |                           ^~~~~
                """),
        Mistake(
            text: "middleboxes:\n  - {path: src/boxes/nat, spec: specs/nut.gravel}",
            printed: """
                gravel.yml:2:33: error: there is no file 'specs/nut.gravel'; did you mean 'specs/nat.gravel'?
                   2 |   - {path: src/boxes/nat, spec: specs/nut.gravel}
                     |                                 ^~~~~~~~~~~~~~~~
                """),
        Mistake(
            text: "middleboxes:\n  - {path: src/boxes/*, spec: specs/nat.gravel}",
            printed: """
                gravel.yml:2:31: error: a spec belongs to one middlebox, and 'src/boxes/*' is 2
                   2 |   - {path: src/boxes/*, spec: specs/nat.gravel}
                     |                               ^~~~~~~~~~~~~~~~
                """),
        Mistake(
            text: "middleboxes: [{spec: specs/nat.gravel}]",
            printed: """
                gravel.yml:1:15: error: the key 'path' is missing: the folder of the middlebox
                   1 | middleboxes: [{spec: specs/nat.gravel}]
                     |               ^
                """),
        Mistake(
            text: "include: [headers]",
            printed: """
                gravel.yml:1:11: error: there is no folder 'headers'
                   1 | include: [headers]
                     |           ^~~~~~~
                """),
        Mistake(
            text: "outputs: [sarif=]",
            printed: """
                gravel.yml:1:11: error: expected a file, or a format and a file such as sarif=report.sarif, found 'sarif='
                   1 | outputs: [sarif=]
                     |           ^~~~~~
                """),
        // Columns are of characters here, and of bytes where a compiler writes them.
        Mistake(
            text: "{ cache: \"ü\", jbos: 2 }",
            printed: """
                gravel.yml:1:16: error: there is no key 'jbos'; did you mean 'jobs'? (the keys are \(keys))
                   1 | { cache: "ü", jbos: 2 }
                     |               ^~~~
                """),
        Mistake(
            text: "jobs: 2\njobs: 3",
            printed: """
                gravel.yml:1:1: error: 'jobs' stands here more than once
                   1 | jobs: 2
                     | ^~~~
                """),
        Mistake(
            text: "- jobs: 2",
            printed: """
                gravel.yml:1:1: error: expected names and values for the project, found a list
                   1 | - jobs: 2
                     | ^
                """),
    ])
    func mistakes(_ mistake: Mistake) throws {
        let project = try ProjectFolder(mistake.text)
        let error = try #require(throws: ProjectFileError.self) { try project.file() }
        #expect(error.description == mistake.printed + "\n")
    }

    @Test func notYAML() throws {
        let project = try ProjectFolder("jobs: [1")
        let error = try #require(throws: ProjectFileError.self) { try project.file() }
        #expect(error.description.hasPrefix("gravel.yml:"))
        #expect(error.description.contains("error: not YAML: "))
    }

    @Test func twoOfAName() throws {
        let project = try ProjectFolder(
            "middleboxes: [src/boxes/nat, other/nat]", files: ["other/nat/nat.c": ""])
        let error = try #require(throws: ProjectFileError.self) { try project.file() }
        #expect(
            error.description.hasPrefix(
                "gravel.yml:1:30: error: there are two middleboxes 'nat': src/boxes/nat and other/nat\n"))
    }

    @Test("A baseline is missed only where a run compares with it")
    func baseline() throws {
        let project = try ProjectFolder("baseline: later.json")
        let before = try #require(try project.file())
        #expect(before.baseline == "later.json")
        let error = try #require(throws: ProjectFileError.self) { try before.existingBaseline() }
        #expect(error.description.hasPrefix("gravel.yml:1:11: error: there is no file 'later.json'\n"))
        try project.write("later.json", "{}")
        #expect(try before.existingBaseline() == "later.json")
        #expect(try project.file(from: "src")?.existingBaseline() == project.path + "/later.json")
    }

    @Test("What only a command can judge has its place, too")
    func rejectedByTheCommand() throws {
        let project = try ProjectFolder("jobs: 2\nformat: txet")
        let file = try #require(try project.file())
        #expect(
            file.rejected(.format, "there is no format 'txet'").description == """
                gravel.yml:2:9: error: there is no format 'txet'
                   2 | format: txet
                     |         ^~~~

                """)
    }
}
