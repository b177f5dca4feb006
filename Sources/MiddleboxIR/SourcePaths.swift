import Diagnostics
/// How the paths in debug information are shown: relative to the working directory where they lie below it.
struct SourcePaths {
    /// Absolute, without a slash at its end.
    let workingDirectory: String

    init(workingDirectory: String) { self.workingDirectory = Self.normalised(workingDirectory) }

    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? Self.normalised(path) : Self.normalised(workingDirectory + "/" + path)
    }

    /// `path` is relative to `directory`, the compilation directory, unless it is absolute.
    func shown(_ path: String, directory: String = "") -> String {
        let full = path.hasPrefix("/") || directory.isEmpty ? absolute(path) : absolute(directory + "/" + path)
        let prefix = workingDirectory == "/" ? "/" : workingDirectory + "/"
        return full.hasPrefix(prefix) ? String(full.dropFirst(prefix.count)) : full
    }

    /// Without `.`, `..` and doubled slashes; symbolic links are left alone.
    private static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension SourceLocation {
    /// Whether it is in an inline function of the runtime: what is decided there is shown by where control goes on.
    public var isInRuntimeHeader: Bool { "/\(file)".contains("/include/gravel/") }
}
