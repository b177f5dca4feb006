internal import CLLVM

/// One LLVM module and the context it lives in; both end with this object.
final class BitcodeModule {
    let context: LLVMContextRef
    let module: LLVMModuleRef
    private let messages: Messages

    /// What LLVM's diagnostic handler was told. Without a handler LLVM prints and exits.
    private final class Messages {
        var texts: [String] = []
        var text: String { texts.isEmpty ? "no reason was given" : texts.joined(separator: "\n") }
    }

    /// Reads the files' bitcode and links them into one module, the first file first.
    init(bitcode files: [[UInt8]]) throws(CompilerError) {
        guard let context = LLVMContextCreate() else { throw .invalidBitcode("LLVM has no memory") }
        let messages = Messages()
        LLVMContextSetDiagnosticHandler(
            context,
            { information, messages in
                guard let information, let messages, LLVMGetDiagInfoSeverity(information) == LLVMDSError else { return }
                let text = takeText(LLVMGetDiagInfoDescription(information))
                Unmanaged<Messages>.fromOpaque(messages).takeUnretainedValue().texts.append(text)
            }, Unmanaged.passUnretained(messages).toOpaque())

        var linked: LLVMModuleRef?
        var failure: CompilerError?
        for file in files where failure == nil {
            guard let next = Self.parse(file, in: context) else {
                failure = .invalidBitcode(messages.text)
                break
            }
            if let destination = linked {
                if LLVMLinkModules2(destination, next) != 0 { failure = .link(messages.text) }
            } else {
                linked = next
            }
        }
        guard failure == nil, let module = linked else {
            linked.map(LLVMDisposeModule)
            LLVMContextDispose(context)
            throw failure ?? .noSources
        }
        self.context = context
        self.module = module
        self.messages = messages
        try verify()
    }

    deinit {
        LLVMDisposeModule(module)
        LLVMContextDispose(context)
    }

    private static func parse(_ bitcode: [UInt8], in context: LLVMContextRef) -> LLVMModuleRef? {
        bitcode.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                let buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(
                    characters.baseAddress, characters.count, "bitcode")
                defer { LLVMDisposeMemoryBuffer(buffer) }
                var module: LLVMModuleRef?
                return LLVMParseBitcodeInContext2(context, buffer, &module) == 0 ? module : nil
            }
        }
    }

    /// Runs a pass pipeline, in the syntax of `opt -passes=`.
    func run(passes: String) throws(CompilerError) {
        let options = LLVMCreatePassBuilderOptions()
        defer { LLVMDisposePassBuilderOptions(options) }
        if let error = LLVMRunPasses(module, passes, nil, options) {
            let message = LLVMGetErrorMessage(error)
            defer { LLVMDisposeErrorMessage(message) }
            throw .passes(message.map { String(cString: $0) } ?? messages.text)
        }
    }

    /// Checks that the module is well-formed.
    func verify() throws(CompilerError) {
        var message: UnsafeMutablePointer<CChar>?
        let broken = LLVMVerifyModule(module, LLVMReturnStatusAction, &message) != 0
        let text = takeText(message)
        if broken { throw .passes(text) }
    }
}
