import Logic

/// Models as bytes: variables as terms, values by their kind.
public enum ModelCoding {
    public static func write(_ model: Model, to writer: inout ByteWriter) {
        let variables = model.assignment.keys.sorted { $0.identifier < $1.identifier }
        TermCoding.write(variables, to: &writer)
        for variable in variables {
            if let value = model.assignment[variable] { ValueCoding.write(value, to: &writer) }
        }
        writer.write(count: model.functions.count)
        for (name, function) in model.functions.sorted(by: { $0.key < $1.key }) {
            writer.write(text: name)
            ValueCoding.write(function.defaultValue, to: &writer)
            writer.write(count: function.entries.count)
            for (arguments, value) in function.entries {
                writer.write(count: arguments.count)
                for argument in arguments { ValueCoding.write(argument, to: &writer) }
                ValueCoding.write(value, to: &writer)
            }
        }
    }

    public static func read(_ reader: inout ByteReader) throws(CodingError) -> Model {
        var assignment: [Term: Value] = [:]
        for variable in try TermCoding.read(&reader) {
            guard variable.variableName != nil else { throw reader.damaged("a value of what is no variable") }
            let value = try ValueCoding.read(&reader)
            guard value.belongs(to: variable.sort) else { throw reader.damaged("no value of sort \(variable.sort)") }
            assignment[variable] = value
        }
        var functions: [String: FunctionInterpretation] = [:]
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            let defaultValue = try ValueCoding.read(&reader)
            var entries: [[Value]: Value] = [:]
            for _ in 0..<(try reader.count()) {
                var arguments: [Value] = []
                for _ in 0..<(try reader.count()) { arguments.append(try ValueCoding.read(&reader)) }
                entries[arguments] = try ValueCoding.read(&reader)
            }
            functions[name] = FunctionInterpretation(entries: entries, defaultValue: defaultValue)
        }
        return Model(assignment: assignment, functions: functions)
    }
}
