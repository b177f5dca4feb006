/// Rows of LLVM's instructions on memory: loads and stores of all widths and alignments, addresses, pointers, copies.
enum MemoryRows {
    static let all = stores + loads + addresses + pointers + copies + lifetimes

    /// Whole bytes: LLVM's memory holds nothing else that middleboxes read.
    private static let widths = [8, 16, 24, 32, 48, 64, 128]

    /// Sixteen bytes that rows read and write: instructions that make `%m`.
    private static let places: [(name: String, code: String)] = [
        (
            "the stack",
            """
            %m = alloca [16 x i8], align 16
              call void @llvm.memcpy.p0.p0.i64(ptr %m, ptr @memory, i64 16, i1 false)
            """
        ),
        ("an object", "%m = getelementptr i8, ptr @memory, i64 0"),
        ("the packet", "%m = load ptr, ptr %packet, align 8"),
    ]

    /// Places for a width under each alignment that it may have.
    private static func alignedPlaces(_ bits: Int) -> [(offset: Int, alignment: Int)] {
        let places = [(7, 1), (10, 2), (4, 4), (8, 8), (0, 16)]
        return places.filter { offset, alignment in
            offset + bits / 8 <= 16 && (alignment == 1 || bits / 8 % alignment == 0)
        } + (bits == 128 ? [(0, 1)] : [])
    }

    private static let stores: [InstructionRow] = places.flatMap { place in
        widths.flatMap { bits in
            alignedPlaces(bits).map { offset, alignment in
                InstructionRow(
                    name: "store i\(bits) align \(alignment) to \(place.name)",
                    operands: [RowOperand(name: "a", type: .integer(bits))], result: .integer(128),
                    code: .llvm(
                        """
                        \(place.code)
                          %p = getelementptr i8, ptr %m, i64 \(offset)
                          store i\(bits) %a, ptr %p, align \(alignment)
                          %r = load i128, ptr %m, align 1
                          ret i128 %r
                        """), cases: EdgeValues.single(bits))
            }
        }
    }

    private static let loads: [InstructionRow] = places.flatMap { place in
        widths.flatMap { bits in
            let aligned = alignedPlaces(bits).map { offset, alignment in
                InstructionRow(
                    name: "load i\(bits) align \(alignment) from \(place.name)", operands: [], result: .integer(bits),
                    code: .llvm(
                        """
                        \(place.code)
                          %p = getelementptr i8, ptr %m, i64 \(offset)
                          %r = load i\(bits), ptr %p, align \(alignment)
                          ret i\(bits) %r
                        """), cases: [[]])
            }
            return aligned + anywhere(place, bits)
        }
    }

    /// At an offset that varies. What lies partly outside has no meaning.
    private static func anywhere(_ place: (name: String, code: String), _ bits: Int) -> [InstructionRow] {
        // A local is kept by constant offsets: each that there is becomes a path of its own, if they are few.
        let isLocal = place.name == "the stack"
        if isLocal && bits > 64 { return [] }
        let size = isLocal ? 8 : 16
        let last = UInt128(size - bits / 8)
        let code =
            isLocal
            ? """
            %m = alloca [8 x i8], align 8
              call void @llvm.memcpy.p0.p0.i64(ptr %m, ptr @memory, i64 8, i1 false)
            """ : place.code
        return [
            InstructionRow(
                name: "store i\(bits) and load anywhere in \(place.name)",
                operands: [RowOperand(name: "i", type: .integer(64)), RowOperand(name: "a", type: .integer(bits))],
                result: .integer(bits),
                code: .llvm(
                    """
                    \(code)
                      %p = getelementptr i8, ptr %m, i64 %i
                      store i\(bits) %a, ptr %p, align 1
                      %q = getelementptr i8, ptr %m, i64 \(last / 2)
                      %r = load i\(bits), ptr %q, align 1
                      ret i\(bits) %r
                    """),
                cases: Set([0, last / 2, last, last + 1, UInt128(UInt64.max)]).sorted().flatMap { offset in
                    [[offset, 0x5A], [offset, RowType.mask(bits)]]
                }, isDefined: { $0[0] <= last })
        ]
    }

    // MARK: Addresses

