import Diagnostics

/// Reference models and the properties that name them.
extension Checker {
    /// The rules of a model, as far as they are right.
    mutating func rules(of model: Model) -> [ReferenceModel.Rule] {
        if model.rules.isEmpty { diagnostics.append(.withoutRules(model.name)) }
        return model.rules.compactMap { clauses -> ReferenceModel.Rule? in
            guard let when = clauses.first else { return nil }
            var hasClaim = false
            for clause in clauses {
                switch clause.content {
                case .cites, .when, .where: continue
                case .then: hasClaim = true
                case .thenEarlier, .later, .within, .unless, .same, .different, .rate, .refines, .always:
                    diagnostics.append(.notInRule(clause.span, model.name))
                    return nil
                }
            }
            guard hasClaim else {
                diagnostics.append(.ruleWithoutThen(when.span))
                return nil
            }
            switch stepForm(clauses, of: model.name) {
            case .step(let step):
                if step.concernsPairs {
                    diagnostics.append(.ruleNotSupported(when.span, "step with several packets out"))
                    return nil
                }
                return ReferenceModel.Rule(step: step, location: when.span.start)
            case .notYetSupported(let form):
                diagnostics.append(.ruleNotSupported(when.span, form))
                return nil
            case .invariant, .history, .independence, .refinement, .rate, nil: return nil
            }
        }
    }

    /// `refines MODEL`: without the model's rules, which may come later.
    mutating func refinementForm(_ clauses: [Clause], models: Set<String>) -> Property.Form? {
        var result: Property.Form?
        for clause in clauses {
            switch clause.content {
            case .cites: continue
            case .refines(let model) where result == nil:
                if !models.contains(model.text) {
                    diagnostics.append(.unknown("model", model, among: models.sorted()))
                }
                result = .refinement(ReferenceModel(name: model.text, rules: [], location: model.span.start))
            default: diagnostics.append(.besideRefines(clause.span))
            }
        }
        return result
    }
}

extension Property {
    /// With the rules of its model, if it is about one.
    func refining(_ rules: [String: [ReferenceModel.Rule]]) -> Property {
        guard case .refinement(let model) = form else { return self }
        return Property(
            name: name, kind: kind, cites: cites, location: location, text: text,
            form: .refinement(
                ReferenceModel(name: model.name, rules: rules[model.name] ?? [], location: model.location)))
    }
}

// MARK: - Messages

extension Diagnostic {
    static func besideRefines(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("'refines' stands alone with 'cites'", at: span)
    }
    fileprivate static func withoutRules(_ name: Name) -> Diagnostic {
        Diagnostic(
            "model '\(name.text)' has no rules", at: name.span,
            hints: ["a rule is a case such as 'when p enters any where not (p has ipv4) then p is dropped'"])
    }
    fileprivate static func ruleWithoutThen(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("this rule does not say what comes of it", at: span, hints: ["add 'then' and a formula"])
    }
    fileprivate static func notInRule(_ span: SourceSpan, _ model: Name) -> Diagnostic {
        Diagnostic(
            "a rule of a model is about one step", at: span,
            hints: ["it has 'when', 'where' and 'then'; what spans several steps is a property of its own"])
    }
    fileprivate static func ruleNotSupported(_ span: SourceSpan, _ form: String) -> Diagnostic {
        Diagnostic("a \(form) cannot be a rule of a model", at: span)
    }
}
