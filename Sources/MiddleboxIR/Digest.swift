/// BLAKE3 of what a program means: its code, types and initial state, without places in the source.
enum Digest {
    static func of(functions: [Function], globals: [Global], ports: [Program.Port]) -> String {
        let printer = Printer(withLocations: false)
        return of(printer.text(functions: functions, globals: globals, ports: ports))
    }

    static func of(_ text: String) -> String { ContentHash(of: text.utf8).hexadecimal }
}