    private static let addresses: [InstructionRow] = [8, 16, 32, 64].flatMap { bits in
        // Indices have a sign, whatever their width.
        let indices: [UInt128] = [0, 1, 2, 3, UInt128.max, UInt128.max - 1, UInt128.max - 3].map {
            $0 & RowType.mask(bits)
        }
        return [
            ("i8", "i8, ptr %b, i\(bits) %i", indices),
            ("i16", "i16, ptr %b, i\(bits) %i", indices),
            ("i24", "i24, ptr %b, i\(bits) %i", [0, 1, RowType.mask(bits)]),
            ("[3 x i8]", "[3 x i8], ptr %b, i\(bits) %i, i\(bits) %i", [0, 1, RowType.mask(bits)]),
            ("a struct", "{ i8, [2 x i16] }, ptr @memory, i\(bits) %i, i32 1, i\(bits) %i", [0, 1]),
        ].map { name, address, indices in
            InstructionRow(
                name: "getelementptr \(name) by i\(bits)", operands: [RowOperand(name: "i", type: .integer(bits))],
                result: .integer(8),
                code: .llvm(
                    """
                    %b = getelementptr i8, ptr @memory, i64 8
                      %p = getelementptr \(address)
                      %r = load i8, ptr %p, align 1
                      ret i8 %r
                    """), cases: indices.map { [$0] })
        }
    }

    // MARK: Pointers

    private static let choice = [RowOperand(name: "c", type: .integer(1)), RowOperand(name: "a", type: .integer(8))]
    private static let choices: [[UInt128]] = [[0, 0], [1, 0], [0, 0xFF], [1, 0x7F]]

    private static func pointerRow(_ name: String, _ code: String, isModelled: Bool = true) -> InstructionRow {
        InstructionRow(
            name: name, operands: choice, result: .integer(8), code: .llvm(code), cases: choices, isModelled: isModelled
        )
    }

    private static let pointers: [InstructionRow] = [
        pointerRow(
            "select of pointers",
            """
            %d = load ptr, ptr %packet, align 8
              %p = select i1 %c, ptr @memory, ptr %d
              store i8 %a, ptr %p, align 1
              %r = load i8, ptr @memory, align 1
              ret i8 %r
            """),
        pointerRow(
            "a pointer in memory",
            """
            %m = alloca ptr, align 8
              store ptr @memory, ptr %m, align 8
              br i1 %c, label %set, label %end
            set:
              store ptr getelementptr (i8, ptr @memory, i64 5), ptr %m, align 8
              br label %end
            end:
              %p = load ptr, ptr %m, align 8
              store i8 %a, ptr %p, align 1
              %q = getelementptr i8, ptr @memory, i64 5
              %r = load i8, ptr %q, align 1
              ret i8 %r
            """),
        pointerRow(
            "a null pointer is told",
            """
            %p = select i1 %c, ptr null, ptr @memory
              %n = icmp eq ptr %p, null
              %r = select i1 %n, i8 %a, i8 1
              ret i8 %r
            """),
        pointerRow(
            "pointers into one object are ordered",
            """
            %i = zext i8 %a to i64
              %j = and i64 %i, 15
              %p = getelementptr i8, ptr @memory, i64 %j
              %q = getelementptr i8, ptr @memory, i64 8
              %x = icmp ult ptr %p, %q
              %y = icmp ne ptr %p, %q
              %s = select i1 %c, i1 %x, i1 %y
              %r = zext i1 %s to i8
              ret i8 %r
            """),
        pointerRow(
            "ptrtoint",
            """
            %n = ptrtoint ptr @memory to i64
              %t = trunc i64 %n to i8
              %r = xor i8 %t, %a
              ret i8 %r
            """, isModelled: false),
        pointerRow(
            "inttoptr",
            """
            %n = zext i8 %a to i64
              %p = inttoptr i64 %n to ptr
              %x = icmp eq ptr %p, @memory
              %r = zext i1 %x to i8
              ret i8 %r
            """, isModelled: false),
        pointerRow(
            "a call through a pointer",
            """
            %f = load ptr, ptr %packet, align 8
              br i1 true, label %through, label %end
            through:
              %never = icmp eq i8 %a, 1
              br label %end
            end:
              call void %f()
              ret i8 0
            """, isModelled: false),
        pointerRow(
            "the address of a function",
            """
            %p = select i1 %c, ptr @unknown, ptr null
              %x = icmp eq ptr %p, null
              %r = zext i1 %x to i8
              ret i8 %r
            """, isModelled: false),
        pointerRow("a function of nobody's", "call void @unknown()\n  ret i8 %a", isModelled: false),
        pointerRow("assembly", "call void asm sideeffect \"nop\", \"\"()\n  ret i8 %a", isModelled: false),
        pointerRow(
            "an address as a number",
            "%r = add i8 %a, trunc (i64 ptrtoint (ptr @memory to i64) to i8)\n  ret i8 %r", isModelled: false),
        pointerRow(
            "an intrinsic of nobody's", "%r = call i8 @llvm.bitreverse.i8(i8 %a)\n  ret i8 %r", isModelled: false),
        pointerRow(
            "a terminator of nobody's", "indirectbr ptr blockaddress(@ROW, %end), [label %end]\nend:\n  ret i8 %a",
            isModelled: false),
    ]

