import CYaml
import Yams

/// The first key of a YAML text that is no word but a list or names and values.
///
/// No file that is read here has one. They are told before Yams makes nodes of the text, as it compares the keys of a mapping part by part:
/// of a few lines whose aliases name lists of aliases, for longer than anybody waits.
struct CollectionKey {
    /// As messages name it.
    let kind: String
    /// From 1.
    let line: Int
    /// From 1, in characters.
    let column: Int

    /// Nil where all keys are words. Of what is no YAML, the part up to the mistake is looked at.
    init?(in text: String) {
        var text = text
        guard let found = text.withUTF8(Self.first) else { return nil }
        self = found
    }

    private init(kind: String, at mark: yaml_mark_t) {
        self.kind = kind
        line = mark.line + 1
        column = mark.column + 1
    }

    /// What a node is a part of.
    private enum Surroundings { case list, mapping(expectsKey: Bool) }

    private static func first(in bytes: UnsafeBufferPointer<UInt8>) -> CollectionKey? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return nil }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        var surroundings: [Surroundings] = []
        // What an anchor names, where that is no word.
        var kinds: [String: String] = [:]
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else { return nil }
            defer { yaml_event_delete(&event) }
            let kind: String?
            switch event.type {
            case YAML_STREAM_END_EVENT: return nil
            case YAML_SCALAR_EVENT:
                kind = nil
                name(event.data.scalar.anchor).map { kinds[$0] = nil }
            case YAML_ALIAS_EVENT: kind = name(event.data.alias.anchor).flatMap { kinds[$0] }
            case YAML_SEQUENCE_START_EVENT:
                kind = "a list"
                name(event.data.sequence_start.anchor).map { kinds[$0] = kind }
            case YAML_MAPPING_START_EVENT:
                kind = "names and values"
                name(event.data.mapping_start.anchor).map { kinds[$0] = kind }
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                _ = surroundings.popLast()
                continue
            default: continue
            }
            if case .mapping(let expectsKey)? = surroundings.last {
                if expectsKey, let kind { return CollectionKey(kind: kind, at: event.start_mark) }
                surroundings[surroundings.count - 1] = .mapping(expectsKey: !expectsKey)
            }
            switch event.type {
            case YAML_SEQUENCE_START_EVENT: surroundings.append(.list)
            case YAML_MAPPING_START_EVENT: surroundings.append(.mapping(expectsKey: true))
            default: break
            }
        }
    }

    private static func name(_ anchor: UnsafeMutablePointer<UInt8>?) -> String? { anchor.map { String(cString: $0) } }
}
