import Diagnostics

/// `; did you mean 'x'?`, or nothing.
func suggestion(for word: String, among names: some Sequence<String>) -> String {
    nearestName(to: word, in: names).map { "; did you mean '\($0)'?" } ?? ""
}
