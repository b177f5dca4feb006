/// The name among `names` that was probably meant, if one is near enough.
func nearName(to word: String, among names: some Sequence<String>) -> String? {
    let candidates = names.map { (name: $0, distance: editDistance(word.lowercased(), $0.lowercased())) }
    guard let best = candidates.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
    return best.distance <= max(1, word.count / 3) ? best.name : nil
}

/// The number of characters to insert, delete, replace or swap with their neighbour (optimal string alignment).
/// - Complexity: O(|a| · |b|)
private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var previous: [Int] = []
    var current = Array(0...b.count)
    for i in 0..<a.count {
        var next = [i + 1]
        for j in 0..<b.count {
            var distance = min(current[j + 1] + 1, next[j] + 1, current[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, previous[j - 1] + 1) }
            next.append(distance)
        }
        (previous, current) = (current, next)
    }
    return current[b.count]
}

/// `; did you mean 'x'?`, or nothing.
func suggestion(for word: String, among names: some Sequence<String>) -> String {
    nearName(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
}
