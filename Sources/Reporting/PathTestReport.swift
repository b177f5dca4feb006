import Verification

/// What tests of paths cover, for people.
public struct PathTestReport {
    private let width: Int

    /// - Parameter width: of a line, in characters.
    public init(width: Int) { self.width = width }

    /// - Parameter folder: where the tests are.
    public func text(of tests: PathTests, in folder: String) -> String {
        let elements = tests.elements
        let missing = tests.paths.filter { $0.reason != nil }
        var lines = [
            "\(tests.middlebox): \(counted(tests.paths.count, "path")) of \(counted(elements.count, "element")), "
                + "\(tests.paths.count - missing.count) of them in \(counted(tests.tests.count, "test")) under \(folder)",
            "",
        ]
        let rows =
            [["element", "paths", "tested"]]
            + elements.map { element in
                let own = tests.paths.filter { $0.element == element }
                return [element, "\(own.count)", "\(own.count { $0.reason == nil })"]
            }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let numbers = (1..<3).map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }
            lines.append("  \(row[0].padded(to: widths[0]))  \(numbers.joined(separator: "  "))")
        }
        let story = TraceText(width: width, style: Style(usesColor: false), sources: tests.sources)
        for path in missing {
            lines += ["", "not tested, a path of \(path.element): \(path.reason ?? "")"] + story.lines(of: path.trace)
        }
        return lines.joined(separator: "\n")
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
