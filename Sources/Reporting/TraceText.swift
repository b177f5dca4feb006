import Diagnostics
import MiddleboxIR
import PacketFormat
import Verification

/// A counterexample as a story: the configuration, then each packet in, the C lines that it passed, and what came out.
struct TraceText {
    let width: Int
    let style: Style
    let sources: [SourceFile]

    /// - Parameters:
    ///   - isRefutation: otherwise it is the step that the proof stumbled over, or a trace that the program does not follow.
    ///   - reason: what has been said before.
    ///   - middlebox: what `replay` knows it by.
    func lines(
        of counterexample: Counterexample, isRefutation: Bool, saidBefore reason: String?, middlebox: String
    ) -> [String] {
        var lines: [String] = []
        if !(reason ?? "").contains(counterexample.failed) {
            lines.append("  \(isRefutation ? "broken" : "not proved"): \(counterexample.failed)")
        }
        if !isRefutation { lines += standing(of: counterexample).wrapped(to: width - 2).map { "  \($0)" } }
        if !counterexample.configuration.isEmpty {
            let names = counterexample.configuration.map(\.name.count).max() ?? 0
            lines.append("  configuration")
            lines += counterexample.configuration.map { "    \("\($0.name):".padded(to: names + 1)) \($0.value)" }
        }
        lines += part("earlier step", counterexample.remembered)
        lines += part("state before", counterexample.stateBefore)
        let isOfTwoRuns = !counterexample.secondRun.isEmpty
        for (name, steps) in [("first run", counterexample.steps), ("second run", counterexample.secondRun)] {
            if isOfTwoRuns { lines.append("  \(style.paint(name, .bold)), from the initial state") }
            let packets = steps.count { $0.operation == nil }
            var number = 0
            for step in steps {
                if let operation = step.operation {
                    lines += self.lines(of: operation, step)
                    continue
                }
                number += 1
                lines += self.lines(of: step, number: number, of: packets)
            }
        }
        lines += part("state after", counterexample.stateAfter)
        if isRefutation { lines += confirmation(of: counterexample, middlebox) }
        return lines
    }

    private func part(_ heading: String, _ rows: [String]) -> [String] {
        rows.isEmpty ? [] : ["  \(style.paint(heading, .bold))"] + rows.flatMap { continued("    ", $0) }
    }

    private func standing(of counterexample: Counterexample) -> String {
        counterexample.observed == nil
            ? "The step below starts from a state that satisfies the invariants, but no trace that leads to it was found."
            : "The trace below is what the verifier takes to be possible. Run natively, the program does something else."
    }

    private func confirmation(of counterexample: Counterexample, _ middlebox: String) -> [String] {
        guard counterexample.confirmed else {
            return ["  \(style.paint("not confirmed by the native program", .yellow))"]
                + files(counterexample, middlebox)
        }
        let observed = counterexample.observed.map { "the native program \($0)" } ?? "the native program does the same"
        return continued("  confirmed: ", observed) + files(counterexample, middlebox)
    }

    private func files(_ counterexample: Counterexample, _ middlebox: String) -> [String] {
        guard let capture = counterexample.capture else { return [] }
        let settings = capture.hasSuffix(".pcap") ? "\(capture.dropLast(".pcap".count)).yml" : "the .yml beside it"
        var again: [String] = []
        // `replay` runs the program as it is in use: what a sanitizer sees, it does not.
        if counterexample.observed == nil {
            // With --check, it shows both runs at once.
            let second = counterexample.isSeenInReplay ? nil : counterexample.replayArguments(ofSecondRun: true)
            again = zip(
                ["  again:     ", "             "], [counterexample.replayArguments(), second].compactMap(\.self)
            )
            .map { "\($0)replay \(middlebox) \($1)" }
        }
        let operations = counterexample.operations.map { ["  control operations: \($0)"] } ?? []
        return ["  capture:   \(capture)", "  ports and configuration: \(settings)"] + operations + again
    }

