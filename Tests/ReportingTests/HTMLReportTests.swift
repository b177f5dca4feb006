import Foundation
import Reporting
import Testing
import Verification

@Suite struct HTMLReportTests {
    private func page(_ report: VerificationReport, pictures: [String: String] = [:]) -> String {
        HTMLReport(pictures: pictures).text(of: report)
    }

    @Test func verdictsAtAGlance() {
        let page = page(Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive, Sample.vacuous]))
        #expect(page.contains("<h1>Not all proved</h1>"))
        #expect(page.contains("4 properties: 1 proved, 1 refuted, 1 inconclusive, 1 vacuous"))
        for (name, verdict) in [("unchanged", "proved"), ("payload", "refuted"), ("memory", "inconclusive")] {
            #expect(page.contains("class=\"square \(verdict)\" title=\"\(name): \(verdict)\""))
            // The square leads to what is said of it.
            #expect(page.contains("href=\"#box.\(name)\"") && page.contains("id=\"box.\(name)\""))
        }
        #expect(page.contains("<pre>property unchanged\n  when p enters any\n  then p is dropped</pre>"))
    }

    @Test func greenOnlyWhereAllIsProved() {
        #expect(page(Sample.report([Sample.proved])).contains("<h1>All proved</h1>"))
        var lost = Sample.report([Sample.proved])
        lost.baseline = Sample.losses
        for report in [lost, Sample.report([Sample.proved], runState: .interrupted), Sample.report([])] {
            #expect(page(report).contains("<h1>Not all proved</h1>"))
        }
        #expect(page(lost).contains("<strong>gone</strong>: the middlebox is not there any more"))
    }

    @Test func changedFieldsAreMarked() {
        let page = page(Sample.report([Sample.refuted]))
        #expect(page.contains("<td class=\"changed\">4 bytes: 01 02 03 09</td>"))
        #expect(page.components(separatedBy: "class=\"changed\"").count == 2)
        #expect(page.contains("<th>out at outside</th>") && page.contains("<th>out at inside</th>"))
        #expect(page.contains("<code>replay box out/box.pcap</code>"))
        #expect(page.contains("Confirmed: the native program does the same."))
    }

    @Test func clausesInTheOrderOfTheirNumbers() throws {
        let cites = ["RFC 3022 section 10", "RFC 3022 section 4.1", "RFC 791"].map {
            PropertyReport(name: "p", kind: .step, cites: [$0], verdict: .proved)
        }
        let page = page(Sample.report(cites))
        let places = try ["RFC 791", "RFC 3022 section 4.1", "RFC 3022 section 10"].map {
            try #require(page.range(of: "<td>\($0)</td>\n<td>\n<div>")).lowerBound
        }
        #expect(places == places.sorted())
    }

    /// Names, reasons and source lines are text, whatever is in them.
    @Test func textStaysText() {
        var property = Sample.inconclusive
        property.reason = "<script>alert(\"x\")</script> & more"
        let page = page(Sample.report([property]))
        #expect(!page.contains("<script>"))
        #expect(page.contains("&lt;script&gt;alert(\"x\")&lt;/script&gt; &amp; more"))
    }

    @Test func picturesAreInTheirPlace() {
        let page = page(
            Sample.report([Sample.proved]), pictures: ["box": "<svg>box</svg>", "other": "<svg>other</svg>"])
        #expect(page.contains("<svg>box</svg>") && !page.contains("<svg>other</svg>"))
    }
}
