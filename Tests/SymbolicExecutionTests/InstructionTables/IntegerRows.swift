import MiddleboxIR

/// Rows of LLVM's instructions over integers, in all widths.
enum IntegerRows {
    /// Of C's types, of bit-fields, and of numbers as wide as there are.
    static let widths = [1, 8, 16, 24, 32, 48, 64, 128]

    static let all = binary + comparisons + casts + intrinsics + choices

    private static func pair(_ bits: Int) -> [RowOperand] {
        ["a", "b"].map { RowOperand(name: $0, type: .integer(bits)) }
    }

    // MARK: Arithmetic

    static let binary: [InstructionRow] = BinaryOperator.allCases.flatMap { operation in
        widths.map { bits in
            InstructionRow(
                name: "\(operation.nameInLLVM) i\(bits)", operands: pair(bits), result: .integer(bits),
                code: .llvm("%r = \(operation.nameInLLVM) i\(bits) %a, %b\n  ret i\(bits) %r"),
                cases: operation.isShift ? EdgeValues.shifts(bits) : EdgeValues.pairs(bits),
                isDefined: { operation.isDefined($0[0], $0[1], bits: bits) })
        }
    }

    static let comparisons: [InstructionRow] = Comparison.allCases.flatMap { comparison in
        widths.map { bits in
            InstructionRow(
                name: "icmp \(comparison.nameInLLVM) i\(bits)", operands: pair(bits), result: .integer(1),
                code: .llvm("%r = icmp \(comparison.nameInLLVM) i\(bits) %a, %b\n  ret i1 %r"),
                cases: EdgeValues.pairs(bits))
        }
    }

    static let casts: [InstructionRow] = widths.flatMap { narrow in
        widths.filter { $0 > narrow }.flatMap { wide in
            ["zext", "sext", "trunc"].map { name in
                let (from, to) = name == "trunc" ? (wide, narrow) : (narrow, wide)
                return InstructionRow(
                    name: "\(name) i\(from) to i\(to)", operands: [RowOperand(name: "a", type: .integer(from))],
                    result: .integer(to), code: .llvm("%r = \(name) i\(from) %a to i\(to)\n  ret i\(to) %r"),
                    cases: EdgeValues.single(from))
            }
        }
    }

    // MARK: Intrinsics

    static let intrinsics: [InstructionRow] = Intrinsic.allCases.flatMap { intrinsic in
        widths.flatMap { bits in rows(intrinsic, bits) }
    }

