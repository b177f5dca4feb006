import Foundation

/// A JSON schema, as far as the schemas in `docs/schemas` go. A keyword that it does not know is an error: nothing that a schema demands is
/// passed over.
struct JSONSchema {
    private let root: [String: Any]

    init(path: String) throws {
        let document = try JSONSerialization.jsonObject(with: Data(try text(of: path).utf8))
        guard let root = document as? [String: Any] else { throw JSONSchemaError.notASchema(path) }
        self.root = root
    }

    /// What is not as the schema has it, each with its place.
    func violations(in document: String) throws -> [String] {
        let value = try JSONSerialization.jsonObject(with: Data(document.utf8), options: .fragmentsAllowed)
        return try violations(of: value, by: root, at: "$")
    }

    private func violations(of value: Any, by schema: [String: Any], at place: String) throws -> [String] {
        var found: [String] = []
        for (keyword, demand) in schema.sorted(by: { $0.key < $1.key }) {
            switch (keyword, demand) {
            case ("$schema", _), ("title", _), ("description", _), ("$defs", _): break
            case ("$ref", let reference as String):
                found += try violations(of: value, by: definition(reference), at: place)
            case ("type", let type as String): if !isOf(value, type) { found.append("\(place) is not of type \(type)") }
            case ("type", let types as [String]):
                if !types.contains(where: { isOf(value, $0) }) { found.append("\(place) is none of \(types)") }
            case ("const", let wanted): if !isEqual(value, wanted) { found.append("\(place) is not \(wanted)") }
            case ("enum", let all as [Any]):
                if !all.contains(where: { isEqual(value, $0) }) { found.append("\(place) is none of \(all)") }
            case ("minimum", let least as NSNumber):
                if let number = value as? NSNumber, number.doubleValue < least.doubleValue {
                    found.append("\(place) is less than \(least)")
                }
            case ("minItems", let least as Int):
                if let list = value as? [Any], list.count < least { found.append("\(place) has too few items") }
            case ("maxItems", let most as Int):
                if let list = value as? [Any], list.count > most { found.append("\(place) has too many items") }
            case ("items", let items as [String: Any]):
                for (index, item) in ((value as? [Any]) ?? []).enumerated() {
                    found += try violations(of: item, by: items, at: "\(place)[\(index)]")
                }
            case ("required", let names as [String]):
                guard let object = value as? [String: Any] else { break }
                for name in names where object[name] == nil { found.append("\(place) has no \(name)") }
            case ("properties", let properties as [String: [String: Any]]):
                guard let object = value as? [String: Any] else { break }
                for (name, part) in object.sorted(by: { $0.key < $1.key }) {
                    guard let property = properties[name] else { continue }
                    found += try violations(of: part, by: property, at: "\(place).\(name)")
                }
            case ("additionalProperties", let others):
                guard let object = value as? [String: Any] else { break }
                let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
                for (name, part) in object.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
                    if let others = others as? [String: Any] {
                        found += try violations(of: part, by: others, at: "\(place).\(name)")
                    } else if others as? Bool == false {
                        found.append("\(place) has an unknown \(name)")
                    }
                }
            default: throw JSONSchemaError.unknownKeyword(keyword)
            }
        }
        return found
    }

    private func definition(_ reference: String) throws -> [String: Any] {
        let prefix = "#/$defs/"
        guard reference.hasPrefix(prefix), let all = root["$defs"] as? [String: Any],
            let definition = all[String(reference.dropFirst(prefix.count))] as? [String: Any]
        else { throw JSONSchemaError.unknownReference(reference) }
        return definition
    }

    /// Foundation reads numbers and truth values alike; only these are of C's type `char`.
    private func isBool(_ value: Any) -> Bool { (value as? NSNumber).map { String(cString: $0.objCType) } == "c" }

    private func isOf(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "null": value is NSNull
        case "string": value is String
        case "array": value is [Any]
        case "object": value is [String: Any]
        case "boolean": isBool(value)
        case "number": value is NSNumber && !isBool(value)
        case "integer":
            (value as? NSNumber).map { !isBool(value) && $0.doubleValue.rounded() == $0.doubleValue } ?? false
        default: false
        }
    }

    private func isEqual(_ a: Any, _ b: Any) -> Bool {
        if let a = a as? String, let b = b as? String { return a == b }
        if let a = a as? NSNumber, let b = b as? NSNumber { return a == b && isBool(a) == isBool(b) }
        return false
    }
}

enum JSONSchemaError: Error {
    case notASchema(String)
    case unknownKeyword(String)
    case unknownReference(String)
}
