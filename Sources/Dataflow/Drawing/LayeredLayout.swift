/// Places boxes in layers, so that arrows run downwards (Sugiyama, Tagawa, Toda 1981): longest-path layers, label and bend places as nodes of
/// their own, order by barycentres, horizontal places by isotonic regression towards the neighbours.
struct LayeredLayout {
    struct Size {
        var width: Double
        var height: Double
    }

    struct Edge {
        let from: Int
        let to: Int
        /// Zero where there is no label.
        let label: Size
    }

    /// The way of one edge: first point at its origin's lower side, last point at its target's upper side, for a reversed edge the
    /// other way round.
    struct Route {
        var points: [(x: Double, y: Double)]
        /// The label's centre, which is one of the points, and that point's index.
        var label: Int?
    }

    private(set) var centers: [(x: Double, y: Double)] = []
    private(set) var routes: [Route] = []
    private(set) var size = Size(width: 0, height: 0)

    private let gap = Size(width: 28, height: 22)
    private var sizes: [Size]
    private var layerOf: [Int] = []
    private var layers: [[Int]] = []
    private var above: [[Int]] = []
    private var below: [[Int]] = []
    /// Per edge, from the upper node to the lower one.
    private var chains: [[Int]] = []

    /// - Parameters:
    ///   - nodes: sizes of the boxes.
    ///   - edges: none from a node to itself.
    ///   - lowest: nodes to stand in the last layer.
    init(nodes: [Size], edges: [Edge], lowest: Set<Int>) {
        sizes = nodes
        let forward = LayeredLayout.withoutCycles(count: nodes.count, edges)
        assignLayers(count: nodes.count, forward, lowest: lowest)
        insertPlaces(edges, forward)
        orderLayers()
        placeHorizontally()
        placeVertically()
        routeEdges(edges, forward)
        centers = Array(centers.prefix(nodes.count))
    }

    /// Upper and lower end of each edge: edges that lead back in a depth-first walk are turned round.
    private static func withoutCycles(count: Int, _ edges: [Edge]) -> [(upper: Int, lower: Int)] {
        enum Mark { case new, open, closed }
        var marks = [Mark](repeating: .new, count: count)
        var reversed: Set<Int> = []
        func walk(_ node: Int) {
            marks[node] = .open
            for (index, edge) in edges.enumerated() where edge.from == node {
                switch marks[edge.to] {
                case .new: walk(edge.to)
                case .open: reversed.insert(index)
                case .closed: break
                }
            }
            marks[node] = .closed
        }
        for node in 0..<count where marks[node] == .new { walk(node) }
        return edges.enumerated().map { index, edge in
            reversed.contains(index) ? (edge.to, edge.from) : (edge.from, edge.to)
        }
    }

    /// Even layers for boxes; the odd ones between them take labels.
    private mutating func assignLayers(count: Int, _ edges: [(upper: Int, lower: Int)], lowest: Set<Int>) {
        layerOf = [Int](repeating: 0, count: count)
        var changed = true
        while changed {
            changed = false
            for edge in edges where layerOf[edge.lower] < layerOf[edge.upper] + 2 {
                layerOf[edge.lower] = layerOf[edge.upper] + 2
                changed = true
            }
        }
        let last = layerOf.max() ?? 0
        for node in lowest where !edges.contains(where: { $0.upper == node }) { layerOf[node] = last }
    }

    private mutating func insertPlaces(_ edges: [Edge], _ forward: [(upper: Int, lower: Int)]) {
        for (edge, ends) in zip(edges, forward) {
            var chain = [ends.upper]
            for layer in (layerOf[ends.upper] + 1)..<max(layerOf[ends.lower], layerOf[ends.upper] + 1) {
                chain.append(sizes.count)
                sizes.append(layer == layerOf[ends.upper] + 1 ? edge.label : Size(width: 0, height: 0))
                layerOf.append(layer)
            }
            chains.append(chain + [ends.lower])
        }
        above = [[Int]](repeating: [], count: sizes.count)
        below = above
        for chain in chains {
            for (upper, lower) in zip(chain, chain.dropFirst()) {
                below[upper].append(lower)
                above[lower].append(upper)
            }
        }
        layers = [[Int]](repeating: [], count: (layerOf.max() ?? 0) + 1)
        for node in sizes.indices { layers[layerOf[node]].append(node) }
    }

    private mutating func orderLayers() {
        var best = (layers: layers, crossings: crossings)
        for round in 0..<12 {
            let downwards = round.isMultiple(of: 2)
            var position = [Double](repeating: 0, count: sizes.count)
            for layer in layers { for (index, node) in layer.enumerated() { position[node] = Double(index) } }
            for layer in downwards ? Array(layers.indices) : layers.indices.reversed() {
                let keyed = layers[layer].map { node in
                    let neighbours = downwards ? above[node] : below[node]
                    let mean =
                        neighbours.isEmpty
                        ? position[node] : neighbours.reduce(0) { $0 + position[$1] } / Double(neighbours.count)
                    return (node: node, key: mean, old: position[node])
                }
                layers[layer] = keyed.sorted { ($0.key, $0.old) < ($1.key, $1.old) }.map(\.node)
                for (index, node) in layers[layer].enumerated() { position[node] = Double(index) }
            }
            let now = crossings
            if now < best.crossings { best = (layers, now) }
        }
        layers = best.layers
    }

