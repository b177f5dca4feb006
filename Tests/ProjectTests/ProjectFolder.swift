import Foundation
import Project

/// A project that is made for one test.
final class ProjectFolder {
    let path: String

    /// - Parameter files: what is in it besides the middleboxes `src/boxes/nat` and `src/boxes/nop`, and a folder there that is none.
    init(_ text: String, files: [String: String] = [:]) throws {
        path = URL(fileURLWithPath: NSTemporaryDirectory()).standardizedFileURL.path + "/project-\(UUID().uuidString)"
        for file in ["src/boxes/nat/nat.c", "src/boxes/nop/nop.c", "src/boxes/common/checksum.h", "specs/nat.gravel"] {
            try write(file, "")
        }
        for (file, text) in files { try write(file, text) }
        try write(ProjectFile.name, text)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ file: String, _ text: String) throws {
        let path = path + "/" + file
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// As seen from a folder of it.
    func file(from folder: String = "") throws -> ProjectFile? {
        try ProjectFile.nearest(to: folder.isEmpty ? path : path + "/" + folder)
    }
}
