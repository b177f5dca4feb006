import Foundation
import Testing

/// A command line that a document shows, in a block of its own or between backticks in the text.
struct DocumentedCommand: Sendable, CustomTestStringConvertible {
    /// As a shell reads it, without the comment behind it.
    var line: String
    /// Relative to the repository, with the line's number.
    var place: String

    var testDescription: String { "\(place): \(line)" }

    /// The first word.
    var name: String { line.split(separator: " ").first.map(String.init) ?? "" }

    /// What lines of commands begin with. A block is one of commands if all its lines are.
    private static let tools: Set<String> = ["verify", "replay", "make", "swift", "cp", "mv", "sed"]

    private static func isCommand(_ line: String) -> Bool {
        guard let name = line.split(separator: " ").first else { return false }
        return tools.contains(String(name)) || name.hasPrefix("Tests/") || name.hasPrefix("Scripts/")
    }

    /// Those of a document, in its order.
    static func all(in document: String) throws -> [DocumentedCommand] {
        let text = try text(of: document)
        var commands: [DocumentedCommand] = []
        for block in CodeBlock.all(in: text) {
            let lines = block.lines.filter { !$0.text.isEmpty }
            if lines.allSatisfy({ isCommand($0.text) }) {
                commands += lines.map { line in
                    let comment = line.text.firstRange(of: /\s+# .*/)?.lowerBound ?? line.text.endIndex
                    return DocumentedCommand(
                        line: String(line.text[..<comment]), place: "\(document):\(line.number)")
                }
            }
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.hasPrefix("    ") {
            // A tool's name alone is a name.
            commands += line.matches(of: /`((?:verify|replay|make) [^`]+)`/).map {
                DocumentedCommand(line: String($0.1), place: "\(document):\(index + 1)")
            }
        }
        return commands.sorted { ($0.lineNumber, $0.line) < ($1.lineNumber, $1.line) }
    }

    private var lineNumber: Int { place.split(separator: ":").last.flatMap { Int($0) } ?? 0 }
}

/// A block of code in Markdown: between fences, or four columns further in than the text.
struct CodeBlock {
    struct Line {
        /// Without the block's indentation.
        var text: String
        /// From 1.
        var number: Int
    }

    var lines: [Line] = []
    /// The last words before it.
    var introduction = ""

    static func all(in document: String) -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var current = CodeBlock()
        var introduction = ""
        var isFenced = false
        func indentation(_ line: String) -> Int { line.prefix { $0 == " " }.count }
        func end() {
            let first = current.lines.firstIndex { !$0.text.isEmpty }
            let last = current.lines.lastIndex { !$0.text.isEmpty }
            if let first, let last {
                current.lines = Array(current.lines[first...last])
                let inward = current.lines.filter { !$0.text.isEmpty }.map { indentation($0.text) }.min() ?? 0
                for index in current.lines.indices {
                    current.lines[index].text.removeFirst(
                        min(inward, current.lines[index].text.count))
                }
                blocks.append(current)
            }
            current = CodeBlock()
        }
        // Within a list, text is further in, and code four columns further than that.
        var textIndentation = 0
        let lines = document.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (index, line) in lines.enumerated() {
            if line.trimmingCharacters(in: .whitespaces).hasPrefix("```") {
                end()
                current.introduction = introduction
                isFenced.toggle()
            } else if isFenced {
                current.lines.append(Line(text: line, number: index + 1))
            } else if line.allSatisfy({ $0 == " " }) {
                if !current.lines.isEmpty { current.lines.append(Line(text: "", number: index + 1)) }
            } else if indentation(line) >= textIndentation + 4 {
                if current.lines.isEmpty { current.introduction = introduction }
                current.lines.append(Line(text: line, number: index + 1))
            } else {
                end()
                if let item = line.firstMatch(of: /^ *([0-9]+\.|\*|-) +/) {
                    textIndentation = line.distance(from: line.startIndex, to: item.range.upperBound)
                } else if indentation(line) < textIndentation {
                    textIndentation = 0
                }
                introduction = line
            }
        }
        end()
        return blocks
    }
}
