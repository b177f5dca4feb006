import Diagnostics
import Foundation

/// Where middleboxes lie: in a folder `Middleboxes`, each in a folder of its name, with headers and runtime beside them; or where the project
/// says that they lie. Middleboxes elsewhere are found by their paths, and use the headers and the runtime of a tree.
public struct SourceTree: Sendable {
    /// Absolute.
    public let workingDirectory: String
    /// The folder that holds `Middleboxes`: the working directory or the nearest one above it.
    public let root: String?
    private let startingPoints: [String]
    private let project: ProjectLayout?

    /// - Parameters:
    ///   - startingPoints: where else headers and runtime may be looked for upwards, if they are not above the middlebox or the working
    ///     directory: where the executable lies. Of the `bin` of an installation, they are in the `share/gravel` beside it.
    ///   - project: what the project says of itself.
    public init(workingDirectory: String, startingPoints: [String] = [], project: ProjectLayout? = nil) {
        let folder = Self.standardized(workingDirectory)
        self.workingDirectory = folder
        root = Self.ancestors(of: folder).first { Self.isFolder($0 + "/Middleboxes") }
        self.startingPoints = startingPoints.map(Self.standardized)
        self.project = project
    }

    // MARK: Middleboxes

    /// The names of the middleboxes: those that the project lists, in its order; else those under `Middleboxes`, sorted, of which headers and
    /// runtime are none.
    public var names: [String] {
        if let listed = project?.middleboxes { return listed.map(\.name) }
        guard let root else { return [] }
        let folder = root + "/Middleboxes"
        return Self.entries(of: folder).filter { Self.isFile("\(folder)/\($0)/\($0).c") }
    }

    /// Whether the middleboxes are those that the project lists.
    public var isListed: Bool { project?.middleboxes != nil }

    /// The name of a middlebox that was probably meant.
    public func nearName(to name: String) -> String? { nearestName(to: name, in: names) }

    /// The folder of that name that is listed or under `Middleboxes`, whether or not there is a middlebox in it; nil where there is none.
    public func folder(named name: String) -> String? {
        if let listed = project?.middleboxes { return listed.first { $0.name == name }?.folder }
        guard let root, !name.isEmpty, !name.contains("/") else { return nil }
        let folder = "\(root)/Middleboxes/\(name)"
        return Self.isFolder(folder) ? folder : nil
    }

    /// The folder of the middlebox that the project lists with this spec.
    public func folder(withSpecification path: String) -> String? {
        project?.middleboxes?.first { $0.specification == path }?.folder
    }

    /// The C files of a folder, the one of the folder's name first, if it is there.
    public static func cFiles(in folder: String) -> [String] {
        let main = lastComponent(folder) + ".c"
        let names = entries(of: folder).filter { $0.hasSuffix(".c") }
        return (names.filter { $0 == main } + names.filter { $0 != main }).map { "\(folder)/\($0)" }
    }

    // MARK: What belongs to them

    /// The roots that a middlebox in a folder may belong to, the likeliest first: the nearest that holds a `Middleboxes`, above the folder
    /// and above each of the other places.
    public func roots(for folder: String) -> [String] { roots(for: folder, having: [""]) }

    /// The first `Middleboxes`, for a middlebox in a folder, that has all the parts, such as `include`.
    public func middleboxes(for folder: String, having parts: [String]) -> String? {
        let installed = startingPoints.map { Self.parent(of: $0) + "/share/gravel" }
        return (roots(for: folder, having: parts) + installed.filter { Self.has(parts, in: $0) }).first
            .map { $0 + "/Middleboxes" }
    }

    /// Where headers are found: those of the runtime, and those of the project.
    ///
    /// - Parameter middleboxes: that of `middleboxes(for:having:)`.
    public func includeDirectories(of middleboxes: String) -> [String] {
        [middleboxes + "/include"] + (project?.includeDirectories ?? [])
    }

    /// The spec of a middlebox: the one that the project lists with it, else `NAME.gravel` beside the C files or in a folder `Specs`, of the
    /// project or beside a `Middleboxes`. What a project lists never has a spec from outside of it.
    public func specification(of name: String, in folder: String) -> String? {
        let listed = project?.middleboxes?.first { $0.folder == folder }
        if let specification = listed?.specification { return specification }
        let roots = (project.map { [$0.folder] } ?? []) + (listed == nil ? roots(for: folder) : [])
        return (["\(folder)/\(name).gravel"] + roots.map { "\($0)/Specs/\(name).gravel" }).first(where: Self.isFile)
    }

    private func roots(for folder: String, having parts: [String]) -> [String] {
        ([folder, workingDirectory] + startingPoints).compactMap { start in
            Self.ancestors(of: start).first { Self.has(parts, in: $0) }
        }
    }

    private static func has(_ parts: [String], in root: String) -> Bool {
        parts.allSatisfy { isFolder("\(root)/Middleboxes/\($0)") }
    }

    // MARK: Paths

    /// What a path means in the working directory.
    public func absolute(_ path: String) -> String {
        Self.standardized(path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)")
    }

    /// Relative to the working directory where it lies below it.
    public func shown(_ path: String) -> String {
        let prefix = workingDirectory == "/" ? "/" : workingDirectory + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    public static func parent(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    public static func lastComponent(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

    public static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    public static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    private static func standardized(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    private static func entries(of folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The folder itself and those above it. The topmost is the empty path, to which others can be added.
    public static func ancestors(of folder: String) -> [String] {
        var all: [String] = []
        var folder = folder
        while folder.count > 1 {
            all.append(folder)
            folder = parent(of: folder)
        }
        return all + [""]
    }
}
