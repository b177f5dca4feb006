import MiddleboxIR
import Dataflow
import SymbolicExecution
import SMT
import Logic

let compiler = Compiler(includeDirectories: ["Middleboxes/include"])
let t0 = ContinuousClock.now
let name = CommandLine.arguments[1]
let program = try await compiler.compile(name: name, sources: ["Middleboxes/\(name)/\(name).c"])
print("compile", ContinuousClock.now - t0)
if CommandLine.arguments.contains("--ir") { print(program) }
let graph = try ElementGraph(decomposing: program)
for e in graph.elements { print(e.name, e.inputs, e.ownedState, e.lines) }
let model = try StateModel(program)
let solver = try Z3Solver(resourceLimit: 10_000_000, timeoutMilliseconds: 10000)
var queries = 0
let t1 = ContinuousClock.now
let composer = Composer(program: program, graph: graph, model: model) { conditions in
    queries += 1
    do { if case .unsatisfiable = try solver.check(conditions, name: "f") { return false } } catch { print(error) }
    return true
}
let facts = model.configurationFacts + [.lessOrEqual(.integer(0), InputVariables.now), .or(model.ports.map { .equal(InputVariables.port, .bitVector(Int($0.number), width: 32)) })]
let c = composer.composition(assuming: facts)
print("execute", ContinuousClock.now - t1, "queries", queries)
for (s, t) in zip(c.summaries, c.summarySeconds) {
    print(s.function, s.shapes, "paths", s.paths.count, "checks", s.checks.count, t.seconds)
    for p in s.paths { if case .unknown(let r, let l) = p.end { print("   unknown:", r, l as Any) } }
}
print("program paths", c.paths.count, "groups", c.checkGroups.count, "checks", c.checkGroups.reduce(0) { $0 + $1.checks.count })
for p in c.paths where !p.outputs.isEmpty { print(p.inputs.joined(separator: ">"), p.knowledge.conditions.count) }
let slow = solver.statistics.sorted { $0.seconds > $1.seconds }.prefix(5)
for s in slow { print(s) }
print("solver seconds", solver.statistics.reduce(0) { $0 + $1.seconds })
