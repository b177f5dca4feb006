import Replay
import Verification

/// The spec, held against a replay step by step.
final class CheckedReplay {
    let check: SpecCheck
    private let state: NativeState
    /// The steps of the second of two runs are only remembered.
    private let isSecondRun: Bool

    init(_ check: SpecCheck, _ state: NativeState, isSecondRun: Bool = false) {
        self.check = check
        self.state = state
        self.isSecondRun = isSecondRun
    }

    var isViolated: Bool { !check.violations.isEmpty }

    /// Looks at the next step, and says whether to go on.
    func look(at step: ReplayedStep) -> Bool {
        state.update()
        let round = step.round > 1 ? " of round \(step.round)" : ""
        let event: ObservedStep.Event
        let name: String
        if let operation = step.operation {
            event = .operation(name: operation.name, argument: operation.argument)
            name = "\(operation.name) (\(operation.location)), after \(step.packet) packets\(round)"
        } else {
            event = .packet(ingress: step.ingress, bytes: step.bytes)
            name = "packet \(step.packet)\(round)"
        }
        last = step
        let observed = ObservedStep(
            event: event, time: step.time, outputs: step.outputs.map { ($0.port, $0.bytes) }, name: name)
        end = observed
        return isSecondRun || check.look(at: observed, state)
    }

    /// Holds claims about two runs against the ends of this one and another.
    func compare(with second: CheckedReplay) {
        guard let end, let other = second.end else { return }
        check.look(at: (end, state), and: (other, second.state))
    }

    /// The last step.
    private var end: ObservedStep?

    /// The one that stopped the replay, if the spec is violated.
    private(set) var last: ReplayedStep?
}
