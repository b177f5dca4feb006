/// Symbols of an SMT-LIB script: each given out once, quoted where it must be.
struct SMTLIBNames {
    private var taken: Set<String> = reserved

    /// A symbol for the name that nothing else in the script has: the name itself, if it is free.
    mutating func unique(_ name: String) -> String {
        let base = String(name.unicodeScalars.map { Self.canBeQuoted($0) ? Character($0) : "_" })
        var candidate = base.isEmpty ? "_empty" : base
        var number = 1
        while !taken.insert(candidate).inserted {
            candidate = "\(base)!\(number)"
            number += 1
        }
        return Self.isSimple(candidate) ? candidate : "|\(candidate)|"
    }

    private static func canBeQuoted(_ scalar: Unicode.Scalar) -> Bool {
        (32...126).contains(scalar.value) && scalar != "|" && scalar != "\\"
    }

    /// Whether the name is a symbol as it stands. A leading dot or at-sign belongs to solvers.
    private static func isSimple(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first), first != ".", first != "@" else {
            return false
        }
        return name.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": true
            default: "~!@$%^&*_-+=<>.?/".unicodeScalars.contains(scalar)
            }
        }
    }

    /// Words of the language and symbols of the theories, quoted or not, have their meaning already.
    private static let reserved: Set<String> = Set(
        """
        ! _ as BINARY DECIMAL exists HEXADECIMAL forall lambda let match NUMERAL par STRING assert check-sat declare-const
        declare-datatype declare-datatypes declare-fun declare-sort define-const define-fun define-fun-rec define-sort echo
        exit get-model get-value pop push reset set-info set-logic set-option
        Bool Int Real Array BitVec String Seq Set RegLan List Float16 Float32 Float64 Float128 RoundingMode FloatingPoint
        true false not and or xor => = distinct ite implies iff if is const
        + - * / div mod rem abs < <= > >= to_real to_int is_int divisible root-obj ^
        concat extract repeat zero_extend sign_extend rotate_left rotate_right ext_rotate_left ext_rotate_right
        bvneg bvadd bvsub bvmul bvudiv bvurem bvsdiv bvsrem bvsmod bvand bvor bvxor bvnot bvnand bvnor bvxnor bvshl bvlshr
        bvashr bvult bvule bvugt bvuge bvslt bvsle bvsgt bvsge bvcomp bvredor bvredand bv2nat bv2int int2bv nat2bv
        ubv_to_int sbv_to_int int_to_bv select store map as-array default union intersection complement subset setminus
        member insert emptyset singleton card tuple project update pi sin cos tan exp sqrt nil cons head tail
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
