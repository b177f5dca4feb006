import CZ3
import Logic

/// Terms as Z3 expressions. Every term is translated once in the life of the context.
final class Z3Translation {
    private let context: Z3Context
    private let sorts: Z3Sorts
    private var expressions: [Term: Z3_ast] = [:]
    private var depths: [Term: Int] = [:]

    /// Z3 recurses over what it is given, and a stack overflow would end the process. An eighth of the depth at which it was seen to fail
    /// on a thread's usual 8 MB.
    static let depthLimit = 4_000

    init(context: Z3Context, sorts: Z3Sorts) {
        self.context = context
        self.sorts = sorts
    }

    /// The expression of a term. Does not recurse, but refuses terms that Z3 could not recurse over.
    func expression(of root: Term) throws(SolverError) -> Z3_ast {
        if let known = expressions[root] { return known }
        var stack = [root]
        while let term = stack.last {
            if expressions[term] != nil {
                stack.removeLast()
                continue
            }
            var arguments: [Z3_ast?] = []
            arguments.reserveCapacity(term.arguments.count)
            for argument in term.arguments {
                if let known = expressions[argument] { arguments.append(known) } else { stack.append(argument) }
            }
            guard arguments.count == term.arguments.count else { continue }
            let depth = 1 + (term.arguments.lazy.compactMap { self.depths[$0] }.max() ?? 0)
            guard depth <= Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
            depths[term] = depth
            expressions[term] = try context.kept("an expression", try make(term, arguments))
            stack.removeLast()
        }
        return try context.checked("translation", expressions[root])
    }

    /// One expression over translated arguments. Nil with Z3's error set when Z3 refuses.
    private func make(_ term: Term, _ x: [Z3_ast?]) throws(SolverError) -> Z3_ast? {
        let c = context.pointer
        let count = UInt32(x.count)
        switch term.operation {
        case .boolean(let value): return value ? Z3_mk_true(c) : Z3_mk_false(c)
        case .integer(let value): return Z3_mk_int64(c, Int64(value), try sorts.sort(.integer))
        case .bitVector(let bits):
            let sort = try sorts.sort(term.sort)
            if let small = UInt64(exactly: bits) { return Z3_mk_unsigned_int64(c, small, sort) }
            return Z3_mk_numeral(c, String(bits), sort)
        case .variable(let name): return Z3_mk_const(c, try context.symbol(name), try sorts.sort(term.sort))
        case .constantArray:
            guard case .array(let index, _) = term.sort else { return nil }
            return Z3_mk_const_array(c, try sorts.sort(index), x[0])
        case .apply(let name):
            let function = try sorts.function(name, domain: term.arguments.map(\.sort), range: term.sort)
            return Z3_mk_app(c, function, count, x)

        case .not: return Z3_mk_not(c, x[0])
        case .and: return Z3_mk_and(c, count, x)
        case .or: return Z3_mk_or(c, count, x)
        case .equal: return Z3_mk_eq(c, x[0], x[1])
        case .ifThenElse: return Z3_mk_ite(c, x[0], x[1], x[2])

        case .negate: return Z3_mk_bvneg(c, x[0])
        case .add: return Z3_mk_bvadd(c, x[0], x[1])
        case .subtract: return Z3_mk_bvsub(c, x[0], x[1])
        case .multiply: return Z3_mk_bvmul(c, x[0], x[1])
        case .unsignedDivide: return Z3_mk_bvudiv(c, x[0], x[1])
        case .unsignedRemainder: return Z3_mk_bvurem(c, x[0], x[1])
        case .signedDivide: return Z3_mk_bvsdiv(c, x[0], x[1])
        case .signedRemainder: return Z3_mk_bvsrem(c, x[0], x[1])
        case .bitAnd: return Z3_mk_bvand(c, x[0], x[1])
        case .bitOr: return Z3_mk_bvor(c, x[0], x[1])
        case .bitXor: return Z3_mk_bvxor(c, x[0], x[1])
        case .bitNot: return Z3_mk_bvnot(c, x[0])
        case .shiftLeft: return Z3_mk_bvshl(c, x[0], x[1])
        case .logicalShiftRight: return Z3_mk_bvlshr(c, x[0], x[1])
        case .arithmeticShiftRight: return Z3_mk_bvashr(c, x[0], x[1])
        case .unsignedLess: return Z3_mk_bvult(c, x[0], x[1])
        case .unsignedLessOrEqual: return Z3_mk_bvule(c, x[0], x[1])
        case .signedLess: return Z3_mk_bvslt(c, x[0], x[1])
        case .signedLessOrEqual: return Z3_mk_bvsle(c, x[0], x[1])
        case .concatenate: return Z3_mk_concat(c, x[0], x[1])
        case .extract(let high, let low): return Z3_mk_extract(c, UInt32(high), UInt32(low), x[0])
        case .zeroExtend(let extra): return Z3_mk_zero_ext(c, UInt32(extra), x[0])
        case .signExtend(let extra): return Z3_mk_sign_ext(c, UInt32(extra), x[0])

        case .unsignedInteger: return Z3_mk_bv2int(c, x[0], false)
        case .bitVectorOfInteger(let width): return Z3_mk_int2bv(c, UInt32(width), x[0])

        case .integerAdd: return Z3_mk_add(c, count, x)
        case .integerMultiply: return Z3_mk_mul(c, count, x)
        case .integerDivide: return Z3_mk_div(c, x[0], x[1])
        case .integerModulo: return Z3_mk_mod(c, x[0], x[1])
        case .integerLess: return Z3_mk_lt(c, x[0], x[1])
        case .integerLessOrEqual: return Z3_mk_le(c, x[0], x[1])

        case .select: return Z3_mk_select(c, x[0], x[1])
        case .store: return Z3_mk_store(c, x[0], x[1], x[2])
        case .rotate:
            var index =
                try context.kept(
                    "an index", Z3_mk_fresh_const(c, "index", try sorts.sort(term.arguments[1].sort)))
                as Z3_ast?
            return Z3_mk_lambda_const(c, 1, &index, Z3_mk_select(c, x[0], Z3_mk_bvadd(c, index, x[1])))
        case .tuple:
            guard case .tuple(let definition) = term.sort else { return nil }
            return Z3_mk_app(c, try sorts.tuple(definition).constructor, count, x)
        case .field(let index):
            guard case .tuple(let definition) = term.arguments[0].sort else { return nil }
            return Z3_mk_app(c, try sorts.tuple(definition).projections[index], count, x)
        }
    }
}
