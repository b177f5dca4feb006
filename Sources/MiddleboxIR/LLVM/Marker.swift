/// Functions that `Preparation` adds to the module so that LLVM's passes cannot lose what the proof must see.
/// C has no names with a dot, so they meet no function of the program.
enum Marker {
    /// Returns "whatever an uninitialised variable holds". Becomes `Operand.undefined`.
    static let uninitialised = "gravel.uninitialised."
    /// Uses a loaded value, so that the load stays although nothing else does.
    static let keep = "gravel.keep."
    /// Takes a local's address, so that it stays in memory.
    static let escape = "gravel.escape"
    /// memcpy and memmove. Becomes `Intrinsic.copyMemory`.
    static let copy = "gravel.copy"
    /// memset. Becomes `Intrinsic.setMemory`.
    static let fill = "gravel.fill"
    /// `__builtin_assume`, a promise that the passes must not rely on. Becomes `Operation.unsupported`.
    static let assume = "gravel.assume"
    /// A load, with its alignment. Becomes `Operation.load`; a `load` that is left is volatile or atomic.
    static let load = "gravel.load."
    /// A store, with its alignment. Becomes `Operation.store`.
    static let store = "gravel.store."
}
