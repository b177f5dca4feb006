import Diagnostics
import MiddleboxIR
import PacketFormat
import Verification

/// One step of a trace as places, each with what happens there.
struct StepFlow {
    /// Without a place where none is known.
    let notes: [(location: SourceLocation?, text: String)]

    /// - Parameter number: of the packet, from 1.
    init(_ step: Counterexample.Step, number: Int, in sources: [SourceFile]) {
        let places = step.toldPath
        var notes: [(SourceLocation?, String)] = [(places.first?.location, Self.heading(of: step, number: number))]
        for (location, note) in places {
            let text = note.isEmpty ? sources.line(at: location)?.trimmingLeadingBlanks ?? "here" : note
            if let last = notes.last, last.0 == location, last.1 == text { continue }
            notes.append((location, text))
        }
        let end = Self.end(of: step)
        if step.operation == nil, notes.last?.1 != end { notes.append((places.last?.location, end)) }
        self.notes = notes
    }

    private static func heading(of step: Counterexample.Step, number: Int) -> String {
        let time = "time \(TimeText.seconds(step.time)) s"
        if let operation = step.operation {
            return "operation \(operation.name)\(operation.argument == "{}" ? "" : " \(operation.argument)"), \(time)"
        }
        let fields = ConcretePacket(bytes: step.packet).lines().map { "\($0.name) \($0.value)" }
        return "packet \(number) in at \(step.ingress), \(time): \(fields.joined(separator: ", "))"
    }

    private static func end(of step: Counterexample.Step) -> String {
        if step.outputs.isEmpty { return step.drops > 0 ? "dropped" : "nothing out" }
        let input = ConcretePacket(bytes: step.packet)
        let outputs = step.outputs.map { port, bytes in
            let changed = ConcretePacket(bytes: bytes).lines(comparedTo: input).filter { $0.previous != nil }
            let changes = changed.map { "\($0.name) \($0.value) (was \($0.previous ?? ""))" }
            return "out at \(port)" + (bytes == step.packet ? ", unchanged" : ": \(changes.joined(separator: ", "))")
        }
        return outputs.joined(separator: "; ")
    }
}

extension Counterexample.Step {
    /// Without what the runtime's inline functions decide, which is shown by where control goes on.
    var toldPath: [(location: SourceLocation, note: String)] {
        path.filter { !($0.note.isEmpty && $0.location.isInRuntimeHeader) }
    }
}

extension [SourceFile] {
    /// The source line at a place.
    func line(at location: SourceLocation) -> Substring? {
        guard let file = first(where: { $0.path == location.file }) else { return nil }
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.contains(location.line - 1) ? lines[location.line - 1] : nil
    }
}

extension Substring {
    var trimmingLeadingBlanks: String { String(drop { $0 == " " || $0 == "\t" }) }
}
