import MiddleboxIR
import SMT

/// Of this tool and of what it stands on, for reports.
public enum ToolVersions {
    public static let gravel = "0.1.0"

    public static var all: [(name: String, version: String)] {
        [
            (name: "gravel", version: gravel), (name: "llvm", version: LLVMVersion.text),
            (name: "z3", version: SolverVersion.z3),
        ]
    }
}
