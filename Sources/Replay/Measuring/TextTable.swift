/// A table for people: columns as wide as what is in them.
enum TextTable {
    /// - Parameters:
    ///   - rows: with as many cells as the head.
    ///   - words: so many columns at the front are text; the others are numbers.
    static func lines(_ head: [String], _ rows: [[String]], words: Int = 1) -> [String] {
        let lines = [head] + rows
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return column < words ? cells[column] + space : space + cells[column]
            }.joined(separator: "  ")
        }
    }
}
