import Verification

/// Colours of a terminal, or none.
struct Style: Sendable {
    let usesColor: Bool

    enum Color: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case magenta = "35"
    }

    func paint(_ text: String, _ color: Color) -> String {
        usesColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }

    func color(of verdict: Verdict) -> Color {
        switch verdict {
        case .proved: .green
        case .refuted, .error: .red
        case .inconclusive: .yellow
        case .vacuous: .magenta
        }
    }
}

extension String {
    /// With spaces behind up to a width in columns.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

    /// With spaces before.
    func aligned(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }

    /// Without spaces at the end.
    var trimmingSpaces: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }

    /// Lines of at most so many columns, broken at spaces; a longer word has a line of its own.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ", omittingEmptySubsequences: true) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }
}

/// A number with what it counts.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
}

/// Rows as lines, cell below cell. The first row is the heading.
///
/// - Parameter alignedRight: columns whose cells end together.
func columns(_ rows: [[String]], alignedRight: Set<Int>) -> [String] {
    guard let count = rows.map(\.count).min() else { return [] }
    let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = (0..<count).map { column in
            alignedRight.contains(column)
                ? row[column].aligned(to: widths[column]) : row[column].padded(to: widths[column])
        }
        return ("  " + cells.joined(separator: "  ")).trimmingSpaces
    }
}
