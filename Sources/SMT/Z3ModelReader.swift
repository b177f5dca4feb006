import CZ3
import Logic

/// Turns Z3's model into values. What it does not understand is an error, never a guess.
///
/// Z3 writes arrays in several ways: stores over a constant array, a reference to the table of a function, or a lambda.
struct Z3ModelReader: ~Copyable {
    private let context: Z3Context
    private let sorts: Z3Sorts
    private let model: Z3_model
    /// Expressions that evaluation made, referenced until the reader is gone.
    private var temporaries: [Z3_ast] = []

    private var c: Z3_context { context.pointer }

    init(model: Z3_model, context: Z3Context, sorts: Z3Sorts) {
        self.context = context
        self.sorts = sorts
        self.model = model
        Z3_model_inc_ref(context.pointer, model)
    }

    deinit {
        for expression in temporaries { Z3_dec_ref(context.pointer, expression) }
        Z3_model_dec_ref(context.pointer, model)
    }

    /// The values of variables and functions. What the model leaves open is zero.
    mutating func read(_ occurrences: Occurrences, translation: Z3Translation) throws(SolverError) -> Model {
        var assignment: [Term: Value] = [:]
        for variable in occurrences.variables {
            let expression = try translation.expression(of: variable)
            let declaration = Z3_get_app_decl(c, Z3_to_app(c, expression))
            if let value = Z3_model_get_const_interp(c, model, declaration) {
                assignment[variable] = try read(value, variable.sort)
            } else {
                try context.check("Z3_model_get_const_interp")
                assignment[variable] = .zero(of: variable.sort)
            }
        }
        var functions: [String: FunctionInterpretation] = [:]
        for application in occurrences.applications {
            guard case .apply(let name) = application.operation else { continue }
            let domain = application.arguments.map(\.sort)
            let declaration = try sorts.function(name, domain: domain, range: application.sort)
            functions[name] = try function(declaration, domain: domain, range: application.sort)
        }
        return Model(assignment: assignment, functions: functions)
    }

    private mutating func function(
        _ declaration: Z3_func_decl, domain: [Sort], range: Sort
    ) throws(SolverError) -> FunctionInterpretation {
        if domain.isEmpty {
            guard let value = Z3_model_get_const_interp(c, model, declaration) else {
                return FunctionInterpretation(defaultValue: .zero(of: range))
            }
            return FunctionInterpretation(defaultValue: try read(value, range))
        }
        guard let table = Z3_model_get_func_interp(c, model, declaration) else {
            try context.check("Z3_model_get_func_interp")
            return FunctionInterpretation(defaultValue: .zero(of: range))
        }
        Z3_func_interp_inc_ref(c, table)
        defer { Z3_func_interp_dec_ref(c, table) }
        var entries: [[Value]: Value] = [:]
        for number in 0..<Z3_func_interp_get_num_entries(c, table) {
            let entry = try context.checked("Z3_func_interp_get_entry", Z3_func_interp_get_entry(c, table, number))
            Z3_func_entry_inc_ref(c, entry)
            defer { Z3_func_entry_dec_ref(c, entry) }
            var key: [Value] = []
            for (position, sort) in domain.enumerated() {
                let argument = Z3_func_entry_get_arg(c, entry, UInt32(position))
                key.append(try read(try context.checked("Z3_func_entry_get_arg", argument), sort))
            }
            let value = try context.checked("Z3_func_entry_get_value", Z3_func_entry_get_value(c, entry))
            entries[key] = try read(value, range)
        }
        let otherwise = try context.checked("Z3_func_interp_get_else", Z3_func_interp_get_else(c, table))
        return FunctionInterpretation(entries: entries, defaultValue: try read(otherwise, range))
    }

    /// The value of an expression without free variables.
    mutating func read(_ expression: Z3_ast, _ sort: Sort) throws(SolverError) -> Value {
        if let value = try literal(expression, sort) { return value }
        // Not a value as it stands: what the model makes of it.
        let evaluated = try evaluate(expression)
        if let value = try literal(evaluated, sort) { return value }
        throw .unreadableModel(expression: context.text(expression), sort: sort)
    }