    private var crossings: Int {
        var position = [Int](repeating: 0, count: sizes.count)
        for layer in layers { for (index, node) in layer.enumerated() { position[node] = index } }
        return layers.reduce(0) { sum, layer in
            let lines = layer.flatMap { node in below[node].map { (position[node], position[$0]) } }
            var count = 0
            for i in lines.indices {
                for j in lines.indices[(i + 1)...] where (lines[i].0 - lines[j].0) * (lines[i].1 - lines[j].1) < 0 {
                    count += 1
                }
            }
            return sum + count
        }
    }

    private mutating func placeHorizontally() {
        centers = sizes.map { _ in (0, 0) }
        for layer in layers { spread(layer, towards: layer.map { _ in 0 }) }
        for round in 0..<24 {
            let order = round.isMultiple(of: 2) ? Array(layers.indices) : layers.indices.reversed()
            for layer in order {
                let wanted = layers[layer].map { node in
                    // The last rounds balance both sides.
                    let neighbours =
                        round >= 16 ? above[node] + below[node] : round.isMultiple(of: 2) ? above[node] : below[node]
                    return neighbours.isEmpty
                        ? centers[node].x : neighbours.reduce(0) { $0 + centers[$1].x } / Double(neighbours.count)
                }
                spread(layers[layer], towards: wanted)
            }
        }
        let left = sizes.indices.map { centers[$0].x - sizes[$0].width / 2 }.min() ?? 0
        for node in sizes.indices { centers[node].x -= left }
        size.width = sizes.indices.map { centers[$0].x + sizes[$0].width / 2 }.max() ?? 0
    }

    /// The places nearest to those wanted (least squares) that keep order and distances: isotonic regression, pooling adjacent violators.
    private mutating func spread(_ layer: [Int], towards wanted: [Double]) {
        var offset = 0.0
        var offsets: [Double] = []
        for (index, node) in layer.enumerated() {
            if index > 0 { offset += (sizes[layer[index - 1]].width + sizes[node].width) / 2 + gap.width }
            offsets.append(offset)
        }
        var pools: [(sum: Double, count: Int)] = []
        for (target, offset) in zip(wanted, offsets) {
            pools.append((target - offset, 1))
            while pools.count > 1, let last = pools.last,
                pools[pools.count - 2].sum / Double(pools[pools.count - 2].count) > last.sum / Double(last.count)
            {
                pools.removeLast()
                pools[pools.count - 1].sum += last.sum
                pools[pools.count - 1].count += last.count
            }
        }
        let places = pools.flatMap { pool in [Double](repeating: pool.sum / Double(pool.count), count: pool.count) }
        for (index, node) in layer.enumerated() { centers[node].x = places[index] + offsets[index] }
    }

    private mutating func placeVertically() {
        var top = 0.0
        for (index, layer) in layers.enumerated() {
            let height = layer.map { sizes[$0].height }.max() ?? 0
            for node in layer { centers[node].y = top + height / 2 }
            top += height + (index == layers.count - 1 ? 0 : gap.height)
        }
        size.height = top
    }

    /// Arrows that share a side of a box start and end side by side, in the order of where they go.
    private mutating func routeEdges(_ edges: [Edge], _ forward: [(upper: Int, lower: Int)]) {
        func slot(_ edge: Int, at node: Int, lowerSide: Bool) -> Double {
            let sharing = chains.indices.filter { (lowerSide ? chains[$0].first : chains[$0].last) == node }
            func next(_ edge: Int) -> Double {
                centers[lowerSide ? chains[edge][1] : chains[edge][chains[edge].count - 2]].x
            }
            let ordered = sharing.sorted { (next($0), $0) < (next($1), $1) }
            let position = ordered.firstIndex(of: edge) ?? 0
            let step = min(36, sizes[node].width * 0.7 / Double(max(ordered.count, 1)))
            return centers[node].x + (Double(position) - Double(ordered.count - 1) / 2) * step
        }
        routes = chains.indices.map { edge in
            let chain = chains[edge]
            let (upper, lower) = forward[edge]
            var points: [(x: Double, y: Double)] = [
                (slot(edge, at: upper, lowerSide: true), centers[upper].y + sizes[upper].height / 2)
            ]
            // Where no label stands in the way, there is nothing to bend for.
            let bends =
                chain.count == 3 && layers[layerOf[chain[1]]].allSatisfy { sizes[$0].height == 0 }
                ? [] : chain.dropFirst().dropLast()
            points += bends.map { centers[$0] }
            points.append((slot(edge, at: lower, lowerSide: false), centers[lower].y - sizes[lower].height / 2))
            let hasLabel = edges[edge].label.height > 0
            guard edges[edge].from == lower else { return Route(points: points, label: hasLabel ? 1 : nil) }
            return Route(points: points.reversed(), label: hasLabel ? points.count - 2 : nil)
        }
    }
}
