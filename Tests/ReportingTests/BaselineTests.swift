import Diagnostics
import Testing
import Verification

/// What a run has lost, held against what was proved before.
@Suite struct BaselineTests {
    private static let spec = """
        middlebox box
          ports inside, outside
          assume config.first <= config.last

        let known(p) = p.ipv4.source in map
        let plain = 3

        property unchanged
          cites RFC 3022 section 4.1, RFC 1624
          when p enters any
          where known(p)
          then p is dropped

        invariant small
          for e in map: map[e].size <= plain
        """

    private static func report(
        _ spec: String = spec, names: [String] = ["unchanged", "small"], verdict: Verdict = .proved,
        cites: [String] = ["RFC 3022 section 4.1", "RFC 1624"],
        elements: [(String, Int)] = [("enter", 3), ("leave", 2)],
        box: String = "box"
    ) -> VerificationReport {
        let properties =
            [PropertyReport(name: "memory_safe", kind: .builtin, verdict: .proved)]
            + names.map { name in
                PropertyReport(
                    name: name, kind: .step, cites: name == "small" ? [] : cites,
                    verdict: name == names[0] ? verdict : .proved, reason: verdict == .proved ? nil : "why")
            }
        return VerificationReport(
            runState: .complete, tools: [],
            middleboxes: [
                MiddleboxReport(
                    name: box,
                    elements: elements.map { ElementReport(name: $0.0, paths: $0.1, lines: 1...2, state: []) },
                    properties: properties, times: PhaseTimes(), sources: [SourceFile(path: "box.gravel", text: spec)])
            ])
    }

    private func compare(
        _ report: VerificationReport, selected: Set<String>? = nil, isSelected: (String) -> Bool = { _ in true }
    ) -> BaselineComparison {
        BaselineComparison(
            of: report, with: Baseline(Self.report()), at: "proofs.json", selected: selected, isSelected: isSelected)
    }

    private func isLost(_ report: VerificationReport, _ name: String, _ words: String) {
        let lost = compare(report).lost
        #expect(lost.count == 1)
        #expect(lost.first?.name == name)
        #expect(lost.first?.message.contains(words) == true, "\(lost)")
    }

    @Test func nothingIsLostOfTheSame() {
        let comparison = compare(Self.report())
        #expect(comparison.lost.isEmpty && comparison.changed.isEmpty && comparison.added.isEmpty)
        // Nor by another layout, or other comments.
        let moved = Self.spec.replacing("\n", with: "\n\n").replacing("property", with: "// why\nproperty")
        #expect(compare(Self.report(moved)) == comparison)
    }

    @Test func aMissingPropertyIsLost() {
        isLost(Self.report(names: ["small"]), "box.unchanged", "is not there any more")
    }

    /// Of two properties with one name, one may be a check that comes with every middlebox.
    @Test func aNameOfACheckStandsForNoProperty() {
        let spec = Self.spec.replacing("property unchanged", with: "property memory_safe")
        let before = Baseline(Self.report(spec, names: ["memory_safe", "small"]))
        for (report, isLost) in [
            (Self.report(spec, names: ["memory_safe", "small"]), false), (Self.report(names: ["small"]), true),
        ] {
            let comparison = BaselineComparison(of: report, with: before, at: "proofs.json", selected: nil)
            #expect(comparison.lost.map(\.name) == (isLost ? ["box.memory_safe"] : []))
        }
    }

    @Test func aRenamedPropertyIsFound() {
        let spec = Self.spec.replacing("property unchanged", with: "property kept_as_it_is")
        let report = Self.report(spec, names: ["kept_as_it_is", "small"])
        isLost(report, "box.unchanged", "is called kept_as_it_is now")
        #expect(compare(report).added == ["box.kept_as_it_is"])
    }

    @Test func aNearNameIsGuessed() {
        let spec = Self.spec.replacing("property unchanged", with: "property unchangd").replacing(
            "any\n", with: "inside\n")
        isLost(Self.report(spec, names: ["unchangd", "small"]), "box.unchanged", "is it unchangd now?")
    }

    @Test(arguments: [Verdict.refuted, .inconclusive, .vacuous]) func whatIsNotProvedIsLost(verdict: Verdict) {
        isLost(Self.report(verdict: verdict), "box.unchanged", "is \(verdict.rawValue) now")
    }

    @Test func aClauseThatIsNotCitedIsLost() {
        isLost(
            Self.report(cites: ["RFC 1624", "RFC 791"]), "box.unchanged", "does not cite RFC 3022 section 4.1 any more")
    }

    @Test func anElementThatIsNotCoveredIsLost() {
        isLost(Self.report(elements: [("enter", 3)]), "box.leave", "the element is not there any more")
        isLost(Self.report(elements: [("enter", 3), ("leave", 0)]), "box.leave", "no packet is followed through")
    }

    @Test func anAssumptionMoreIsALoss() {
        let spec = Self.spec.replacing("  assume", with: "  assume config.last < 7\n  assume")
        isLost(Self.report(spec), "box", "assume config.last < 7")
        // One less is none: more is proved.
        #expect(
            compare(Self.report(Self.spec.replacing("  assume config.first <= config.last\n", with: ""))).lost.isEmpty)
    }

    @Test func aMiddleboxThatIsGoneIsLost() {
        let none = VerificationReport(runState: .complete, tools: [], middleboxes: [])
        isLost(none, "box", "the baseline has 3 proved properties of it")
        // Unless the run was about others.
        #expect(compare(none, selected: ["nat"]).lost.isEmpty)
    }

    @Test func aMiddleboxThatIsNotAcceptedIsLostAtOnce() {
        var report = Self.report()
        report.middleboxes[0].elements = []
        report.middleboxes[0].properties = [
            PropertyReport(name: "accepted", kind: .builtin, verdict: .error, reason: "the C code does not compile")
        ]
        isLost(report, "box", "it is not accepted: the C code does not compile")
        #expect(Baseline(report).middleboxes.isEmpty)
    }

    @Test func whatTheRunWasNotAboutIsNotLost() {
        let report = Self.report(names: ["small"])
        #expect(compare(report) { $0 != "unchanged" }.lost.isEmpty)
    }

    /// In what it says itself, or in words that it uses.
    @Test(arguments: [("then p is dropped", "then p leaves inside"), ("p.ipv4.source in map", "p.ipv4.source == 1")])
    func aPropertyThatSaysSomethingElseIsTold(old: String, new: String) {
        let comparison = compare(Self.report(Self.spec.replacing(old, with: new)))
        #expect(comparison.lost.isEmpty)
        #expect(comparison.changed == ["box.unchanged"])
    }

    @Test func whatIsNotUsedDoesNotMatter() {
        #expect(compare(Self.report(Self.spec.replacing("plain = 3", with: "plain = 4"))).changed == ["box.small"])
    }

    @Test func othersStayInAnUpdatedFile() {
        let both = Baseline(Self.report(box: "nat")).updated(with: Baseline(Self.report(names: ["small"])))
        #expect(both.middleboxes.map(\.name) == ["box", "nat"])
        #expect(both.middleboxes[0].properties.map(\.name) == ["memory_safe", "small"])
        #expect(both.updated(with: Baseline(Self.report())).middleboxes[0].properties.count == 3)
    }
}
