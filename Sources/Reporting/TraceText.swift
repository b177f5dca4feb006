import Diagnostics
import PacketFormat
import Verification

/// A counterexample as a story: the configuration, then each packet in, the C lines that it passed, and what came out.
struct TraceText {
    let width: Int
    let style: Style
    let sources: [SourceFile]

    /// - Parameter isRefutation: otherwise it is the step that the proof stumbled over, which need not be reachable.
    func lines(of counterexample: Counterexample, isRefutation: Bool) -> [String] {
        var lines = ["  \(isRefutation ? "broken" : "not proved"): \(counterexample.failed)"]
        if !isRefutation {
            lines +=
                "The step below starts from a state that satisfies the invariants, but no trace that leads to it was found."
                .wrapped(to: width - 2).map { "  \($0)" }
        }
        if !counterexample.configuration.isEmpty {
            let names = counterexample.configuration.map(\.name.count).max() ?? 0
            lines.append("  configuration")
            lines += counterexample.configuration.map { "    \("\($0.name):".padded(to: names + 1)) \($0.value)" }
        }
        for (index, step) in counterexample.steps.enumerated() {
            lines += self.lines(of: step, number: index + 1, of: counterexample.steps.count)
        }
        if isRefutation { lines += capture(of: counterexample) }
        return lines
    }

    private func capture(of counterexample: Counterexample) -> [String] {
        let confirmation =
            counterexample.confirmed
            ? "confirmed: the native program does the same"
            : style.paint("not confirmed by the native program", .yellow)
        guard let capture = counterexample.capture else { return ["  \(confirmation)"] }
        return ["  capture: \(capture)", "  \(confirmation)"]
    }

    private func lines(of step: Counterexample.Step, number: Int, of count: Int) -> [String] {
        let input = ConcretePacket(bytes: step.packet)
        let which = count == 1 ? "packet" : "packet \(number) of \(count)"
        var lines = [
            "  \(style.paint(which, .bold)) in at \(step.ingress), \(size(step.packet)), time \(time(step.time))"
        ]
        lines += listing(input.description())
        if !step.path.isEmpty { lines += ["  path"] + path(step.path) }
        if step.outputs.isEmpty { lines.append("  \(style.paint("nothing out", .bold)): dropped") }
        for (port, bytes) in step.outputs {
            let output = ConcretePacket(bytes: bytes)
            let unchanged = bytes == step.packet
            lines.append("  \(style.paint("out", .bold)) at \(port), \(size(bytes))\(unchanged ? ", unchanged" : "")")
            if !unchanged { lines += listing(output.description(comparedTo: input)) }
        }
        return lines
    }

    private func path(_ path: [(location: SourceLocation, note: String)]) -> [String] {
        let places = path.map { "\($0.location.file):\($0.location.line)" }
        let longest = min(places.map(\.count).max() ?? 0, width / 2)
        return zip(path, places).flatMap { entry, place in
            // The line itself where there is no better word for it.
            let note = entry.note.isEmpty ? source(at: entry.location) : entry.note
            let before = "    \(place.padded(to: longest))  "
            let parts = note.wrapped(to: max(width - before.count, 30))
            return parts.enumerated().map { index, part in
                ((index == 0 ? before : String(repeating: " ", count: before.count)) + part).trimmingSpaces
            }
        }
    }

    private func source(at location: SourceLocation) -> String {
        guard let file = sources.first(where: { $0.path == location.file }) else { return "" }
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(location.line - 1) else { return "" }
        return lines[location.line - 1].drop { $0 == " " || $0 == "\t" }.description
    }

    /// A packet's listing, its changed lines in colour.
    private func listing(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            line.hasPrefix("*") ? "    \(style.paint(String(line), .yellow))" : "    \(line)"
        }
    }

    private func size(_ bytes: [UInt8]) -> String { "\(bytes.count) byte\(bytes.count == 1 ? "" : "s")" }

    /// In seconds, all nine digits.
    private func time(_ nanoseconds: Int) -> String {
        let (seconds, rest) = max(nanoseconds, 0).quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest)
        return "\(seconds).\(String(repeating: "0", count: 9 - digits.count))\(digits) s"
    }
}
