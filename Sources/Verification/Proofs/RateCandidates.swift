import Logic
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// A formula that may hold of the state and the monitor as long as an interval runs.
struct RateCandidate {
    /// In words of the spec, where `sum` is what has counted since `start`.
    let text: String
    /// In the state that the context has after it.
    let formula: (LoweringContext, RateMonitor) -> Term
}

/// Where code may keep what is left for a key, and since when: two numbers of one entry, or of one object at file scope.
///
/// Such a pair (an amount and a time) is all that a token bucket is, whatever it is called; any two numbers of the code are tried.
struct RateReserve {
    /// Nil where it is always there.
    let presence: ((LoweringContext) -> Term)?
    let presenceText: String
    /// Both of sort Int.
    let amount: (LoweringContext) -> Term
    let time: (LoweringContext) -> Term
    let amountText: String
    let timeText: String

    /// Those for the key.
    static func all(_ model: StateModel, key: [Term], keyTexts: [String]) -> [RateReserve] {
        entries(model, key: key, keyTexts: keyTexts) + objects(model)
    }

    private static func entries(_ model: StateModel, key: [Term], keyTexts: [String]) -> [RateReserve] {
        let keyText = keyTexts.count == 1 ? keyTexts[0] : "(\(keyTexts.joined(separator: ", ")))"
        var result: [RateReserve] = []
        for map in model.maps.values where !key.isEmpty && map.key.leaves.count == key.count {
            guard zip(map.key.leaves, key).allSatisfy({ 8 * $0.size >= $1.width }) else { continue }
            let parts = zip(map.key.leaves, key).map { Term.zeroExtend($1, by: 8 * $0.size - $1.width) }
            let term = Term.tuple(parts, sort: map.key.sort)
            func field(_ index: Int) -> (LoweringContext) -> Term {
                { .unsignedInteger(.field(index, of: $0.after.value(map: map.name, key: term))) }
            }
            func text(_ leaf: Record.Leaf) -> String {
                "\(map.name)[\(keyText)]" + (leaf.name.isEmpty ? "" : ".\(leaf.name)")
            }
            let leaves = Array(map.value.leaves.enumerated())
            for (number, amount) in leaves where !amount.isNanoseconds && !amount.isBoolean && amount.size <= 8 {
                for (place, time) in leaves where place != number && time.size == 8 {
                    result.append(
                        RateReserve(
                            presence: { $0.after.isPresent(map: map.name, key: term) },
                            presenceText: "\(keyText) in \(map.name)", amount: field(number), time: field(place),
                            amountText: text(amount), timeText: text(time)))
                }
            }
        }
        return result
    }

    private static func objects(_ model: StateModel) -> [RateReserve] {
        struct Scalar {
            let name: String
            let text: String
            let path: [PathComponent]
            let width: Int
            let isTime: Bool

            func value(_ context: LoweringContext) -> Term {
                .unsignedInteger(context.after.variable(name, path: path))
            }
        }
        var scalars: [Scalar] = []
        func collect(_ type: SpecType, _ name: String, _ text: String, _ path: [PathComponent]) {
            switch type {
            case .bits(let width):
                scalars.append(Scalar(name: name, text: text, path: path, width: width, isTime: false))
            case .nanoseconds: scalars.append(Scalar(name: name, text: text, path: path, width: 64, isTime: true))
            case .structure(let structure):
                for field in structure.fields {
                    collect(field.type, name, "\(text).\(field.name)", path + [.field(field.name)])
                }
            case .integer, .seconds, .boolean, .array, .opaque: return
            }
        }
        for plain in model.plain.values where !plain.isConstant && !plain.name.contains(".") {
            collect(PlainObject(type: plain.type).specType, plain.name, plain.name, [])
        }
        return scalars.filter { !$0.isTime && $0.width <= 64 }.flatMap { amount in
            scalars.filter { $0.width == 64 && $0.text != amount.text }.map { time in
                RateReserve(
                    presence: nil, presenceText: "", amount: amount.value, time: time.value, amountText: amount.text,
                    timeText: time.text)
            }
        }
    }
}

/// Guesses what connects the sum of a rate's monitor with the state: what has counted and what is left together keep the bound, up to when the
/// code last looked at it; and where there is nothing for the key, all that may count at once is left.
struct RateCandidates {
    /// A number of the configuration, or one of the bound's.
    struct Quantity {
        let text: String
        let term: Term
    }

    let reserves: [RateReserve]
    /// What may be left at once, and what comes per second.
    let bounds: [(constant: Quantity, slope: Quantity)]
    /// How many of the code's unit make one of the bound's.
    let scales: [Int]

    private static let limit = 64

    func all() -> [RateCandidate] {
        var result: [RateCandidate] = []
        for reserve in reserves {
            result.append(order(reserve))
            for (constant, slope) in bounds {
                if reserve.presence != nil { result.append(absence(reserve, slope)) }
                for scale in scales { result.append(remainder(reserve, scale, constant, slope)) }
            }
        }
        var known: Set<String> = []
        return Array(result.filter { known.insert($0.text).inserted }.prefix(Self.limit))
    }

    private func claim(_ reserve: RateReserve, _ text: String) -> String {
        reserve.presence == nil ? text : "\(reserve.presenceText) implies \(text)"
    }

    /// The interval began when the code last looked, or before.
    private func order(_ reserve: RateReserve) -> RateCandidate {
        RateCandidate(text: claim(reserve, "start <= \(reserve.timeText)")) { context, monitor in
            .implies(
                monitor.isRunning && (reserve.presence?(context) ?? .true),
                .lessOrEqual(monitor.start, reserve.time(context)))
        }
    }

    private func remainder(
        _ reserve: RateReserve, _ scale: Int, _ constant: Quantity, _ slope: Quantity
    ) -> RateCandidate {
        let perUnit = NumberScale.nanoseconds / scale
        let left = perUnit == 1 ? reserve.amountText : "\(reserve.amountText) / \(perUnit)"
        let text = "sum + \(left) <= \(constant.text) + \(slope.text) * (\(reserve.timeText) - start)"
        return RateCandidate(text: claim(reserve, text)) { context, monitor in
            let elapsed = reserve.time(context) - monitor.start
            let most = Term.product(.integer(NumberScale.nanoseconds), constant.term) + .product(slope.term, elapsed)
            let all =
                Term.product(.integer(NumberScale.nanoseconds), monitor.sum)
                + .product(.integer(scale), reserve.amount(context))
            return .implies(
                monitor.isRunning && (reserve.presence?(context) ?? .true), .lessOrEqual(all, most))
        }
    }

    private func absence(_ reserve: RateReserve, _ slope: Quantity) -> RateCandidate {
        let text = "\(reserve.presenceText) or sum <= \(slope.text) * (now - start)"
        return RateCandidate(text: text) { context, monitor in
            .implies(
                monitor.isRunning && !(reserve.presence?(context) ?? .true),
                .lessOrEqual(
                    .product(.integer(NumberScale.nanoseconds), monitor.sum),
                    .product(slope.term, context.now - monitor.start)))
        }
    }
}
