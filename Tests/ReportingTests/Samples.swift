import Diagnostics
import Verification

/// Reports to write out.
enum Sample {
    static let source = SourceFile(path: "box.c", text: "one\n    two();\nthree\n")

    static let specification = SourceFile(
        path: "box.gravel",
        text:
            "middlebox box\n ports inside, outside\nproperty unchanged // a comment\n when p enters any then p is dropped\n"
    )

    /// Ethernet, then 4 bytes.
    static let frame: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xB5, 1, 2, 3, 4]

    static var changedFrame: [UInt8] {
        var frame = frame
        frame[17] = 9
        return frame
    }

    static let counterexample = Counterexample(
        steps: [
            .init(
                time: 1_000_000_005, ingress: "inside", packet: frame,
                outputs: [(port: "outside", packet: changedFrame), (port: "inside", packet: frame)],
                path: [
                    (location: SourceLocation(file: "box.c", line: 1, column: 1), note: "entered"),
                    (location: SourceLocation(file: "box.c", line: 2, column: 5), note: ""),
                ])
        ],
        configuration: [(name: "address", value: "10.0.0.1")], failed: "q.payload == p.payload",
        capture: "out/box.pcap",
        confirmed: true)

    static func report(
        _ properties: [PropertyReport], runState: VerificationReport.RunState = .complete
    ) -> VerificationReport {
        VerificationReport(
            runState: runState, tools: [(name: "gravel", version: "1.2.3"), (name: "llvm", version: "19.1.7")],
            middleboxes: [
                MiddleboxReport(
                    name: "box",
                    elements: [
                        ElementReport(name: "enter", paths: 3, lines: 1...2, state: []),
                        ElementReport(name: "leave", paths: 12, lines: 3...9, state: ["map", "pool"]),
                    ], properties: properties, times: PhaseTimes(phases: [(name: "execute", seconds: 0.25)]),
                    sources: [source, specification])
            ])
    }

    static var crossCheck: CrossCheckReport {
        var report = CrossCheckReport(solver: "cvc5", version: "1.0.3")
        (report.answers, report.whole, report.simplified, report.settledByBuilders) = (100, 40, 5, 7)
        (report.agreed, report.unknown, report.failed, report.notAsked) = (90, 6, 3, 1)
        report.late = 2
        report.failure = "it said 'no'"
        return report
    }

    static let proved = PropertyReport(
        name: "unchanged", kind: .step, cites: ["RFC 3022 section 4.1", "RFC 1624"], verdict: .proved, seconds: 0.1234)
    static let refuted = PropertyReport(
        name: "payload", kind: .step, verdict: .refuted, seconds: 2, counterexample: counterexample)
    static let inconclusive = PropertyReport(
        name: "memory", kind: .builtin, verdict: .inconclusive,
        reason: "the loop at box.c:2 may run more than 64 times",
        location: SourceLocation(file: "box.c", line: 2, column: 5), seconds: 0.5)
    static let vacuous = PropertyReport(
        name: "never", kind: .step, verdict: .vacuous, reason: "its premise cannot happen", seconds: 0)
    /// Of a middlebox that is not accepted.
    static let rejected = PropertyReport(
        name: "accepted", kind: .builtin, verdict: .error, reason: "the C code does not compile")

    static var losses: BaselineComparison {
        var losses = BaselineComparison(
            of: report([]), with: Baseline(middleboxes: []), at: "proofs.json", selected: nil)
        losses.lost = [
            LostProof(middlebox: "box", subject: .property("unchanged"), message: "it does not cite RFC 791 any more"),
            LostProof(middlebox: "box", subject: .element("leave"), message: "the element is not there any more"),
            LostProof(
                middlebox: "box", subject: .assumption,
                message: "all proofs rest on what the baseline does not: assume x",
                location: SourceLocation(file: "box.gravel", line: 2, column: 1)),
            LostProof(middlebox: "gone", subject: .middlebox, message: "the middlebox is not there any more"),
        ]
        return losses
    }
}
