import CNative

/// The key of the hash function of a native middlebox's maps. No result depends on it.
public struct NativeHashKey: Hashable, Sendable {
    let words: [UInt64]

    /// So that nobody can choose keys that collide.
    public static func random() -> NativeHashKey {
        NativeHashKey(words: (0..<gravel_hash_words).map { _ in .random(in: .min ... .max) })
    }

    /// The same words over and over; of `[0]`, all keys collide.
    init(repeating words: [UInt64]) {
        self.init(words: (0..<Int(gravel_hash_words)).map { words[$0 % words.count] })
    }

    private init(words: [UInt64]) { self.words = words }
}
