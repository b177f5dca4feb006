import CZ3
import Logic

/// Z3's sorts and declarations, made once per context.
final class Z3Sorts {
    /// A tuple sort with its constructor and projections.
    struct Tuple {
        let definition: TupleSort
        let sort: Z3_sort
        let constructor: Z3_func_decl
        let projections: [Z3_func_decl]
    }

    private struct Function {
        let domain: [Sort]
        let range: Sort
        let declaration: Z3_func_decl
    }

    private let context: Z3Context
    private var sorts: [Sort: Z3_sort] = [:]
    private var tuples: [String: Tuple] = [:]
    private var functions: [String: Function] = [:]

    init(context: Z3Context) {
        self.context = context
    }

    func sort(_ sort: Sort) throws(SolverError) -> Z3_sort {
        if let known = sorts[sort] { return known }
        let result: Z3_sort
        switch sort {
        case .boolean: result = try context.kept(sort: "Z3_mk_bool_sort", Z3_mk_bool_sort(context.pointer))
        case .integer: result = try context.kept(sort: "Z3_mk_int_sort", Z3_mk_int_sort(context.pointer))
        case .bitVector(let width):
            result = try context.kept(sort: "Z3_mk_bv_sort", Z3_mk_bv_sort(context.pointer, UInt32(width)))
        case .array(let index, let element):
            let (domain, range) = (try self.sort(index), try self.sort(element))
            result = try context.kept(sort: "Z3_mk_array_sort", Z3_mk_array_sort(context.pointer, domain, range))
        case .tuple(let definition): result = try tuple(definition).sort
        }
        sorts[sort] = result
        return result
    }

    func tuple(_ definition: TupleSort) throws(SolverError) -> Tuple {
        if let known = tuples[definition.name] {
            guard known.definition == definition else { throw .inconsistentTupleSort(name: definition.name) }
            return known
        }
        var names: [Z3_symbol?] = []
        var fieldSorts: [Z3_sort?] = []
        for field in definition.fields {
            names.append(try context.symbol(field.name))
            fieldSorts.append(try sort(field.sort))
        }
        var constructor: Z3_func_decl?
        var projections = [Z3_func_decl?](repeating: nil, count: definition.fields.count)
        let sort = try context.kept(
            sort: "Z3_mk_tuple_sort",
            Z3_mk_tuple_sort(
                context.pointer, try context.symbol(definition.name), UInt32(names.count), names, fieldSorts,
                &constructor,
                &projections))
        var keptProjections: [Z3_func_decl] = []
        for projection in projections {
            keptProjections.append(try context.kept(declaration: "Z3_mk_tuple_sort", projection))
        }
        let result = Tuple(
            definition: definition, sort: sort,
            constructor: try context.kept(declaration: "Z3_mk_tuple_sort", constructor), projections: keptProjections)
        tuples[definition.name] = result
        return result
    }

    func function(_ name: String, domain: [Sort], range: Sort) throws(SolverError) -> Z3_func_decl {
        if let known = functions[name] {
            guard known.domain == domain, known.range == range else { throw .inconsistentFunction(name: name) }
            return known.declaration
        }
        var domainSorts: [Z3_sort?] = []
        for argument in domain { domainSorts.append(try sort(argument)) }
        let declaration = try context.kept(
            declaration: "Z3_mk_func_decl",
            Z3_mk_func_decl(
                context.pointer, try context.symbol(name), UInt32(domain.count), domainSorts, try sort(range)))
        functions[name] = Function(domain: domain, range: range, declaration: declaration)
        return declaration
    }
}
