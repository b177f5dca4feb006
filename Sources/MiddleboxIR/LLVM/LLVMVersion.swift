internal import CLLVM

/// Of the compiler library that is linked.
public enum LLVMVersion {
    /// `19.1.7`
    public static var text: String {
        var (major, minor, patch): (UInt32, UInt32, UInt32) = (0, 0, 0)
        LLVMGetVersion(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