    // MARK: Copies

    private static let copies: [InstructionRow] = {
        let byte = [RowOperand(name: "a", type: .integer(8))]
        let values: [[UInt128]] = [[0], [1], [0xFF], [0x80]]
        let lengths = [0, 1, 3, 8, 12]
        func row(_ name: String, _ code: String) -> InstructionRow {
            InstructionRow(
                name: name, operands: byte, result: .integer(128),
                code: .llvm("\(code)\n  %r = load i128, ptr @memory, align 1\n  ret i128 %r"), cases: values)
        }
        return lengths.flatMap { length in
            [
                row(
                    "memset \(length)",
                    """
                    %p = getelementptr i8, ptr @memory, i64 3
                      call void @llvm.memset.p0.i64(ptr %p, i8 %a, i64 \(length), i1 false)
                    """),
                row(
                    "memcpy \(length) from the packet",
                    """
                    %d = load ptr, ptr %packet, align 8
                      store i8 %a, ptr %d, align 1
                      %p = getelementptr i8, ptr @memory, i64 4
                      call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %d, i64 \(length), i1 false)
                    """),
                row(
                    "memmove \(length) up",
                    """
                    store i8 %a, ptr @memory, align 1
                      %p = getelementptr i8, ptr @memory, i64 2
                      call void @llvm.memmove.p0.p0.i64(ptr %p, ptr @memory, i64 \(length), i1 false)
                    """),
                row(
                    "memmove \(length) down",
                    """
                    %q = getelementptr i8, ptr @memory, i64 15
                      store i8 %a, ptr %q, align 1
                      %p = getelementptr i8, ptr @memory, i64 4
                      call void @llvm.memmove.p0.p0.i64(ptr @memory, ptr %p, i64 \(length), i1 false)
                    """),
            ]
        } + [
            row(
                "memmove on the stack",
                """
                %m = alloca [16 x i8], align 1
                  call void @llvm.memcpy.p0.p0.i64(ptr %m, ptr @memory, i64 16, i1 false)
                  store i8 %a, ptr %m, align 1
                  %p = getelementptr i8, ptr %m, i64 1
                  call void @llvm.memmove.p0.p0.i64(ptr %p, ptr %m, i64 15, i1 false)
                  call void @llvm.memcpy.p0.p0.i64(ptr @memory, ptr %m, i64 16, i1 false)
                """)
        ]
    }()

    // MARK: Lifetimes

    private static let lifetimes: [InstructionRow] = [
        InstructionRow(
            name: "a local of a loop's body", operands: [RowOperand(name: "a", type: .integer(8))], result: .integer(8),
            code: .llvm(
                """
                %m = alloca [4 x i8], align 1
                  br label %loop
                loop:
                  %i = phi i8 [ 0, %0 ], [ %n, %loop ]
                  %s = phi i8 [ %a, %0 ], [ %t, %loop ]
                  call void @llvm.lifetime.start.p0(i64 4, ptr %m)
                  %d = load ptr, ptr %packet, align 8
                  call void @llvm.memcpy.p0.p0.i64(ptr %m, ptr %d, i64 4, i1 false)
                  store i8 %i, ptr %m, align 1
                  %x = load i8, ptr %m, align 1
                  %q = getelementptr i8, ptr %m, i64 3
                  %y = load i8, ptr %q, align 1
                  %z = xor i8 %x, %y
                  %t = add i8 %s, %z
                  call void @llvm.lifetime.end.p0(i64 4, ptr %m)
                  %n = add i8 %i, 1
                  %go = icmp ult i8 %n, 5
                  br i1 %go, label %loop, label %end
                end:
                  %u = load i8, ptr @memory, align 1
                  %r = add i8 %t, %u
                  ret i8 %r
                """), cases: [[0], [1], [0xFF]])
    ]
}
