import Logic

/// A claim about every interval: what is counted in it sums up to at most a bound that is linear in its length.
///
/// An interval begins and ends with a step that counts, both included. With a key, only what has the same key counts together.
public struct RateProperty: Sendable {
    /// Which steps count. It claims nothing.
    public let event: StepProperty
    /// What each of them counts for: never negative.
    let value: CheckedNumber
    /// What must be the same, part by part; empty where everything counts together.
    let key: [CheckedNumber]
    /// The parts of the key, as the spec writes them.
    public let keyTexts: [String]
    /// Linear in `elapsed`.
    let bound: CheckedNumber
    /// Whether the bound itself is too much.
    public let isStrict: Bool
    let source: SourceText
}

extension RateProperty {
    /// What a step counts for, once for each packet that leaves where the property is about these.
    public struct Contribution {
        /// Whether it counts, with whatever key.
        public let isCounted: Term
        /// Of sort Int, not negative.
        public let value: Term
        /// Bit-vectors, one for each part.
        public let key: [Term]
    }

    /// `constant + slope * elapsed`, where `elapsed` is in seconds. Both of sort Int.
    public struct Bound {
        public let constant: Term
        public let slope: Term
    }

    /// The widths of the key's parts.
    public var keyWidths: [Int] { key.map(\.positiveWidth) }

    public var conjunctText: String { source.text }

    public func contributions(_ context: LoweringContext) -> [Contribution] {
        // Control operations do not count, whatever they change.
        guard event.isAbout(context) else { return [] }
        let outputs = event.subjects(in: context)
        return outputs.map { output in
            let lowering = Lowering(context, output: output)
            // What is not there does not count.
            var conditions = [event.premise(context, output: output)]
            let value = lowering.number(value, &conditions).integer
            let parts = key.map { lowering.bits($0, width: $0.positiveWidth, &conditions) }
            return Contribution(isCounted: .and(conditions), value: value, key: parts)
        }
    }

    /// Reads the configuration only.
    public func bound(_ context: LoweringContext) -> Bound {
        let (constant, slope) = Lowering(context).parts(of: bound)
        return Bound(constant: constant, slope: slope)
    }

    /// The claim, for reports.
    public func conjunct(_ formula: Term) -> Conjunct {
        Conjunct(text: source.text, location: source.location, formula: formula)
    }
}

extension Lowering {
    /// The constant and the slope of a number that is linear in `elapsed`.
    fileprivate func parts(of number: CheckedNumber) -> (constant: Term, slope: Term) {
        switch number.node {
        case .elapsed: return (.integer(0), .integer(1))
        case .arithmetic(let operation, let a, let b):
            let (x, y) = (parts(of: a), parts(of: b))
            switch operation {
            case .add: return (x.constant + y.constant, x.slope + y.slope)
            case .subtract: return (x.constant - y.constant, x.slope - y.slope)
            case .multiply:
                // The checker lets `elapsed` stand on one side at most.
                return (
                    .product(x.constant, y.constant),
                    .product(x.constant, y.slope) + .product(x.slope, y.constant)
                )
            case .bitwiseAnd, .prefix:
                // Neither side contains `elapsed`, which is a time.
                return constant(number)
            }
        case .literal, .field, .length, .port, .now, .rememberedTime, .content, .entryExpiry, .indexExpiry:
            return constant(number)
        }
    }

    private func constant(_ number: CheckedNumber) -> (constant: Term, slope: Term) {
        // Fields of the configuration are always there.
        var conditions: [Term] = []
        return (self.number(number, &conditions).integer, .integer(0))
    }
}

extension CheckedNumber {
    fileprivate var positiveWidth: Int {
        guard case .bits(let positive, _) = type else { preconditionFailure("the checker admits no times in keys") }
        return positive
    }
}
