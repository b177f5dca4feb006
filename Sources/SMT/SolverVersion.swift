import CZ3

/// Of the solver library that is linked.
public enum SolverVersion {
    /// `4.8.12`
    public static var z3: String {
        var (major, minor, build, revision): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        Z3_get_version(&major, &minor, &build, &revision)
        return "\(major).\(minor).\(build)"
    }
}
