/// Where the middleboxes of a project lie that says so itself, in its `gravel.yml`.
public struct ProjectLayout: Hashable, Sendable {
    /// One that the project lists.
    public struct Middlebox: Hashable, Sendable {
        /// Absolute. The middlebox has its name.
        public let folder: String
        /// Absolute; nil: beside the C code, or in the project's folder `Specs`.
        public let specification: String?

        public init(folder: String, specification: String? = nil) {
            self.folder = folder
            self.specification = specification
        }

        public var name: String { SourceTree.lastComponent(folder) }
    }

    /// The project's own, absolute.
    public let folder: String
    /// No two have the same name. Nil: those under `Middleboxes`.
    public let middleboxes: [Middlebox]?
    /// Where headers are looked for besides those of the runtime, absolute.
    public let includeDirectories: [String]

    public init(folder: String, middleboxes: [Middlebox]? = nil, includeDirectories: [String] = []) {
        self.folder = folder
        self.middleboxes = middleboxes
        self.includeDirectories = includeDirectories
    }
}
