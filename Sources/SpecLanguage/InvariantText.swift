import Diagnostics

extension SpecEnvironment {
    /// The invariant that a text says, as a spec would after `invariant NAME`; nil where it is none of this middlebox.
    public func invariant(_ text: String, name: String) -> InvariantProperty? {
        let ports = ports.isEmpty ? "" : "\n  ports \(ports.map(\.name).joined(separator: ", "))"
        let file = SourceFile(
            path: "inferred", text: "middlebox \(middlebox ?? name)\(ports)\n\ninvariant \(name)\n  \(text)\n")
        guard let spec = try? parse(file), let checked = try? check(spec, against: self),
            case .invariant(let invariant)? = checked.properties.first?.form
        else { return nil }
        return invariant
    }

    /// A name for a variable that nothing else is called by.
    public func freshVariable(like name: String) -> String {
        let taken = Keyword.reserved.union(names).union([configurationName])
        if !taken.contains(name) { return name }
        return (1...).lazy.map { "\(name)\($0)" }.first { !taken.contains($0) } ?? name
    }
}
