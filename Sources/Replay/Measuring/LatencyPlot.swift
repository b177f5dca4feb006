import Foundation

/// How long packets take, as an SVG: for each share of the packets, the time that so many of them take at most. Both axes are logarithmic, so that
/// the slowest of a million show as much as the median.
public struct LatencyPlot {
    /// A line of the plot.
    public struct Curve: Sendable {
        public let name: String
        public let points: [ReplayStatistics.Share]

        public init(name: String, points: [ReplayStatistics.Share]) {
            self.name = name
            self.points = points
        }
    }

    private let curves: [Curve]
    private static let (width, height) = (720.0, 420.0)
    private static let (left, right, top, bottom) = (70.0, 110.0, 40.0, 50.0)

    /// - Parameter curves: the first is the one that is looked at; the others are there for comparison.
    public init(_ curves: [Curve]) { self.curves = curves }

    /// How many digits of nines: 2 of 0.99.
    private static func nines(_ share: Double) -> Double { -log10(max(1 - share, 1e-9)) }

    private var mostNines: Double {
        max(1, curves.flatMap(\.points).map(\.share).filter { $0 < 1 }.map(Self.nines).max() ?? 1)
    }

    /// In nanoseconds: whole powers of ten around all that there is.
    private var range: ClosedRange<Double> {
        let times = curves.flatMap(\.points).map { Double(max($0.nanoseconds, 1)) }
        let (least, most) = (floor(log10(times.min() ?? 1)), ceil(log10(times.max() ?? 10)))
        return least...max(most, least + 1)
    }

    private func x(_ share: Double) -> Double {
        Self.left + min(Self.nines(share), mostNines) / mostNines * (Self.width - Self.left - Self.right)
    }

    private func y(_ nanoseconds: Double) -> Double {
        let place = (log10(max(nanoseconds, 1)) - range.lowerBound) / (range.upperBound - range.lowerBound)
        return Self.height - Self.bottom - place * (Self.height - Self.top - Self.bottom)
    }

    /// Writes the drawing: all of it or nothing is there under the name.
    public func write(to path: String) throws(CaptureError) {
        let temporary = "\(path).\(getpid()).tmp"
        func failure() -> CaptureError { .unwritable(path: path, reason: String(cString: strerror(errno))) }
        guard let file = fopen(temporary, "we") else { throw failure() }
        let isWritten = fputs(svg, file) >= 0 && fflush(file) == 0
        guard fclose(file) == 0, isWritten, rename(temporary, path) == 0 else {
            let failure = failure()
            unlink(temporary)
            throw failure
        }
    }

    public var svg: String {
        let names = curves.map(\.name).joined(separator: " and ")
        let parts =
            [
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(Self.width)) \(number(Self.height))" role="img">
                <title>How long a packet takes: \(escaped(names))</title>
                <style>
                svg { color: #1f2933; background: #ffffff; }
                @media (prefers-color-scheme: dark) { svg { color: #dde3ea; background: #14181d; } }
                text { fill: currentColor; font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; }
                path { fill: none; stroke: currentColor; }
                path.grid { stroke-opacity: 0.15; }
                path.curve { stroke-width: 2; }
                path.other { stroke-width: 1.2; stroke-dasharray: 5 4; }
                </style>
                """,
                text("At most so many nanoseconds take so many of the packets", x: Self.left, y: 22),
            ] + verticals + horizontals + curves.enumerated().flatMap { drawn($1, isFirst: $0 == 0) }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private var verticals: [String] {
        var shares = [0.0, 0.5]
        var digits = 1.0
        while digits <= mostNines {
            shares.append(1 - pow(10, -digits))
            digits += 1
        }
        return shares.flatMap { share -> [String] in
            let label =
                share == 0
                ? "0 %" : String(format: "%.\(max(0, Int(Self.nines(share).rounded()) - 2))f %%", share * 100)
            return [
                grid("M \(number(x(share))) \(number(Self.top)) V \(number(Self.height - Self.bottom))"),
                text(label, x: x(share), y: Self.height - Self.bottom + 20, anchor: "middle"),
            ]
        }
    }

    private var horizontals: [String] {
        var parts: [String] = []
        for power in Int(range.lowerBound)...Int(range.upperBound) {
            for factor in power == Int(range.upperBound) ? [1] : [1, 2, 5] {
                let nanoseconds = Double(factor) * pow(10, Double(power))
                let height = y(nanoseconds)
                parts.append(grid("M \(number(Self.left)) \(number(height)) H \(number(Self.width - Self.right))"))
                parts.append(text(number(nanoseconds), x: Self.left - 8, y: height + 4, anchor: "end"))
            }
        }
        return parts
    }

    private func drawn(_ curve: Curve, isFirst: Bool) -> [String] {
        guard let last = curve.points.last else { return [] }
        let points = curve.points.map { "\(number(x($0.share))) \(number(y(Double($0.nanoseconds))))" }
        return [
            "<path class=\"\(isFirst ? "curve" : "other")\" d=\"M \(points.joined(separator: " L "))\"/>",
            text(curve.name, x: x(last.share) + 8, y: y(Double(last.nanoseconds)) + 4),
        ]
    }

    private func grid(_ path: String) -> String { "<path class=\"grid\" d=\"\(path)\"/>" }

    private func text(_ words: String, x: Double, y: Double, anchor: String = "start") -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(escaped(words))</text>"
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(format: "%.1f", value)
    }

    private func escaped(_ words: String) -> String {
        words.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
