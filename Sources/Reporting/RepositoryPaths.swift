/// Paths as a CI server knows them: from the top of the repository, wherever in it the run was started.
public struct RepositoryPaths: Sendable {
    /// From the top to the working directory, with a slash behind it: `network/boxes/`. Empty at the top.
    private let prefix: String

    /// - Parameter workingDirectory: from the top of the repository; empty where the run was started there, or in no repository.
    public init(workingDirectory: String = "") {
        prefix = workingDirectory.isEmpty || workingDirectory.hasSuffix("/") ? workingDirectory : workingDirectory + "/"
    }

    /// Of a file as reports show it: from the working directory, or absolute where it does not lie below that.
    func path(of file: String) -> String {
        if file.hasPrefix("/") { return file }
        var parts: [Substring] = []
        for part in (prefix + file).split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
