import Verification

/// What tests of paths cover, for people.
public struct PathTestReport {
    private let width: Int

    /// - Parameter width: of a line, in characters.
    public init(width: Int) { self.width = width }

    /// - Parameter folder: where the tests are.
    public func text(of tests: PathTests, in folder: String) -> String {
        let missing = tests.paths.filter { $0.reason != nil }
        var lines = [
            "\(tests.middlebox): \(counted(tests.paths.count, "path")) of \(counted(tests.elements.count, "element")), "
                + "\(tests.paths.count - missing.count) of them in \(counted(tests.tests.count, "test")) under \(folder)",
            "",
        ]
        let rows = tests.elements.map { element in
            let own = tests.paths.filter { $0.element == element.name }
            return [element.name, "\(own.count)", "\(own.count { $0.reason == nil })"]
        }
        lines += columns([["element", "paths", "tested"]] + rows, alignedRight: [1, 2])
        for element in tests.elements {
            lines += element.unreached.map { "\nnot tested, '\($0)' of \(element.name): no packet comes to it" }
        }
        let story = TraceText(width: width, style: Style(usesColor: false), sources: tests.sources)
        for path in missing {
            lines += ["", "not tested, a path of \(path.element): \(path.reason ?? "")"] + story.lines(of: path.trace)
        }
        return lines.joined(separator: "\n")
    }
}