    private static func rows(_ intrinsic: Intrinsic, _ bits: Int) -> [InstructionRow] {
        let type = "i\(bits)"
        func row(
            _ name: String, _ operands: [String], _ code: String, result: Int? = nil, modelledUpTo most: Int = 128,
            cases: [[UInt128]], isDefined: @escaping @Sendable ([UInt128]) -> Bool = { _ in true }
        ) -> InstructionRow {
            InstructionRow(
                name: name, operands: operands.map { RowOperand(name: $0, type: .integer(bits)) },
                result: .integer(result ?? bits), code: .llvm(code), cases: cases, isDefined: isDefined,
                isModelled: (2...most).contains(bits))
        }
        func unary(_ name: String) -> [InstructionRow] {
            [
                row(
                    "\(name) \(type)", ["a"], "%r = call \(type) @llvm.\(name).\(type)(\(type) %a)\n  ret \(type) %r",
                    cases: EdgeValues.single(bits))
            ]
        }
        func binary(_ name: String) -> [InstructionRow] {
            [
                row(
                    "\(name) \(type)", ["a", "b"],
                    "%r = call \(type) @llvm.\(name).\(type)(\(type) %a, \(type) %b)\n  ret \(type) %r",
                    cases: EdgeValues.pairs(bits))
            ]
        }
        /// The same once more where the intrinsic is told that one value does not come.
        func excluding(_ name: String, _ excluded: UInt128) -> [InstructionRow] {
            ["false", "true"].map { flag in
                row(
                    "\(name) \(type) \(flag)", ["a"],
                    "%r = call \(type) @llvm.\(name).\(type)(\(type) %a, i1 \(flag))\n  ret \(type) %r",
                    cases: EdgeValues.single(bits), isDefined: { flag == "false" || $0[0] != excluded })
            }
        }
        func overflow(_ name: String, upTo most: Int) -> [InstructionRow] {
            [("result", bits, 0), ("overflow", 1, 1)].map { part, width, index in
                row(
                    "\(name).with.overflow \(type) \(part)", ["a", "b"],
                    """
                    %p = call { \(type), i1 } @llvm.\(name).with.overflow.\(type)(\(type) %a, \(type) %b)
                      %r = extractvalue { \(type), i1 } %p, \(index)
                      ret i\(width) %r
                    """, result: width, modelledUpTo: most, cases: EdgeValues.pairs(bits))
            }
        }
        func funnel(_ name: String) -> [InstructionRow] {
            var random = SplitMix(state: 4 + UInt64(bits))
            let values: [[UInt128]] = EdgeValues.pairs(bits).suffix(4) + [[1, 0], [0, 1]]
            let amounts = EdgeValues.amounts(bits) + EdgeValues.random(bits, 3, &random)
            return [
                row(
                    "\(name) \(type)", ["a", "b", "c"],
                    "%r = call \(type) @llvm.\(name).\(type)(\(type) %a, \(type) %b, \(type) %c)\n  ret \(type) %r",
                    modelledUpTo: 64, cases: values.flatMap { pair in amounts.map { pair + [$0] } })
            ]
        }
        switch intrinsic {
        case .byteSwap: return bits % 16 == 0 ? unary("bswap") : []
        case .signedAddWithOverflow: return overflow("sadd", upTo: 127)
        case .signedSubtractWithOverflow: return overflow("ssub", upTo: 127)
        case .signedMultiplyWithOverflow: return overflow("smul", upTo: 64)
        case .unsignedAddWithOverflow: return overflow("uadd", upTo: 127)
        case .unsignedSubtractWithOverflow: return overflow("usub", upTo: 128)
        case .unsignedMultiplyWithOverflow: return overflow("umul", upTo: 64)
        case .unsignedMinimum: return binary("umin")
        case .unsignedMaximum: return binary("umax")
        case .signedMinimum: return binary("smin")
        case .signedMaximum: return binary("smax")
        case .absolute: return excluding("abs", 1 << UInt128(bits - 1))
        case .unsignedSubtractSaturated: return binary("usub.sat")
        case .unsignedAddSaturated: return binary("uadd.sat")
        case .funnelShiftLeft: return funnel("fshl")
        case .funnelShiftRight: return funnel("fshr")
        case .populationCount: return unary("ctpop")
        case .countLeadingZeros: return excluding("ctlz", 0)
        case .countTrailingZeros: return excluding("cttz", 0)
        // See `MemoryRows`.
        case .copyMemory, .setMemory, .startLifetime, .endLifetime: return []
        }
    }

    // MARK: Choices and control flow

