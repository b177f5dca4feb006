// What may hold of objects at file scope while a step is remembered, or only then.

/// Guesses that speak of numbers and truth values at file scope: what operations set and packets look at.
struct PlainCandidates {
    let environment: SpecEnvironment
    /// Tuples and numbers that are told by the remembered step, in words.
    let values: [(text: String, value: CheckedValue)]

    /// How numbers are compared.
    let comparisons: [ComparisonOperator]

    /// Most guesses.
    private static let limit = 80

    /// A scalar, or that there is none, in words.
    private struct Scalar {
        let text: String
        let content: CheckedContent
        let type: SpecType
    }

    /// Formulas about the state after a step.
    func formulas() -> [(text: String, node: CheckedFormula.Node)] {
        var result: [(text: String, node: CheckedFormula.Node)] = []
        for object in environment.variables {
            for scalar in scalars(object.name, .object(object.name, [], .after), object.type) {
                result += formulas(about: scalar)
            }
        }
        return Array(result.prefix(Self.limit))
    }

    /// Formulas about what an index leads to in the arrays there are, after a step: that it is one of the values, or something at all.
    func formulas(at index: (text: String, number: CheckedNumber)) -> [(text: String, node: CheckedFormula.Node)] {
        environment.variables.flatMap { object -> [(text: String, node: CheckedFormula.Node)] in
            guard case .array(let element, let count) = object.type,
                let place = CheckedContent.object(object.name, [], .after).element(index.number, count: count)
            else { return [] }
            let comparing = PlainCandidates(environment: environment, values: values, comparisons: [.equal])
            return comparing.scalars("\(object.name)[\(index.text)]", place, element).flatMap(comparing.formulas)
        }
    }

    /// Of arrays, the elements that the remembered step tells.
    private func scalars(_ text: String, _ content: CheckedContent, _ type: SpecType) -> [Scalar] {
        switch type {
        case .bits, .integer, .seconds, .nanoseconds, .boolean: [Scalar(text: text, content: content, type: type)]
        case .structure(let structure):
            structure.fields.enumerated().flatMap { index, field in
                scalars("\(text).\(field.name)", content.field(index, of: structure), field.type)
            }
        case .array(let element, let count):
            numbers.flatMap { index -> [Scalar] in
                guard let place = content.element(index.number, count: count) else { return [] }
                return scalars("\(text)[\(index.text)]", place, element)
            }
        case .opaque: []
        }
    }

    private var numbers: [(text: String, number: CheckedNumber)] {
        values.compactMap { value in
            if case .number(let number) = value.value { (value.text, number) } else { nil }
        }
    }

    private func formulas(about scalar: Scalar) -> [(text: String, node: CheckedFormula.Node)] {
        switch Checker.value(of: scalar.content, type: scalar.type) {
        case .number(let number):
            let zero = CheckedNumber(node: .literal(0), type: .bits(1))
            // What is 0 is mostly not there; beyond an array nothing is.
            var result: [(text: String, node: CheckedFormula.Node)] = []
            if (try? NumberType.checkComparison(number.type, zero.type)) != nil {
                let text = "\(scalar.text) != 0"
                let isThere = CheckedFormula.Node.numbers(.notEqual, number, zero)
                result = [(text, isThere), negated(text, isThere)]
            }
            for other in numbers
            where (try? NumberType.checkComparison(number.type, other.number.type)) != nil {
                result += comparisons.map { comparison in
                    (
                        "\(scalar.text) \(comparison.rawValue) \(other.text)",
                        .numbers(comparison, number, other.number)
                    )
                }
            }
            return result
        case .truth(let content):
            return [(scalar.text, .content(content)), negated(scalar.text, .content(content))]
        case .formula, .tuple, .structure, .array, .opaque, .configuration, .packet, .operation, .header, .payload,
            .map, .pool:
            return []
        }
    }

    private func negated(
        _ text: String, _ node: CheckedFormula.Node
    ) -> (text: String, node: CheckedFormula.Node) {
        let source = SourceText(location: .init(file: "", line: 0, column: 0), text: text)
        return ("not \(text)", .not(CheckedFormula(node: node, source: source)))
    }
}
