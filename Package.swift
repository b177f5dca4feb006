// swift-tools-version: 6.1
import Foundation
import PackageDescription

// LLVM 19 is taken from Debian's place unless LLVM_PREFIX names another.
let llvmPrefix = ProcessInfo.processInfo.environment["LLVM_PREFIX"] ?? "/usr/lib/llvm-19"
let llvmHeaders: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-I\(llvmPrefix)/include"])]
let llvmLibraries: [LinkerSetting] = [
    .unsafeFlags(["-L\(llvmPrefix)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(llvmPrefix)/lib"])
]

/// A stage of the pipeline. Arrows point down only: see the module map in `docs/architecture.md`.
func stage(
    _ name: String,
    uses dependencies: [Target.Dependency] = [],
    swiftSettings: [SwiftSetting] = [],
    linkerSettings: [LinkerSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: swiftSettings, linkerSettings: linkerSettings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "gravel",
    products: [
        .executable(name: "verify", targets: ["verify"]),
        .executable(name: "replay", targets: ["replay"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(name: "CZ3", providers: [.apt(["libz3-dev"])]),
        .systemLibrary(name: "CLLVM", providers: [.apt(["llvm-19-dev"])]),
        .systemLibrary(name: "CPcap", providers: [.apt(["libpcap-dev"])]),
        // The interface of a natively compiled middlebox: Middleboxes/runtime/run.h.
        .systemLibrary(name: "CNative"),
        // Of Linux: a process that does not outlive the one that started it, and takes only so much memory.
        .target(name: "CProcess"),

        stage("Diagnostics"),
        stage("YAML", uses: ["Diagnostics", yams]),
        stage("Logic"),
        stage("SMT", uses: ["CZ3", "CProcess", "Logic", subprocess, systemPackage]),
        stage("PacketFormat", uses: ["Logic"]),
        stage(
            "MiddleboxIR", uses: ["CLLVM", "Diagnostics", orderedCollections, subprocess, systemPackage],
            swiftSettings: llvmHeaders, linkerSettings: llvmLibraries),
        stage("Project", uses: ["MiddleboxIR", "YAML", "Diagnostics", yams]),
        stage("Dataflow", uses: ["MiddleboxIR", "Diagnostics", orderedCollections]),
        stage(
            "SymbolicExecution",
            uses: ["MiddleboxIR", "Dataflow", "Diagnostics", "Logic", "PacketFormat", orderedCollections]),
        stage("SpecLanguage", uses: ["Diagnostics", "Logic", "PacketFormat"]),
        stage(
            "Replay",
            uses: [
                "CPcap", "CNative", "CProcess", "MiddleboxIR", "PacketFormat", "Diagnostics", "YAML", yams, histogram,
                subprocess, systemPackage,
            ]),
        stage(
            "Verification",
            uses: [
                "MiddleboxIR", "Dataflow", "SymbolicExecution", "SpecLanguage", "PacketFormat", "Logic", "SMT",
                "Diagnostics", orderedCollections,
            ]),
        stage("Reporting", uses: ["Verification", "MiddleboxIR", "PacketFormat", "Diagnostics"]),

        .executableTarget(
            name: "verify",
            dependencies: [
                "MiddleboxIR", "Project", "Dataflow", "SymbolicExecution", "SpecLanguage", "Verification", "Replay",
                "Reporting", "Diagnostics", "SMT", "CProcess", argumentParser, systemPackage,
            ]),
        .executableTarget(
            name: "replay",
            dependencies: [
                "Replay", "MiddleboxIR", "PacketFormat", "Project", "Dataflow", "Verification", "Reporting",
                "Diagnostics", "YAML", "CProcess", argumentParser,
            ]),

        // What must hold of the readers of files, whatever is in these: for tests, and for the fuzzer.
        .target(
            name: "ReaderFuzzing",
            dependencies: [
                "SpecLanguage", "Replay", "MiddleboxIR", "Project", "YAML", "PacketFormat", "Logic", "Diagnostics",
            ],
            path: "Tests/Fuzzing/Readers"),
        .testTarget(name: "FuzzingTests", dependencies: ["ReaderFuzzing"]),

        .testTarget(name: "LogicTests", dependencies: ["Logic", "SMT"]),
        .testTarget(name: "PacketFormatTests", dependencies: ["PacketFormat", "Logic"]),
        .testTarget(
            name: "SpecLanguageTests", dependencies: ["SpecLanguage", "PacketFormat", "Diagnostics", "Logic", "SMT"]),
        .testTarget(name: "MiddleboxIRTests", dependencies: ["MiddleboxIR", "Diagnostics"]),
        .testTarget(name: "ProjectTests", dependencies: ["Project", "MiddleboxIR", "Diagnostics"]),
        .testTarget(name: "DataflowTests", dependencies: ["Dataflow", "MiddleboxIR", "Diagnostics"]),
        .testTarget(name: "ReplayTests", dependencies: ["Replay", "CNative", "MiddleboxIR", "YAML", "Diagnostics"]),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Verification", "MiddleboxIR", "Diagnostics"]),
        .testTarget(
            // Replay: summaries are held to what the same C code does natively.
            name: "SymbolicExecutionTests",
            dependencies: ["SymbolicExecution", "MiddleboxIR", "Dataflow", "Logic", "SMT", "Replay"]),
        // verify: traces are confirmed as the command confirms them.
        .testTarget(
            name: "VerificationTests",
            dependencies: [
                "verify", "Verification", "Replay", "SpecLanguage", "SymbolicExecution", "PacketFormat", "MiddleboxIR",
                "Dataflow", "Diagnostics",
            ]),
        // Runs the built executables: golden cases, seeded bugs, bad input, the README's commands.
        .testTarget(name: "CommandTests", dependencies: ["verify", "replay", subprocess, systemPackage]),
    ],
    swiftLanguageModes: [.v6]
)

// The coverage-guided fuzzer has its `main` from libFuzzer: Scripts/fuzz.sh builds it, apart from all else, with what that takes.
if ProcessInfo.processInfo.environment["GRAVEL_FUZZER"] != nil {
    package.products.append(.executable(name: "fuzz-readers", targets: ["fuzz-readers"]))
    package.targets.append(
        .executableTarget(
            name: "fuzz-readers", dependencies: ["ReaderFuzzing"], path: "Tests/Fuzzing/Fuzzer",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}
