import Foundation
import Logic

/// Answers queries from a file descriptor on another, one at a time, until there are no more.
public struct SolverServer {
    /// Of Z3's, between queries.
    private static let memoryLimit: UInt64 = 24 << 20

    private let input: Int32
    private let output: Int32

    private let seed: Int

    /// - Parameter seed: see ``SolverSession``.
    public init(input: Int32, output: Int32, seed: Int = 0) {
        self.seed = seed
        self.input = input
        self.output = output
    }

    /// - Throws: when what comes in are not messages, or nobody takes the answers.
    public func run() throws(SolverServerError) {
        let session = SolverSession(memoryLimit: Self.memoryLimit, seed: seed)
        var buffer = FrameBuffer()
        while true {
            while let message = try next(&buffer) {
                let answer: SolverAnswer
                do throws(CodingError) {
                    // In the order that is given: what Z3 sees must not hang on what was asked here before.
                    answer = session.answer(try SolverQuery(decoding: message, order: .given))
                } catch {
                    answer = SolverAnswer(
                        .unknown(reason: "the solver's process does not understand the query: \(error)"))
                }
                try write(FrameBuffer.frame(answer.encoded()))
            }
            guard try fill(&buffer) else { return }
        }
    }

    private func next(_ buffer: inout FrameBuffer) throws(SolverServerError) -> [UInt8]? {
        do {
            return try buffer.next()
        } catch {
            throw .notAMessage(error)
        }
    }

    /// False at the end of the input.
    private func fill(_ buffer: inout FrameBuffer) throws(SolverServerError) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(input, &chunk, chunk.count)
            if count > 0 { buffer.append(chunk.prefix(count)) }
            if count >= 0 { return count > 0 }
            if errno != EINTR { throw .system(call: "read", number: errno) }
        }
    }

    private func write(_ bytes: [UInt8]) throws(SolverServerError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(output, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) }
            if count < 0, errno != EINTR { throw .system(call: "write", number: errno) }
        }
    }
}

/// Why a server had to stop before its input ended.
public enum SolverServerError: Error, Hashable, Sendable {
    case notAMessage(FrameError)
    case system(call: String, number: Int32)
}

extension SolverServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAMessage(let error): "the solver's process got \(error)"
        case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
        }
    }
}