    private mutating func evaluate(_ expression: Z3_ast) throws(SolverError) -> Z3_ast {
        var result: Z3_ast?
        let succeeded = Z3_model_eval(c, model, expression, true, &result)
        try context.check("Z3_model_eval")
        guard succeeded, let result else { throw .rejected(call: "Z3_model_eval", message: context.text(expression)) }
        Z3_inc_ref(c, result)
        temporaries.append(result)
        return result
    }

    /// The value that an expression is, nil if it must be evaluated first.
    private mutating func literal(_ expression: Z3_ast, _ sort: Sort) throws(SolverError) -> Value? {
        switch sort {
        case .boolean:
            switch Z3_get_bool_value(c, expression) {
            case Z3_L_TRUE: return .boolean(true)
            case Z3_L_FALSE: return .boolean(false)
            default: return nil
            }
        case .integer:
            guard let text = numeral(expression) else { return nil }
            guard let number = Int128(text) else { throw .unreadableModel(expression: text, sort: sort) }
            return .integer(number)
        case .bitVector(let width):
            guard let text = numeral(expression), let bits = UInt128(text) else { return nil }
            return .bitVector(bits, width: width)
        case .tuple(let definition):
            guard Z3_get_ast_kind(c, expression) == Z3_APP_AST else { return nil }
            let application = Z3_to_app(c, expression)
            let declaration = Z3_get_app_decl(c, application)
            guard Z3_is_eq_func_decl(c, declaration, try sorts.tuple(definition).constructor) else { return nil }
            var fields: [Value] = []
            for (position, field) in definition.fields.enumerated() {
                let argument = Z3_get_app_arg(c, application, UInt32(position))
                fields.append(try read(try context.checked("Z3_get_app_arg", argument), field.sort))
            }
            return .tuple(fields)
        case .array(let index, let element): return try array(expression, index: index, element: element)
        }
    }

    private func numeral(_ expression: Z3_ast) -> String? {
        guard Z3_get_ast_kind(c, expression) == Z3_NUMERAL_AST else { return nil }
        return Z3_get_numeral_string(c, expression).map { String(cString: $0) }
    }

    // MARK: Arrays

    private mutating func array(_ root: Z3_ast, index: Sort, element: Sort) throws(SolverError) -> Value? {
        // Stores from the outside in: the first at an index is the one that counts.
        var stores: [(index: Value, element: Value)] = []
        var current = root
        while Z3_get_ast_kind(c, current) == Z3_APP_AST {
            let application = Z3_to_app(c, current)
            let declaration = Z3_get_app_decl(c, application)
            let base: ArrayValue
            switch Z3_get_decl_kind(c, declaration) {
            case Z3_OP_STORE:
                let key = try context.checked("Z3_get_app_arg", Z3_get_app_arg(c, application, 1))
                let value = try context.checked("Z3_get_app_arg", Z3_get_app_arg(c, application, 2))
                stores.append((try read(key, index), try read(value, element)))
                current = try context.checked("Z3_get_app_arg", Z3_get_app_arg(c, application, 0))
                continue
            case Z3_OP_CONST_ARRAY:
                let value = try context.checked("Z3_get_app_arg", Z3_get_app_arg(c, application, 0))
                base = ArrayValue(indexSort: index, defaultElement: try read(value, element))
            case Z3_OP_AS_ARRAY:
                let function = try context.checked(
                    "Z3_get_as_array_func_decl", Z3_get_as_array_func_decl(c, current))
                let table = try self.function(function, domain: [index], range: element)
                var entries: [Value: Value] = [:]
                for (key, value) in table.entries { entries[key[0]] = value }
                base = ArrayValue(indexSort: index, defaultElement: table.defaultValue, entries: entries)
            default: return nil
            }
            return .array(storing(stores, in: base))
        }
        guard Z3_is_lambda(c, current), let base = try lambda(current, index: index, element: element) else {
            return nil
        }
        return .array(storing(stores, in: base))
    }

    private func storing(_ stores: [(index: Value, element: Value)], in base: ArrayValue) -> ArrayValue {
        stores.reversed().reduce(base) { $0.storing($1.element, at: $1.index) }
    }

