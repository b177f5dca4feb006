import CZ3
import Logic

/// Owner of a Z3 context: its configuration, its errors, and the references that keep its objects alive.
///
/// The context counts references (`Z3_mk_context_rc`). In the other kind, expressions die when the solver pops the scope in which they were
/// made, and the translation keeps expressions across scopes. Everything that is kept is referenced once and released with the context.
final class Z3Context {
    let pointer: Z3_context
    private var references: [Z3_ast] = []

    /// Megabytes for all contexts of the process together. Beyond them Z3 reports an error, where the system would end the process: less than
    /// what the system allows a solver's process.
    private static let memoryLimit: Void = Z3_global_param_set("memory_max_size", "3072")

    init() throws(SolverError) {
        _ = Self.memoryLimit
        let configuration = Z3_mk_config()
        defer { Z3_del_config(configuration) }
        // No proof objects and no unsatisfiable cores are asked for; models are.
        Z3_set_param_value(configuration, "model", "true")
        Z3_set_param_value(configuration, "proof", "false")
        guard let pointer = Z3_mk_context_rc(configuration) else {
            throw .rejected(call: "Z3_mk_context_rc", message: "no context")
        }
        self.pointer = pointer
        // Without a handler of our own, an error would end the process. This one returns, and the error code stays to be read.
        Z3_set_error_handler(pointer) { _, _ in }
    }

    deinit {
        // Z3 searches for what is left over in time quadratic in its depth, and was seen to crash at it: leave nothing.
        for reference in references.reversed() { Z3_dec_ref(pointer, reference) }
        Z3_del_context(pointer)
    }

    /// The result of a call, checked.
    func checked<Result>(_ call: StaticString, _ result: Result?) throws(SolverError) -> Result {
        try check(call)
        guard let result else { throw .rejected(call: "\(call)", message: "no result") }
        return result
    }

    /// Throws what the last call left as its error.
    func check(_ call: StaticString) throws(SolverError) {
        let code = Z3_get_error_code(pointer)
        guard code != Z3_OK else { return }
        let message = Z3_get_error_msg(pointer, code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        throw .rejected(call: "\(call)", message: message)
    }

    /// A new expression, referenced for the life of the context.
    func kept(_ call: StaticString, _ expression: Z3_ast?) throws(SolverError) -> Z3_ast {
        let expression = try checked(call, expression)
        keep(expression)
        return expression
    }

    /// A new sort, referenced for the life of the context.
    func kept(sort call: StaticString, _ sort: Z3_sort?) throws(SolverError) -> Z3_sort {
        let sort = try checked(call, sort)
        keep(Z3_sort_to_ast(pointer, sort))
        return sort
    }

    /// A new declaration, referenced for the life of the context.
    func kept(declaration call: StaticString, _ declaration: Z3_func_decl?) throws(SolverError) -> Z3_func_decl {
        let declaration = try checked(call, declaration)
        keep(Z3_func_decl_to_ast(pointer, declaration))
        return declaration
    }

    private func keep(_ object: Z3_ast) {
        Z3_inc_ref(pointer, object)
        references.append(object)
    }

    func symbol(_ name: String) throws(SolverError) -> Z3_symbol {
        try checked("Z3_mk_string_symbol", Z3_mk_string_symbol(pointer, name))
    }

    /// The expression as Z3 prints it.
    func text(_ expression: Z3_ast) -> String {
        Z3_ast_to_string(pointer, expression).map { String(cString: $0) } ?? "?"
    }
}
