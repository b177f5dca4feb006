import Foundation
import Testing

/// `docs/library.md`: made by `make library`, and of the repository as it is.
@Suite struct LibraryTests {
    /// The cells of the rows of a table in a Markdown page, without the head.
    private func rows(of page: String) -> [[String]] {
        page.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
    }

    /// Lines that say something.
    private func lines(of path: String) throws -> Int {
        try text(of: path).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("//") }.count
    }

    @Test func theTableIsOfWhatIsHere() throws {
        let rows = rows(of: try text(of: "docs/library.md"))
        let names = WholeProgramTests.middleboxes.sorted()
        #expect(rows.count == names.count, "run 'make library'")
        for (name, row) in zip(names, rows) {
            try #require(row.count == 12)
            let claims = try text(of: "Specs/\(name).gravel").split(separator: "\n")
                .filter { $0.hasPrefix("property ") || $0.hasPrefix("invariant ") }
            let properties = claims.count + 5  // the built-in checks
            let bugs = SeededBug.all.filter { $0.middlebox == name }.count
            #expect(row[0] == "[\(name)](../Middleboxes/\(name)/README.md)")
            #expect(
                [row[1], row[2]]
                    == [
                        "\(try lines(of: "Middleboxes/\(name)/\(name).c"))",
                        "\(try lines(of: "Specs/\(name).gravel"))",
                    ],
                "\(name) has changed: run 'make library'")
            #expect([row[5], row[6]] == ["\(properties)", "\(properties)"], "\(name) has changed: run 'make library'")
            #expect([row[10], row[11]] == ["\(bugs)", "\(bugs)"], "\(name) has changed: run 'make library'")
            #expect(FileManager.default.fileExists(atPath: "\(repository)/Middleboxes/\(name)/README.md"))
        }
    }

    @Test func theTableIsMade() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let page = work.path + "/library.md"
        try "Before.\n<!-- generated: library -->\nWhat was there.\n<!-- end: library -->\nBehind.\n"
            .write(toFile: page, atomically: true, encoding: .utf8)
        let library = try await Command("Scripts/library.py", "nop", "--output", page).run()
        #expect(library.status == 0, "\(library.words)")
        let written = try String(contentsOfFile: page, encoding: .utf8)
        #expect(
            written.hasPrefix("Before.\n") && written.hasSuffix("Behind.\n") && !written.contains("What was there."))
        let row = try #require(rows(of: written).first)
        #expect(row.count == 12 && row[3...6] == ["1", "1", "8", "8"])
    }

    /// Lines about other middleboxes stay, in the order of their names.
    @Test func aLineIsMadeAnew() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let page = work.path + "/library.md"
        let others = ["[bridge](b)", "[zebra](z)"].map { "| \($0) | kept |" }
        try
            ([
                "<!-- generated: library -->", "", "| middlebox | lines |", "| --: | --: |", others[0],
                "| [nop](../Middleboxes/nop/README.md) | old |",
            ]
            + [others[1], "", "<!-- end: library -->", ""]).joined(separator: "\n")
            .write(toFile: page, atomically: true, encoding: .utf8)
        let library = try await Command("Scripts/library.py", "nop", "--update", "--output", page).run()
        #expect(library.status == 0, "\(library.words)")
        let rows = rows(of: try String(contentsOfFile: page, encoding: .utf8))
        #expect(rows.map { $0[0] } == ["[bridge](b)", "[nop](../Middleboxes/nop/README.md)", "[zebra](z)"])
        try #require(rows.count == 3)
        #expect(rows[0][1] == "kept" && rows[2][1] == "kept" && rows[1].count == 12)
    }
}
