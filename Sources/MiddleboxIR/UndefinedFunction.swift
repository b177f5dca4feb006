import Diagnostics

/// A function that a program calls and that nobody defines: neither the program, nor the runtime, nor the C library.
///
/// Such a program cannot be linked, so it is not accepted. A function of the C library is another matter: the program runs, and what
/// execution cannot follow of it is `inconclusive`.
public struct UndefinedFunction: Hashable, Sendable {
    public let name: String
    /// Of the first call.
    public let location: SourceLocation?
}

extension Program {
    /// Each once, in order of the first calls. `runtime`: the names of the runtime's functions.
    public func undefinedFunctions(runtime: Set<String>) -> [UndefinedFunction] {
        var seen = runtime
        var found: [UndefinedFunction] = []
        for instruction in functions.flatMap(\.blocks).flatMap(\.instructions) {
            guard case .call(.external(let name), _) = instruction.operation, seen.insert(name).inserted,
                !CLibrary.defines(name)
            else { continue }
            found.append(UndefinedFunction(name: name, location: instruction.location))
        }
        return found
    }
}
