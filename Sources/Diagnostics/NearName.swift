/// The candidate that a misspelt name most likely means; nil when none is near. Of equally near ones, the first.
///
/// Near is an edit distance (insertions, deletions, substitutions, swaps of neighbours: Damerau 1964) of at most a third of the
/// name's length, and at least one; or one being the beginning of the other. Names of one or two letters are near nothing but
/// themselves in another case.
public func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
    let limit = name.count < 3 ? 0 : max(1, name.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate != name {
        let distance = editDistance(name.lowercased(), candidate.lowercased())
        let isAbbreviation =
            min(name.count, candidate.count) >= 3 && (candidate.hasPrefix(name) || name.hasPrefix(candidate))
        guard distance <= limit || isAbbreviation else { continue }
        if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    return best?.name
}

/// `; did you mean 'x'?`, or nothing.
public func suggestion(for word: String, among names: some Sequence<String>) -> String {
    nearestName(to: word, in: names).map { "; did you mean '\($0)'?" } ?? ""
}

/// The optimal string alignment distance.
///
/// - Complexity: O(n·m)
func editDistance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var older: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
        var current = [i + 1]
        for j in b.indices {
            var distance = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, older[j - 1] + 1) }
            current.append(distance)
        }
        (older, previous) = (previous, current)
    }
    return previous[b.count]
}
