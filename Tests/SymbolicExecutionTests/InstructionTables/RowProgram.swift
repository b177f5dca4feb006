import Foundation

@testable import MiddleboxIR

/// All rows of some tables as one program: to be executed symbolically, and natively.
struct RowProgram {
    let rows: [InstructionRow]

    /// The packet that rows see; of `memory`, the bytes before each run.
    static let packetBytes = (0..<16).map { UInt8(truncatingIfNeeded: 0xF0 + 0x1B * $0) }
    static let memoryBytes = (0..<16).map { UInt8(truncatingIfNeeded: 0x81 + 0x35 * $0) }

    static func operation(_ index: Int) -> String { "operation\(index)" }
    static func row(_ index: Int) -> String { "row\(index)" }

    // MARK: Sources

    /// Rows of C, and what those of LLVM need. Each row is a function, called by one that a packet comes to, which leaves the result in
    /// `result`, and by one that takes the operands from memory.
    var sourceInC: String {
        var text = """
            #include <gravel/middlebox.h>
            #pragma clang diagnostic ignored "-Wunused"
            #pragma clang diagnostic ignored "-Wextra"
            enum port { only };
            uint8_t result[16];
            _Alignas(16) uint8_t memory[16] = {\(Self.memoryBytes.map(String.init).joined(separator: ", "))};
            void packet_arrives(struct packet *packet) { packet_drop(packet); }

            """
        for (index, row) in rows.enumerated() {
            guard case .c(let body, let outside) = row.code, let result = row.result.nameInC else { continue }
            let parameters = row.operands.map { ", \($0.type.nameInC ?? "") \($0.name)" }.joined()
            let names = row.operands.map { ", \($0.name)" }.joined()
            let loads = row.operands.enumerated().map { place, operand in
                "\(operand.type.nameInC ?? "") \(operand.name); "
                    + "__builtin_memcpy(&\(operand.name), in + \(16 * place), sizeof \(operand.name)); "
            }.joined()
            text += """
                // \(row.name)
                \(outside)
                __attribute__((noinline)) \(result) \(Self.row(index))(struct packet *packet\(parameters)) {
                    \(body)
                }
                void \(Self.operation(index))(struct packet *packet\(parameters)) {
                    \(result) r = \(Self.row(index))(packet\(names));
                    __builtin_memcpy(result, &r, sizeof r);
                    packet_drop(packet);
                }
                void native\(index)(struct packet *packet, const uint8_t *in, uint8_t *out) {
                    \(loads)\(result) r = \(Self.row(index))(packet\(names));
                    __builtin_memcpy(out, &r, sizeof r);
                }

                """
        }
        return text
    }

    /// Rows of LLVM's instructions.
    var sourceInLLVM: String {
        var text = """
            target triple = "x86_64-pc-linux-gnu"
            @result = external global [16 x i8]
            @memory = external global [16 x i8]
            declare void @packet_drop(ptr)
            declare void @unknown()

            """
        for (index, row) in rows.enumerated() {
            guard case .llvm(let body) = row.code else { continue }
            let result = row.result.bits
            let parameters = row.operands.map { ", i\($0.type.bits) %\($0.name)" }.joined()
            let loads = row.operands.enumerated().map { place, operand in
                let (bits, name) = (operand.type.bits, operand.name)
                return """
                      %\(name).at = getelementptr i8, ptr %in, i64 \(16 * place)
                      %\(name)\(bits < 128 ? ".whole" : "") = load i128, ptr %\(name).at, align 1
                    \(bits < 128 ? "  %\(name) = trunc i128 %\(name).whole to i\(bits)\n" : "")
                    """
            }.joined()
            let call = "%r = call i\(result) @\(Self.row(index))(ptr %packet\(parameters))"
            func store(_ bits: Int, to place: String) -> String {
                """
                  \(bits > result ? "%w = zext i\(result) %r to i\(bits)" : "")
                  store i\(bits) %\(bits > result ? "w" : "r"), ptr \(place), align 1
                """
            }
            text += """
                ; \(row.name)
                define i\(result) @\(Self.row(index))(ptr %packet\(parameters)) noinline {
                  \(body.replacing("@ROW", with: "@" + Self.row(index)))
                }
                define void @\(Self.operation(index))(ptr %packet\(parameters)) {
                  \(call)
                \(store(8 * row.result.bytes, to: "@result"))
                  call void @packet_drop(ptr %packet)
                  ret void
                }
                define void @native\(index)(ptr %packet, ptr %in, ptr %out) {
                \(loads)  \(call)
                \(store(128, to: "%out"))
                  ret void
                }

                """
        }
        return text + Self.intrinsicDeclarations(in: text)
    }

