/// Why a C program did not become a `Program`.
public enum CompilerError: Error, Hashable, Sendable {
    /// There is no program of this name.
    case clangNotFound(String)
    /// The C code is not accepted: clang's own words, carets included.
    case clang(output: String)
    /// clang could not be run to its end, or ended in an unusual way.
    case clangFailed(String)
    case noSources
    case unreadableSource(path: String)
    /// What clang wrote is not what this LLVM reads.
    case invalidBitcode(String)
    /// The files do not fit together, such as two definitions of one function.
    case link(String)
    /// LLVM's passes or its verifier refuse the module: a bug in this project or in LLVM.
    case passes(String)
    /// Two files define `enum port` differently.
    case conflictingPorts(String)
}

extension CompilerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .clangNotFound(let name):
            "'\(name)' was not found. Install clang 19 (Debian: apt-get install clang-19)."
        case .clang(let output): output
        case .clangFailed(let reason): "clang did not finish: \(reason)"
        case .noSources: "There is no C file to compile."
        case .unreadableSource(let path): "\(path): cannot be read."
        case .invalidBitcode(let reason):
            "clang's bitcode is not what LLVM 19 reads: \(reason). Is the compiler clang 19?"
        case .link(let reason): "The C files cannot be linked together: \(reason)"
        case .passes(let reason): "LLVM refused the module: \(reason)"
        case .conflictingPorts(let detail): "enum port is defined in more than one way: \(detail)"
        }
    }
}