    /// A lambda whose body looks at its argument only by comparing it with constants, or as an index into finite arrays, takes one value
    /// at each of those constants and another at all other indices. Nil for other lambdas.
    private mutating func lambda(_ expression: Z3_ast, index: Sort, element: Sort) throws(SolverError) -> ArrayValue? {
        guard Z3_get_quantifier_num_bound(c, expression) == 1 else { return nil }
        let body = try context.checked("Z3_get_quantifier_body", Z3_get_quantifier_body(c, expression))
        guard let distinguished = try distinguishedIndices(body, index: index) else { return nil }
        var entries: [Value: Value] = [:]
        for candidate in distinguished { entries[candidate] = try instance(of: body, at: candidate, index, element) }
        // One index more than there are distinguished ones: at least one is not among them, unless the sort has no more.
        for number in 0...UInt128(distinguished.count) {
            guard let other = Value.numbered(number, of: index) else { break }
            if distinguished.contains(other) { continue }
            let otherwise = try instance(of: body, at: other, index, element)
            return ArrayValue(indexSort: index, defaultElement: otherwise, entries: entries)
        }
        guard index.cardinality == UInt128(distinguished.count), let any = entries.values.first else { return nil }
        return ArrayValue(indexSort: index, defaultElement: any, entries: entries)
    }

    private mutating func instance(
        of body: Z3_ast, at position: Value, _ index: Sort, _ element: Sort
    ) throws(SolverError) -> Value {
        var replacement: [Z3_ast?] = [try constant(position, index)]
        let instance = try context.checked("Z3_substitute_vars", Z3_substitute_vars(c, body, 1, &replacement))
        Z3_inc_ref(c, instance)
        temporaries.append(instance)
        return try read(instance, element)
    }

    private func constant(_ value: Value, _ sort: Sort) throws(SolverError) -> Z3_ast {
        guard let term = Term.constant(value, sort: sort) else {
            throw .unreadableModel(expression: "\(value)", sort: sort)
        }
        return try Z3Translation(context: context, sorts: sorts).expression(of: term)
    }

    /// The constants that a lambda's body tells from other indices, nil if it looks at its argument in another way.
    private mutating func distinguishedIndices(_ body: Z3_ast, index: Sort) throws(SolverError) -> Set<Value>? {
        var result: Set<Value> = []
        var visited: Set<UInt32> = []
        var stack = [body]
        while let expression = stack.popLast() {
            guard visited.insert(Z3_get_ast_id(c, expression)).inserted else { continue }
            switch Z3_get_ast_kind(c, expression) {
            case Z3_NUMERAL_AST: continue
            case Z3_APP_AST: break
            default: return nil
            }
            let application = Z3_to_app(c, expression)
            var arguments: [Z3_ast] = []
            for position in 0..<Z3_get_app_num_args(c, application) {
                arguments.append(try context.checked("Z3_get_app_arg", Z3_get_app_arg(c, application, position)))
            }
            guard let place = arguments.firstIndex(where: { Z3_get_ast_kind(c, $0) == Z3_VAR_AST }) else {
                stack.append(contentsOf: arguments)
                continue
            }
            guard arguments.count == 2, Z3_get_ast_kind(c, arguments[1 - place]) != Z3_VAR_AST else { return nil }
            switch Z3_get_decl_kind(c, Z3_get_app_decl(c, application)) {
            case Z3_OP_EQ:
                guard let constant = try literal(arguments[1 - place], index) else { return nil }
                result.insert(constant)
            default: return nil
            }
        }
        return result
    }
}

extension Value {
    /// One of the values of a sort, different for different numbers. Nil beyond those that can be counted.
    static func numbered(_ number: UInt128, of sort: Sort) -> Value? {
        switch sort {
        case .boolean: return number < 2 ? .boolean(number == 1) : nil
        case .integer: return Int128(exactly: number).map { .integer($0) }
        case .bitVector(let width):
            if let cardinality = sort.cardinality, number >= cardinality { return nil }
            return .bitVector(number, width: width)
        case .array(let index, let element):
            return numbered(number, of: element).map { .array(ArrayValue(indexSort: index, defaultElement: $0)) }
        case .tuple(let tuple):
            var rest = number
            var fields: [Value] = []
            for field in tuple.fields {
                let digit: UInt128
                if let cardinality = field.sort.cardinality {
                    (rest, digit) = rest.quotientAndRemainder(dividingBy: cardinality)
                } else {
                    (rest, digit) = (0, rest)
                }
                guard let value = numbered(digit, of: field.sort) else { return nil }
                fields.append(value)
            }
            return rest == 0 ? .tuple(fields) : nil
        }
    }
}
