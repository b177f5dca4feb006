import Foundation
import Testing

/// The C code of maps and pools does what their contracts say: `verify` executes it like any other code, in small tables, and proves that nothing
/// that it does differs from the contract. With a mistake in it, that is refuted.
@Suite struct RuntimeContractTests {
    static let proofs = [
        ContractProof(harness: "pool"),
        ContractProof(harness: "map"),
        ContractProof(harness: "map", definitions: ["SEQUENCE insert, insert, any"]),
        ContractProof(harness: "map", definitions: ["INDEX_SIZE 2", "SEQUENCE insert, insert, find"]),
        ContractProof(harness: "map", definitions: ["SEQUENCE insert, insert, remove, find"]),
    ]

    @Test(arguments: proofs) func isProved(_ proof: ContractProof) async throws {
        let (execution, verdicts) = try await proof.verify()
        #expect(execution.status == 0, "\(execution.words)")
        #expect(verdicts.count == 6 && verdicts.values.allSatisfy { $0.verdict == "proved" }, "\(execution.words)")
    }

    static let mistakes = [
        RuntimeMistake(
            "the search for a free index ends one too early", in: "pool",
            "uint32_t end = first + count;", "uint32_t end = first + count - (count > 2);"),
        RuntimeMistake(
            "the search starts behind the index that was allocated last", in: "pool",
            "pool->last < end ? pool->last : first;", "pool->last + 1 < end ? pool->last + 1 : first;"),
        RuntimeMistake(
            "an index is allocated in the instant of its deadline, too", in: "pool",
            "return gravel_now < pool->deadlines[index];", "return gravel_now <= pool->deadlines[index];"),
        RuntimeMistake(
            "what is not allocated is refreshed", in: "pool",
            "    if (!is_allocated(pool, index)) return false;\n    pool->deadlines[index] = gravel_deadline(lifetime);",
            "    pool->deadlines[index] = gravel_deadline(lifetime);"),
        RuntimeMistake(
            "keys with equal hashes are equal", in: "map",
            "return difference == 0;", "return (difference & 0) == 0;"),
        RuntimeMistake(
            "an entry is found when it is past its deadline", in: "map",
            "return entry != NULL && gravel_is_present(entry) ? gravel_value_of(shape, entry) : NULL;",
            "return entry != NULL ? gravel_value_of(shape, entry) : NULL;"),
        RuntimeMistake(
            "removing says that something was there when it was past its deadline", in: "map",
            "    return was_present;", "    return was_present || true;"),
        RuntimeMistake(
            "what lies behind a slot that is emptied is not found any more", in: "map",
            "            map->index[gap] = map->index[place];\n            gap = place;", "            break;",
            definitions: ["SEQUENCE insert, insert, remove, find"]),
        RuntimeMistake(
            "what was in the index before it grew is not found any more", in: "map",
            "for (uint32_t number = 0; number < map->used; number++) {\n        const uint8_t *key = gravel_key_of",
            "for (uint32_t number = 1; number < map->used; number++) {\n        const uint8_t *key = gravel_key_of",
            definitions: ["INDEX_SIZE 2", "SEQUENCE insert, insert, find"]),
    ]

    @Test(arguments: mistakes) func aMistakeIsRefuted(_ mistake: RuntimeMistake) async throws {
        let (execution, verdicts) = try await mistake.proof.verify(with: mistake)
        let refuted = verdicts.filter { $0.value.verdict == "refuted" }
        #expect(refuted.keys.sorted() == ["no_undefined_behaviour"], "\(execution.words)")
        #expect(refuted.values.allSatisfy { $0.confirmed == true }, "\(execution.words)")
        #expect(execution.status == 1)
    }
}

/// A file of `Tests/RuntimeContracts`, and what is defined before it.
struct ContractProof: Sendable, CustomTestStringConvertible {
    var harness: String
    var definitions: [String] = []

    var testDescription: String { ([harness] + definitions).joined(separator: ", ") }

    /// Runs `verify` on a folder with the harness and the runtime, this with a mistake if there is one.
    func verify(with mistake: RuntimeMistake? = nil) async throws -> (Execution, [String: PropertyVerdict]) {
        let head = definitions.map { "#define \($0)\n" }.joined()
        let harnesses = "Tests/RuntimeContracts"
        let copy = try MiddleboxCopy(
            "contract",
            files: [
                "contract.c": head + (try text(of: "\(harnesses)/\(harness).c")),
                "contract.h": try text(of: "\(harnesses)/contract.h"),
                "contract.gravel": try text(of: "\(harnesses)/contract.gravel"),
            ])
        defer { copy.remove() }
        if let mistake {
            let path = copy.runtime(harness == "map" ? "map_operations.h" : "\(harness).c")
            let right = try String(contentsOfFile: path, encoding: .utf8)
            try #require(right.ranges(of: mistake.right).count == 1, "\(path) is not what it was")
            try right.replacing(mistake.right, with: mistake.wrong)
                .write(toFile: path, atomically: true, encoding: .utf8)
        }
        return try await copy.verify()
    }
}

/// A mistake in the C code of the runtime.
struct RuntimeMistake: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var right: String
    var wrong: String
    /// What must not be proved of it.
    var proof: ContractProof

    init(_ description: String, in file: String, _ right: String, _ wrong: String, definitions: [String] = []) {
        testDescription = description
        (self.right, self.wrong) = (right, wrong)
        proof = ContractProof(harness: file, definitions: definitions)
    }
}
