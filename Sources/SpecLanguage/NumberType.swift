/// The type of a number while it is calculated with. Arithmetic is exact: its results get wider instead of wrapping around.
enum NumberType: Hashable, Sendable {
    /// The difference of two unsigned numbers of these widths; nothing is subtracted where `negative` is 0.
    case bits(positive: Int, negative: Int)
    /// An integer term. Its constants and coefficients add up to at most `bound`, so that `Logic` can calculate with them.
    case integer(TimeUnit, bound: Int)

    /// Above it, constants in integer terms might overflow.
    static let largestBound = 1 << 62
    static let largestWidth = 128
    static let nanosecondsPerSecond = 1_000_000_000

    static func bits(_ width: Int) -> NumberType { .bits(positive: width, negative: 0) }
}

/// What an integer counts.
enum TimeUnit: Hashable, Sendable {
    case none, seconds, nanoseconds
}

extension NumberType: CustomStringConvertible {
    var description: String {
        switch self {
        case .bits(let positive, let negative): SpecType.bits(max(positive, negative)).description
        case .integer(.none, _): "a number"
        case .integer(.seconds, _): "a time in seconds"
        case .integer(.nanoseconds, _): "a time in nanoseconds"
        }
    }
}

/// Why two numbers cannot be calculated with.
enum ArithmeticMistake: Error {
    /// The exact result has more than 128 bits, or constants too large for times.
    case tooLarge
    /// A product of two times.
    case productOfTimes
    /// The bits of a time, or of what may be negative.
    case noBits
    /// The prefix of what is not as wide as an address is.
    case noAddress
    /// The prefix's length is a time, or may be negative.
    case noPrefixLength
}

extension NumberType {
    /// The type of the exact result.
    static func result(
        of operation: ArithmeticOperator, _ a: NumberType, _ b: NumberType
    ) throws(ArithmeticMistake) -> NumberType {
        switch (a, b) {
        case (.bits(let p, let n), .bits(let q, let m)):
            switch operation {
            case .add: return try checked(sum(p, q), sum(n, m))
            case .subtract: return try checked(sum(p, m), sum(n, q))
            // (p - n)(q - m) = (pq + nm) - (pm + nq)
            case .multiply: return try checked(sum(product(p, q), product(n, m)), sum(product(p, m), product(n, q)))
            case .bitwiseAnd:
                guard n == 0, m == 0 else { throw .noBits }
                return .bits(min(p, q))
            case .prefix:
                guard a.isAddress else { throw .noAddress }
                guard m == 0 else { throw .noPrefixLength }
                return .bits(p)
            }
        case (.integer, _), (_, .integer):
            if operation == .bitwiseAnd { throw .noBits }
            if operation == .prefix { throw a.isAddress ? .noPrefixLength : .noAddress }
            let (unit, x, y) = try commonUnit(a, b, isProduct: operation == .multiply)
            let (bound, overflow) =
                operation == .multiply ? x.multipliedReportingOverflow(by: y) : x.addingReportingOverflow(y)
            guard !overflow, bound <= largestBound else { throw .tooLarge }
            return .integer(unit, bound: bound)
        }
    }

    /// Of Ethernet, IPv4 and IPv6.
    private static let addressWidths = [32, 48, 128]

    private var isAddress: Bool {
        if case .bits(let width, 0) = self { Self.addressWidths.contains(width) } else { false }
    }

    /// Whether two numbers can be compared: both sides are brought to non-negative sums of one width, or to one unit.
    static func checkComparison(_ a: NumberType, _ b: NumberType) throws(ArithmeticMistake) {
        _ = try result(of: .subtract, a, b)
    }

    /// The unit of the result, and the bounds of both sides in it.
    private static func commonUnit(
        _ a: NumberType, _ b: NumberType, isProduct: Bool
    ) throws(ArithmeticMistake) -> (TimeUnit, Int, Int) {
        let (x, y) = (a.unit, b.unit)
        if isProduct {
            guard x == .none || y == .none else { throw .productOfTimes }
            return (x == .none ? y : x, a.bound, b.bound)
        }
        let unit: TimeUnit =
            [x, y].contains(.nanoseconds) ? .nanoseconds : [x, y].contains(.seconds) ? .seconds : .none
        func bound(_ type: NumberType) throws(ArithmeticMistake) -> Int {
            guard unit == .nanoseconds, type.unit == .seconds else { return type.bound }
            let (bound, overflow) = type.bound.multipliedReportingOverflow(by: nanosecondsPerSecond)
            guard !overflow else { throw .tooLarge }
            return bound
        }
        return (unit, try bound(a), try bound(b))
    }

    var unit: TimeUnit {
        switch self {
        case .bits: .none
        case .integer(let unit, _): unit
        }
    }

    /// As an integer.
    private var bound: Int {
        switch self {
        case .bits(let positive, let negative): Self.bound(positive) + Self.bound(negative)
        case .integer(_, let bound): bound
        }
    }

    private static func bound(_ width: Int) -> Int { width >= 61 ? 1 << 61 : width == 0 ? 0 : 1 << width }

    private static func sum(_ a: Int, _ b: Int) -> Int { a == 0 ? b : b == 0 ? a : max(a, b) + 1 }
    private static func product(_ a: Int, _ b: Int) -> Int { a == 0 || b == 0 ? 0 : a + b }

    private static func checked(_ positive: Int, _ negative: Int) throws(ArithmeticMistake) -> NumberType {
        guard max(positive, negative) <= largestWidth else { throw .tooLarge }
        return .bits(positive: positive, negative: negative)
    }
}