    private func lines(of operation: Counterexample.Operation, _ step: Counterexample.Step) -> [String] {
        let argument = operation.argument == "{}" ? "" : " \(operation.argument)"
        var lines = ["  \(style.paint("operation", .bold)) \(operation.name)\(argument), time \(time(step.time))"]
        if !step.path.isEmpty { lines += ["  path"] + self.lines(of: step.path) }
        return lines
    }

    private func lines(of step: Counterexample.Step, number: Int, of count: Int) -> [String] {
        let input = ConcretePacket(bytes: step.packet)
        let which = count == 1 ? "packet" : "packet \(number) of \(count)"
        var lines = [
            "  \(style.paint(which, .bold)) in at \(step.ingress), \(size(step.packet)), time \(time(step.time))"
        ]
        lines += listing(input.description())
        if !step.path.isEmpty { lines += ["  path"] + self.lines(of: step.path) }
        let times = step.drops > 1 ? " \(step.drops) times" : ""
        if step.outputs.isEmpty {
            lines.append("  \(style.paint("nothing out", .bold))\(step.drops > 0 ? ": dropped\(times)" : "")")
        }
        for (port, bytes) in step.outputs { lines += self.output(bytes, at: port, of: input) }
        if !step.outputs.isEmpty, step.drops > 0 { lines.append("  and dropped\(times)") }
        return lines
    }

    /// Only what differs from the packet that came in, unless its length does.
    private func output(_ bytes: [UInt8], at port: String, of input: ConcretePacket) -> [String] {
        let heading = "  \(style.paint("out", .bold)) at \(port), \(size(bytes))"
        if bytes == input.bytes { return ["\(heading), unchanged"] }
        let rows = ConcretePacket(bytes: bytes).description(comparedTo: input).split(separator: "\n")
        let changed = rows.filter { $0.hasPrefix("*") }
        guard bytes.count == input.bytes.count, !changed.isEmpty else {
            return ["\(heading), * marks what changed"] + listing(rows.joined(separator: "\n"))
        }
        return ["\(heading); what changed:"] + listing(changed.joined(separator: "\n"))
    }

    /// Longer paths are shortened in the middle.
    private static let longestPath = 40

    /// The C lines that were passed.
    func lines(of path: [(location: SourceLocation, note: String)]) -> [String] {
        // Several decisions in one line, one after the other, are shown once.
        var steps: [(place: String, text: String)] = []
        for (location, note) in path where !(note.isEmpty && location.isInRuntimeHeader) {
            let text = note.isEmpty ? sources.line(at: location)?.trimmingLeadingBlanks ?? "" : note
            let place = "\(fileName(location.file)):\(location.line)"
            if let last = steps.last, last == (place, text) { continue }
            steps.append((place, text))
        }
        let longest = min(steps.map(\.place.count).max() ?? 0, width / 2)
        let rows = steps.map { step in
            continued("    \(step.place.padded(to: longest))  ", step.text)
        }
        guard rows.count > Self.longestPath else { return rows.flatMap(\.self) }
        let half = Self.longestPath / 2
        return rows.prefix(half).flatMap(\.self) + ["    … \(rows.count - 2 * half) more …"]
            + rows.suffix(half).flatMap(\.self)
    }

    /// Without its folder, as long as no other file has the same name.
    private func fileName(_ path: String) -> String {
        func last(_ path: String) -> Substring { path.split(separator: "/").last ?? path[...] }
        let name = last(path)
        return sources.contains { $0.path != path && last($0.path) == name } ? path : String(name)
    }

    /// Text behind a heading; further lines stand below its beginning.
    private func continued(_ heading: String, _ text: String) -> [String] {
        text.wrapped(to: max(width - heading.count, 30)).enumerated().map { index, part in
            ((index == 0 ? heading : String(repeating: " ", count: heading.count)) + part).trimmingSpaces
        }
    }

    /// A packet's listing, its changed lines in colour.
    private func listing(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            line.hasPrefix("*") ? "    \(style.paint(String(line), .yellow))" : "    \(line)"
        }
    }

    private func size(_ bytes: [UInt8]) -> String { "\(bytes.count) byte\(bytes.count == 1 ? "" : "s")" }

    /// In seconds, all nine digits.
    private func time(_ nanoseconds: Int) -> String { "\(TimeText.seconds(nanoseconds)) s" }
}
