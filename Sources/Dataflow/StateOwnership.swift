import MiddleboxIR

/// Which input functions belong together because they share mutable state, and what each group owns and reads.
struct StateOwnership {
    struct Group {
        /// In source order.
        let inputs: [String]
        let owned: [String]
        let read: [String]
    }

    let groups: [Group]

    /// - Parameter inputs: in source order.
    init(_ program: Program, inputs: [String], pointsTo: PointsTo) {
        func globals(_ objects: Set<MemoryObject>?) -> Set<String> {
            let objects = objects ?? []
            if objects.contains(.unknown) { return Set(program.globals.map(\.name)) }
            return Set(
                objects.compactMap { object in
                    switch object {
                    case .global(let name): name
                    case .stack, .packet, .packetBytes, .unknown: nil
                    }
                })
        }
        let written = inputs.map { globals(pointsTo.writes[$0]) }
        let touched = inputs.indices.map { written[$0].union(globals(pointsTo.reads[inputs[$0]])) }
        let everWritten = written.reduce(into: Set<String>()) { $0.formUnion($1) }
        let mutable = Set(
            program.globals.filter { global in
                switch global.kind {
                case .map, .pool: true
                case .configuration, .plain: everWritten.contains(global.name)
                }
            }.map(\.name))

        var partition = Partition(count: inputs.count)
        for name in mutable {
            let users = inputs.indices.filter { touched[$0].contains(name) }
            for user in users.dropFirst() { partition.unite(users[0], user) }
        }
        groups = partition.classes.map { members in
            let all = members.reduce(into: Set<String>()) { $0.formUnion(touched[$1]) }
            let inSourceOrder = program.globals.map(\.name).filter(all.contains)
            return Group(
                inputs: members.map { inputs[$0] },
                owned: inSourceOrder.filter(mutable.contains),
                read: inSourceOrder.filter { !mutable.contains($0) })
        }
    }
}

/// Union-find over 0..<count.
private struct Partition {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    private func root(of index: Int) -> Int {
        var index = index
        while parents[index] != index { index = parents[index] }
        return index
    }

    /// The smaller root stays, so that the outcome does not depend on the order of calls.
    mutating func unite(_ a: Int, _ b: Int) {
        let (low, high) = (min(root(of: a), root(of: b)), max(root(of: a), root(of: b)))
        parents[high] = low
    }

    /// Members in ascending order, classes in order of their first member.
    var classes: [[Int]] {
        Dictionary(grouping: parents.indices, by: root).sorted { $0.key < $1.key }.map(\.value)
    }
}
