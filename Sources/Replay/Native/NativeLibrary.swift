import CNative
import Glibc
import Synchronization

/// A compiled middlebox in this process, in its initial state.
///
/// `dlopen` gives one library only once, state included. So each instance loads a copy of the file, which has no name any more once it
/// is loaded.
final class NativeLibrary {
    typealias RunFunction =
        @convention(c) (
            UnsafePointer<gravel_arrival>?, UInt32, UnsafeMutablePointer<gravel_outcome>?
        ) -> Void

    private typealias SessionFunction = @convention(c) () -> Void
    private typealias CountFunction = @convention(c) (UInt64) -> UnsafePointer<gravel_counter>?

    typealias OperationFunction = @convention(c) (UnsafeRawPointer?) -> Void

    /// Held while packets run: the handlers that catch crashes are the whole process's.
    private static let running = Mutex(())

    private let handle: UnsafeMutableRawPointer
    private let run: RunFunction
    private let enter: SessionFunction
    private let leave: SessionFunction
    private let enterThreadFunction: SessionFunction
    private var isInSession = false

    /// - Parameter scratchDirectory: where the copy may lie for a moment.
    init(path: String, scratchDirectory: String, hashKey: NativeHashKey) throws(NativeError) {
        let copy = scratchDirectory + "/" + uniqueName("loading.so")
        try Self.copyFile(from: path, to: copy)
        let loaded = dlopen(copy, RTLD_NOW | RTLD_LOCAL)
        let reason = loaded == nil ? dlerror().map { String(cString: $0) } ?? "unknown error" : ""
        unlink(copy)
        guard let handle = loaded else { throw .notLoadable(reason) }
        guard let run = dlsym(handle, GRAVEL_RUN_SYMBOL), let key = dlsym(handle, GRAVEL_HASH_KEY_SYMBOL),
            let enter = dlsym(handle, GRAVEL_ENTER_SYMBOL), let leave = dlsym(handle, GRAVEL_LEAVE_SYMBOL),
            let enterThread = dlsym(handle, GRAVEL_ENTER_THREAD_SYMBOL)
        else {
            dlclose(handle)
            throw .missingSymbol(GRAVEL_RUN_SYMBOL)
        }
        self.handle = handle
        self.run = unsafeBitCast(run, to: RunFunction.self)
        self.enter = unsafeBitCast(enter, to: SessionFunction.self)
        self.leave = unsafeBitCast(leave, to: SessionFunction.self)
        enterThreadFunction = unsafeBitCast(enterThread, to: SessionFunction.self)
        hashKey.words.withUnsafeBytes { words in
            if let start = words.baseAddress { key.copyMemory(from: start, byteCount: words.count) }
        }
    }

    deinit { dlclose(handle) }

    /// A control operation of the middlebox.
    func operation(_ name: String) throws(NativeError) -> OperationFunction {
        guard let address = dlsym(handle, name) else { throw .missingSymbol(name) }
        return unsafeBitCast(address, to: OperationFunction.self)
    }

    /// Fills an object of the middlebox by its name.
    func store(_ bytes: [UInt8], to symbol: String) throws(NativeError) {
        guard let address = dlsym(handle, symbol) else { throw .missingSymbol(symbol) }
        address.copyMemory(from: bytes, byteCount: bytes.count)
    }

    /// For the tables, where the system has them. Before the first packet.
    func useLargePages() throws(NativeError) {
        guard let address = dlsym(handle, GRAVEL_LARGE_PAGES_SYMBOL) else {
            throw .missingSymbol(GRAVEL_LARGE_PAGES_SYMBOL)
        }
        unsafeBitCast(address, to: SessionFunction.self)()
    }

    /// Counts the functions of a name from now on: one for each file that has a static one.
    func count(_ name: String, _ symbols: SymbolTable) throws(NativeError) -> [UnsafePointer<gravel_counter>] {
        guard let address = dlsym(handle, GRAVEL_COUNT_SYMBOL) else { throw .missingSymbol(GRAVEL_COUNT_SYMBOL) }
        let count = unsafeBitCast(address, to: CountFunction.self)
        let counters = symbols.all(name).compactMap { count($0.address) }
        if counters.isEmpty { throw .missingSymbol(name) }
        return counters
    }

    /// The memory of an object of the C code, also of one that is static.
    ///
    /// - Parameter symbols: of the library.
    func memory(of name: String, _ symbols: SymbolTable) throws(NativeError) -> UnsafeRawBufferPointer {
        // How far the library was moved shows at a symbol that both know.
        guard let symbol = symbols[name], let reference = symbols[GRAVEL_HASH_KEY_SYMBOL],
            let loaded = dlsym(handle, GRAVEL_HASH_KEY_SYMBOL)
        else { throw .unobservable(name) }
        let distance = Int(symbol.address) - Int(reference.address)
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(loaded) + distance, count: symbol.size)
    }

    /// The address of something else in the library, for tests.
    func address(of symbol: String) -> UnsafeMutableRawPointer? { dlsym(handle, symbol) }

    func run(_ batch: PacketBatch, keepingBytes: Bool) {
        if isInSession { return batch.run(with: run, keepingBytes: keepingBytes) }
        Self.running.withLock { _ in batch.run(with: run, keepingBytes: keepingBytes) }
    }

    /// Batches that run in here begin and end without calls of the system. No other library runs until it is over.
    func session<Result>(_ body: () throws -> Result) rethrows -> Result { try Self.session(of: [self], body) }

    /// The same for several, each of which one thread may run that calls ``enterThread()`` before; all have ended when the body has.
    static func session<Result>(of libraries: [NativeLibrary], _ body: () throws -> Result) rethrows -> Result {
        try running.withLock { _ in
            for library in libraries {
                library.enter()
                library.isInSession = true
            }
            defer {
                for library in libraries.reversed() {
                    library.isInSession = false
                    library.leave()
                }
            }
            return try body()
        }
    }

    /// In a session: batches of this library run in this thread from now on.
    func enterThread() { enterThreadFunction() }

    private static func copyFile(from source: String, to target: String) throws(NativeError) {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .cache(path: source, reason: String(cString: strerror(errno))) }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o700)
        guard output >= 0 else { throw .cache(path: target, reason: String(cString: strerror(errno))) }
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let size = read(input, &buffer, buffer.count)
            if size == 0 { return }
            guard size > 0, write(output, buffer, size) == size else {
                let reason = String(cString: strerror(errno))
                unlink(target)
                throw .cache(path: target, reason: reason)
            }
        }
    }
}
