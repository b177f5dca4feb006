import Diagnostics
/// Canonical layout.
public enum Formatter {
    static func text(of property: PropertySyntax, in spec: Spec) -> String {
        CanonicalText.join(spec.tokens[property.tokens])
    }
}