    static let choices: [InstructionRow] = widths.flatMap { bits in
        let type = "i\(bits)"
        let operands = [RowOperand(name: "c", type: .integer(1))] + pair(bits)
        let values = EdgeValues.pairs(bits).suffix(3)
        let cases: [[UInt128]] = values.flatMap { pair in [[0] + pair, [1] + pair] }
        let single = [RowOperand(name: "a", type: .integer(bits))]
        let least = "\(UInt128(1) << UInt128(bits - 1))"
        return [
            InstructionRow(
                name: "select \(type)", operands: operands, result: .integer(bits),
                code: .llvm("%r = select i1 %c, \(type) %a, \(type) %b\n  ret \(type) %r"), cases: cases),
            InstructionRow(
                name: "br and phi \(type)", operands: operands, result: .integer(bits),
                code: .llvm(
                    """
                    br i1 %c, label %left, label %right
                    left:
                      br label %end
                    right:
                      br label %end
                    end:
                      %r = phi \(type) [ %a, %left ], [ %b, %right ]
                      ret \(type) %r
                    """), cases: cases),
            // The two phis change places in each round, all at once.
            InstructionRow(
                name: "loop and phi \(type)", operands: operands, result: .integer(bits),
                code: .llvm(
                    """
                    br label %loop
                    loop:
                      %x = phi \(type) [ %a, %0 ], [ %y, %loop ]
                      %y = phi \(type) [ %b, %0 ], [ %x, %loop ]
                      %i = phi i8 [ 0, %0 ], [ %n, %loop ]
                      %n = add i8 %i, 1
                      %go = icmp ult i8 %n, 4
                      %again = select i1 %go, i1 %c, i1 false
                      br i1 %again, label %loop, label %end
                    end:
                      ret \(type) %y
                    """), cases: cases),
            InstructionRow(
                name: "switch \(type)", operands: single, result: .integer(8),
                code: .llvm(
                    """
                    switch \(type) %a, label %other [
                        \(type) 0, label %zero
                        \(bits > 1 ? "\(type) \(least), label %least\n    \(type) 1, label %zero" : "")
                        \(type) \(bits > 1 ? "-1" : "1"), label %ones
                      ]
                    zero:
                      br label %end
                    least:
                      br label %end
                    ones:
                      br label %end
                    other:
                      br label %end
                    end:
                      %r = phi i8 [ 1, %zero ], [ 2, %least ], [ 3, %ones ], [ 4, %other ]
                      ret i8 %r
                    """), cases: EdgeValues.single(bits)),
            InstructionRow(
                name: "freeze \(type)", operands: single, result: .integer(bits),
                code: .llvm("%r = freeze \(type) %a\n  ret \(type) %r"), cases: EdgeValues.single(bits)),
            // Any value, but the same wherever it is used.
            InstructionRow(
                name: "freeze undef \(type)", operands: single, result: .integer(bits),
                code: .llvm(
                    """
                    %f = freeze \(type) undef
                      %x = xor \(type) %f, %a
                      %r = xor \(type) %x, %f
                      ret \(type) %r
                    """), cases: EdgeValues.single(bits)),
            InstructionRow(
                name: "insertvalue and extractvalue \(type)", operands: pair(bits), result: .integer(bits),
                code: .llvm(
                    """
                    %p = insertvalue { \(type), [2 x \(type)], i1 } { \(type) 0, [2 x \(type)] zeroinitializer, i1 true }, \(type) %a, 0
                      %q = insertvalue { \(type), \(type) } undef, \(type) %b, 1
                      %x = extractvalue { \(type), [2 x \(type)], i1 } %p, 0
                      %y = extractvalue { \(type), \(type) } %q, 1
                      %z = extractvalue { \(type), [2 x \(type)], i1 } %p, 1, 1
                      %s = sub \(type) %x, %y
                      %r = or \(type) %s, %z
                      ret \(type) %r
                    """), cases: EdgeValues.pairs(bits)),
        ]
    }
}

extension BinaryOperator {
    var nameInLLVM: String {
        switch self {
        case .add: "add"
        case .subtract: "sub"
        case .multiply: "mul"
        case .unsignedDivide: "udiv"
        case .unsignedRemainder: "urem"
        case .signedDivide: "sdiv"
        case .signedRemainder: "srem"
        case .and: "and"
        case .or: "or"
        case .xor: "xor"
        case .shiftLeft: "shl"
        case .logicalShiftRight: "lshr"
        case .arithmeticShiftRight: "ashr"
        }
    }

    fileprivate var isShift: Bool {
        switch self {
        case .shiftLeft, .logicalShiftRight, .arithmeticShiftRight: true
        case .add, .subtract, .multiply, .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder, .and,
            .or,
            .xor:
            false
        }
    }

    /// LLVM's language reference, for instructions without flags.
    fileprivate func isDefined(_ a: UInt128, _ b: UInt128, bits: Int) -> Bool {
        switch self {
        case .add, .subtract, .multiply, .and, .or, .xor: true
        case .unsignedDivide, .unsignedRemainder: b != 0
        case .signedDivide, .signedRemainder: b != 0 && !(a == 1 << UInt128(bits - 1) && b == RowType.mask(bits))
        case .shiftLeft, .logicalShiftRight, .arithmeticShiftRight: b < UInt128(bits)
        }
    }
}

extension Comparison {
    var nameInLLVM: String {
        switch self {
        case .equal: "eq"
        case .notEqual: "ne"
        case .unsignedLess: "ult"
        case .unsignedLessOrEqual: "ule"
        case .unsignedGreater: "ugt"
        case .unsignedGreaterOrEqual: "uge"
        case .signedLess: "slt"
        case .signedLessOrEqual: "sle"
        case .signedGreater: "sgt"
        case .signedGreaterOrEqual: "sge"
        }
    }
}
