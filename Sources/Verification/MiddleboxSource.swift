/// The files that make up one middlebox. Paths are relative to the working directory where they lie below it.
public struct MiddleboxSource: Hashable, Sendable {
    /// That of the folder and of its main C file.
    public let name: String
    /// `NAME.c` first, then the folder's other C files by name.
    public let cSources: [String]
    /// Nil when there is no spec: then only the checks that need none are made.
    public let specification: String?
    /// Where `gravel/middlebox.h` is found.
    public let includeDirectories: [String]

    public init(name: String, cSources: [String], specification: String?, includeDirectories: [String]) {
        self.name = name
        self.cSources = cSources
        self.specification = specification
        self.includeDirectories = includeDirectories
    }
}

/// Why an argument selects no middlebox. Wrong usage, not wrong input.
public enum SelectionError: Error, Hashable, Sendable {
    /// None is listed, and no folder `Middleboxes` is here or above, or none in it that holds a middlebox.
    case noMiddleboxes(workingDirectory: String)
    /// `near`: a name that may have been meant; `known`: all there are.
    case unknown(String, near: String?, known: [String])
    /// A folder without a C file of its own name.
    case noMainFile(folder: String, expected: String)
    /// A spec file that is not there.
    case noSuchFile(String)
    /// A spec for which there is no C program.
    case noMiddleboxOfSpecification(String, name: String)
    /// The project's headers are not where they are looked for.
    case noHeaders(name: String)
}

extension SelectionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noMiddleboxes(let directory):
            "nothing to verify: at or above \(directory) there is no gravel.yml that lists middleboxes, and no folder 'Middleboxes' with some in it"
        case .unknown(let name, let near, let known):
            "there is no middlebox '\(name)'"
                + (near.map { "; did you mean '\($0)'?" }
                    ?? (known.isEmpty
                        ? " and no folder 'Middleboxes'" : "; there are \(known.joined(separator: ", "))"))
        case .noMainFile(let folder, let expected): "'\(folder)' is not a middlebox: it has no \(expected)"
        case .noSuchFile(let path): "there is no file '\(path)'"
        case .noMiddleboxOfSpecification(let path, let name):
            "'\(path)' is about '\(name)', and there is no \(name)/\(name).c beside it or under Middleboxes"
        case .noHeaders(let name):
            "the headers for '\(name)' are not found: there is no Middleboxes/include at or above it or the working directory"
        }
    }
}
