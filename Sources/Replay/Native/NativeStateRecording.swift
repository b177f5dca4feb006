import Foundation
import MiddleboxIR

/// The state of a middlebox that ran in another process: what was there first, and what each step changed in memory.
public struct NativeStateRecording: Sendable {
    /// What changed in an area of memory: some bytes of it, and what lies between them.
    struct Change: Sendable {
        let start: Int
        let bytes: [UInt8]
    }

    /// Memory that belongs to an object: its own, or what it points to.
    struct Area: Sendable {
        /// The object's place among the others.
        let object: Int
        /// Where in the object the pointer is; nil: the area is the object.
        let pointer: Int?
        let size: Int
    }

    let objects: [StateObject]
    let areas: [Area]
    /// For each step, and before the first one, a change of each area.
    var changes: [[Change]] = []

    /// - Parameter size: of an object's own memory.
    init(_ objects: [StateObject], size: (StateObject) throws(NativeError) -> Int) throws(NativeError) {
        self.objects = objects
        var areas: [Area] = []
        for (number, object) in objects.enumerated() {
            areas.append(Area(object: number, pointer: nil, size: try size(object)))
            for pointee in object.layout.pointees {
                areas.append(Area(object: number, pointer: pointee.pointer, size: pointee.size))
            }
        }
        self.areas = areas
    }
}

/// Goes through a recording, from before the first step on.
public final class RecordedStates: ObservedStates {
    private let recording: NativeStateRecording
    private let memory: [UnsafeMutableRawBufferPointer]
    private var step = 0
    private var read: NativeState?

    /// - Throws: `unobservable` when an object is not as it is declared.
    public init(_ recording: NativeStateRecording) throws(NativeError) {
        self.recording = recording
        memory = recording.areas.map { area in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, area.size), alignment: 16)
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            return memory
        }
        try change()
        read = try NativeState(recording.objects) { [recording, memory] name throws(NativeError) in
            guard
                let number = recording.areas.firstIndex(where: {
                    $0.pointer == nil && recording.objects[$0.object].name == name
                })
            else { throw .unobservable(name) }
            return UnsafeRawBufferPointer(rebasing: memory[number][..<recording.areas[number].size])
        }
    }

    deinit { memory.forEach { $0.deallocate() } }

    public func next() throws(NativeError) -> (any ObservedState)? {
        guard step < recording.changes.count else { return nil }
        try change()
        read?.update()
        return read
    }

    private func change() throws(NativeError) {
        guard step < recording.changes.count else { throw .childFailed("it did not tell of its memory") }
        let changes = recording.changes[step]
        step += 1
        var objects: [Int: UnsafeMutableRawBufferPointer] = [:]
        for ((area, change), memory) in zip(zip(recording.areas, changes), memory) {
            guard change.start <= area.size, change.bytes.count <= area.size - change.start else {
                throw .childFailed("it told of memory that it was not asked of")
            }
            UnsafeMutableRawBufferPointer(rebasing: memory[change.start...]).copyBytes(from: change.bytes)
            if let pointer = area.pointer {
                // The other process's pointers mean nothing here.
                objects[area.object]?.storeBytes(
                    of: UInt(bitPattern: memory.baseAddress), toByteOffset: pointer, as: UInt.self)
            } else {
                objects[area.object] = memory
            }
        }
    }
}
