import Glibc
import MiddleboxIR

/// The state objects of a native middlebox, read from its memory, as they are and as they were before the last step.
///
/// Of a library that was compiled as `.observable`, and for one thread: nobody runs packets while it is read.
public final class NativeState {
    private var maps: [String: NativeMap] = [:]
    private var pools: [String: (memory: UnsafeRawPointer, before: [UInt64], after: [UInt64])] = [:]
    private var plain: [String: (memory: UnsafeRawBufferPointer, before: [UInt8], after: [UInt8])] = [:]

    /// - Throws: `unobservable` for an object that is not there, or not as it is declared.
    init(
        _ objects: [StateObject], address: (String) throws(NativeError) -> UnsafeRawBufferPointer
    ) throws(NativeError) {
        for object in objects {
            let name = object.name
            let memory = try address(name)
            switch object.layout {
            case .map(let keySize, let valueSize, let capacity):
                guard
                    let map = NativeMapMemory(
                        memory, keySize: keySize, valueSize: valueSize, capacity: capacity)
                else { throw .unobservable(name) }
                maps[name] = NativeMap(map)
            case .pool(let capacity):
                guard let pool = NativePool.deadlines(memory, capacity: capacity),
                    let deadlines = pool.baseAddress.map({ UnsafeRawPointer($0) })
                else { throw .unobservable(name) }
                let now = Self.words(deadlines, capacity)
                pools[name] = (deadlines, now, now)
            case .bytes(let count):
                guard memory.count >= count else { throw .unobservable(name) }
                let part = UnsafeRawBufferPointer(rebasing: memory[..<count])
                plain[name] = (part, Array(part), Array(part))
            }
        }
    }

    private static func words(_ memory: UnsafeRawPointer, _ count: Int) -> [UInt64] {
        Array(UnsafeBufferPointer(start: memory.assumingMemoryBound(to: UInt64.self), count: count))
    }

    /// Reads what a step has left behind; what was read last is what was before it.
    public func update() {
        for map in maps.values { map.update() }
        for (name, pool) in pools {
            let isSame = pool.after.withUnsafeBytes {
                memcmp($0.baseAddress ?? pool.memory, pool.memory, $0.count) == 0
            }
            pools[name] = (pool.memory, pool.after, isSame ? pool.after : Self.words(pool.memory, pool.after.count))
        }
        for (name, object) in plain { plain[name] = (object.memory, object.after, Array(object.memory)) }
    }
}

extension NativeState: ObservedState {
    public func entry(
        of map: String, key: [UInt8], at moment: ObservedMoment
    ) -> (deadline: UInt64, value: [UInt8])? {
        maps[map]?.entry(key, at: moment).map { ($0.deadline, $0.value) }
    }

    public func keys(of map: String, presentAt time: UInt64, at moment: ObservedMoment) -> [[UInt8]] {
        maps[map]?.keys(presentAt: time, at: moment) ?? []
    }

    public func changedKeys(of map: String) -> [[UInt8]] { maps[map].map { Array($0.previous.keys) } ?? [] }

    public func deadlines(of pool: String, at moment: ObservedMoment) -> [UInt64] {
        pools[pool].map { moment == .before ? $0.before : $0.after } ?? []
    }

    public func bytes(of object: String, at moment: ObservedMoment) -> [UInt8] {
        plain[object].map { moment == .before ? $0.before : $0.after } ?? []
    }
}
