import Diagnostics
import PacketFormat
import Verification

/// A counterexample on the page: each packet as a table of its fields, with what became of them.
struct HTMLTrace {
    private let counterexample: Counterexample
    private let middlebox: MiddleboxReport
    /// Otherwise it is the step that the proof stumbled over, or a trace that the program does not follow.
    private let isRefutation: Bool

    init(_ counterexample: Counterexample, of middlebox: MiddleboxReport, isRefutation: Bool) {
        self.counterexample = counterexample
        self.middlebox = middlebox
        self.isRefutation = isRefutation
    }

    func write(to page: inout HTMLText) {
        list("Configuration", counterexample.configuration.map { "\($0.name): \($0.value)" }, &page)
        list("Earlier step", counterexample.remembered, &page)
        list("State before", counterexample.stateBefore, &page)
        let runs = [("First run", counterexample.steps), ("Second run", counterexample.secondRun)]
        for (title, steps) in runs where !steps.isEmpty {
            if !counterexample.secondRun.isEmpty { page.leaf("h4", "\(title), from the initial state") }
            var number = 0
            for step in steps {
                if step.operation == nil { number += 1 }
                write(step, number: number, to: &page)
            }
        }
        list("State after", counterexample.stateAfter, &page)
        guard isRefutation else { return }
        let observed = counterexample.observed.map { "the native program \($0)" } ?? "the native program does the same"
        page.leaf(
            "p", counterexample.confirmed ? "Confirmed: \(observed)." : "Not confirmed by the native program.",
            [("class", counterexample.confirmed ? "confirmed" : "warning")])
        if let arguments = counterexample.replayArguments() {
            page.open("p", [("class", "code")])
            page.leaf("code", "replay \(middlebox.argument) \(arguments)")
            page.close("p")
        }
    }

    private func list(_ title: String, _ lines: [String], _ page: inout HTMLText) {
        if lines.isEmpty { return }
        page.leaf("h4", title)
        page.leaf("pre", lines.joined(separator: "\n"))
    }

    private func write(_ step: Counterexample.Step, number: Int, to page: inout HTMLText) {
        let time = "at \(TimeText.seconds(step.time)) s"
        page.open("div", [("class", "step")])
        if let operation = step.operation {
            let argument = operation.argument == "{}" ? "" : " \(operation.argument)"
            page.leaf("h4", "Operation \(operation.name)\(argument), \(time)")
        } else {
            page.leaf("h4", "Packet \(number), in at \(step.ingress), \(time)")
            fields(of: step, to: &page)
        }
        path(of: step, to: &page)
        page.close("div")
    }

    /// A column for the packet that came in, and one for each that went out.
    private func fields(of step: Counterexample.Step, to page: inout HTMLText) {
        let input = ConcretePacket(bytes: step.packet)
        let outputs = step.outputs.map { ($0.port, ConcretePacket(bytes: $0.packet)) }
        let before = input.lines()
        let after = outputs.map { $0.1.lines(comparedTo: input) }
        var names = before.map(\.name)
        for name in after.flatMap({ $0.map(\.name) }) where !names.contains(name) { names.append(name) }
        page.open("div", [("class", "wide")])
        page.open("table", [("class", "packet")])
        page.row(
            [("field", ""), ("in at \(step.ingress)", "")] + outputs.map { ("out at \($0.0)", "") }, cell: "th")
        for name in names {
            page.open("tr")
            page.leaf("td", name)
            page.leaf("td", before.first { $0.name == name }?.value ?? "-")
            for lines in after {
                let line = lines.first { $0.name == name }
                let isChanged = line.map { $0.previous != nil } ?? true
                page.leaf("td", line?.value ?? "absent", isChanged ? [("class", "changed")] : [])
            }
            page.close("tr")
        }
        page.close("table")
        page.close("div")
        let drops = step.drops > 1 ? "Dropped \(step.drops) times." : step.drops == 1 ? "Dropped." : ""
        let words = step.outputs.isEmpty ? "Nothing out. \(drops)" : drops
        if !words.isEmpty { page.leaf("p", words) }
    }

    private func path(of step: Counterexample.Step, to page: inout HTMLText) {
        let places = step.toldPath
        if places.isEmpty { return }
        page.open("details")
        page.leaf("summary", "The way through the code")
        page.open("ol", [("class", "path")])
        var last = ""
        for (location, note) in places {
            let text = note.isEmpty ? middlebox.sources.line(at: location)?.trimmingLeadingBlanks ?? "" : note
            let line = "\(location.file):\(location.line) \(text)"
            if line == last { continue }
            last = line
            page.open("li")
            page.leaf("span", "\(location.file):\(location.line)", [("class", "place")])
            page.leaf(note.isEmpty ? "code" : "span", text)
            page.close("li")
        }
        page.close("ol")
        page.close("details")
    }
}