    /// A declaration for each `@llvm.…` that is called, by the types of the call.
    private static func intrinsicDeclarations(in text: String) -> String {
        var declared: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let start = line.range(of: "call "), let at = line.range(of: "@llvm."),
                let end = line[at.lowerBound...].firstIndex(of: "(")
            else { continue }
            let arguments = line[line.index(after: end)...].dropLast().split(separator: ",").map {
                $0.split(separator: " ").first.map(String.init) ?? ""
            }
            declared[String(line[at.lowerBound..<end])] =
                "declare \(line[start.upperBound..<at.lowerBound])\(line[at.lowerBound..<end])(\(arguments.joined(separator: ", ")))"
        }
        return declared.sorted { $0.key < $1.key }.map { $0.value + "\n" }.joined()
    }

    /// Runs rows on operands: records of a row's index and three operands from standard input; a status and the result to standard output.
    private var driver: String {
        """
        #include <setjmp.h>
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        #include <gravel/middlebox.h>
        typedef void row(struct packet *, const uint8_t *, uint8_t *);
        \(rows.indices.map { "row native\($0);" }.joined(separator: " "))
        static row *const rows[] = {\(rows.indices.map { "native\($0)" }.joined(separator: ", "))};
        extern uint8_t memory[16];
        static sigjmp_buf trapped;
        static void trap(int signal) { siglongjmp(trapped, signal); }
        void packet_drop(struct packet *packet) { (void)packet; }
        void unknown(void) {}
        int main(void) {
            for (int signal = 1; signal < 16; signal++)
                if (signal == SIGILL || signal == SIGTRAP || signal == SIGFPE || signal == SIGSEGV || signal == SIGBUS)
                    sigaction(signal, &(struct sigaction){.sa_handler = trap}, NULL);
            static const uint8_t bytes[16] = {\(Self.packetBytes.map(String.init).joined(separator: ", "))};
            uint8_t kept[16];
            memcpy(kept, memory, sizeof kept);
            static struct { uint32_t index; uint32_t padding[3]; uint8_t in[48]; } record;
            while (fread(&record, sizeof record, 1, stdin) == 1) {
                _Alignas(16) uint8_t data[16];
                static struct { uint8_t status; uint8_t out[16]; } answer;
                struct packet packet = {.data = data, .length = 16};
                memcpy(data, bytes, sizeof data);
                memcpy(memory, kept, sizeof kept);
                memset(&answer, 0, sizeof answer);
                answer.status = (uint8_t)sigsetjmp(trapped, 1);
                if (answer.status == 0 && record.index < sizeof rows / sizeof *rows) rows[record.index](&packet, record.in, answer.out);
                fwrite(&answer, sizeof answer, 1, stdout);
            }
        }
        """
    }

    // MARK: Compiling

    /// - Parameter runsPasses: whether LLVM's passes run first, as they do for middleboxes; without them each instruction stays.
    func program(runsPasses: Bool) async throws -> Program {
        let folder = try Folder()
        try sourceInC.write(toFile: folder.path + "/rows.c", atomically: true, encoding: .utf8)
        try sourceInLLVM.write(toFile: folder.path + "/instructions.ll", atomically: true, encoding: .utf8)
        var compiler = Compiler(
            includeDirectories: [repository + "/Middleboxes/include"], extraFlags: ["-Qunused-arguments"],
            workingDirectory: folder.path)
        compiler.runsPasses = runsPasses
        return try await compiler.compile(name: "rows", sources: ["rows.c", "instructions.ll"])
    }

    /// Runs a program of the path to its end.
    ///
    /// - Parameter input: a file of the folder.
    /// - Returns: what it wrote to standard output.
    @discardableResult
    private func execute(_ command: [String], in folder: Folder, input: String? = nil) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(filePath: folder.path)
        let (output, messages) = (folder.path + "/output", folder.path + "/messages")
        for file in [output, messages] { try Data().write(to: URL(filePath: file)) }
        process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(filePath: folder.path + "/" + $0)) }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: messages))
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0, process.terminationReason == .exit else {
            let text = try String(contentsOfFile: messages, encoding: .utf8)
            throw NativeRowsFailed(reason: "\(command[0]): status \(process.terminationStatus)\n\(text)")
        }
        return [UInt8](try Data(contentsOf: URL(filePath: output)))
    }

    /// What a row did natively.
    enum NativeOutcome: Hashable {
        case value(UInt128)
        /// By this signal.
        case trap(Int32)
    }

    /// What each row does in each of its cases, as compiled by clang.
    func runNatively() throws -> [[NativeOutcome]] {
        let folder = try Folder()
        try sourceInC.write(toFile: folder.path + "/rows.c", atomically: true, encoding: .utf8)
        try sourceInLLVM.write(toFile: folder.path + "/instructions.ll", atomically: true, encoding: .utf8)
        try driver.write(toFile: folder.path + "/driver.c", atomically: true, encoding: .utf8)
        let common = ["-w", "-O1", "-fno-strict-aliasing", "-I", repository + "/Middleboxes/include", "-c"]
        try execute(["clang-19"] + common + ["instructions.ll", "driver.c"], in: folder)
        // Without these, undefined behaviour need not trap.
        let sanitizers = ["-fsanitize=" + Compiler.sanitizers.joined(separator: ","), "-fsanitize-trap=all"]
        try execute(["clang-19", "-std=c17", "-fno-builtin-memcmp"] + sanitizers + common + ["rows.c"], in: folder)
        try execute(["clang-19", "rows.o", "instructions.o", "driver.o", "-o", "rows"], in: folder)
        var records = Data()
        for (index, row) in rows.enumerated() {
            for operands in row.cases {
                // What has no meaning may do anything, so it is not done.
                let number = row.isDefined(operands) ? UInt128(index) : UInt128(rows.count)
                records.append(contentsOf: withUnsafeBytes(of: number.littleEndian, Array.init))
                for place in 0..<3 {
                    let operand = place < operands.count ? operands[place] : 0
                    records.append(contentsOf: withUnsafeBytes(of: operand.littleEndian, Array.init))
                }
            }
        }
        try records.write(to: URL(filePath: folder.path + "/records"))
        let answers = try execute([folder.path + "/rows"], in: folder, input: "records")
        let count = rows.reduce(0) { $0 + $1.cases.count }
        guard answers.count == 17 * count else {
            throw NativeRowsFailed(reason: "\(answers.count / 17) of \(count) rows ran")
        }
        var next = 0
        return rows.map { row in
            row.cases.map { _ in
                let answer = answers[17 * next..<17 * (next + 1)]
                next += 1
                if let signal = answer.first, signal != 0 { return .trap(Int32(signal)) }
                return .value(answer.dropFirst().reversed().reduce(0) { $0 << 8 | UInt128($1) } & row.result.mask)
            }
        }
    }
}

/// Why rows could not be run natively.
struct NativeRowsFailed: Error {
    let reason: String
}
