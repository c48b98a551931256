// swift-tools-version: 6.2
import PackageDescription

// Three ranks, arrows downwards only: programs (piko, piko-*), modules (Piko*), C libraries (C*).
// A program lists only the modules that it needs: each one is paid for at start-up.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A verb: one folder, one executable, `PikoCore` and the modules it names.
func verb(_ name: String, _ modules: String...) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["PikoCore"] + modules.map { .byName(name: $0) } + [
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "SystemPackage", package: "swift-system"),
    ],
    swiftSettings: strict)
}

/// A module: the words and rules of piko, or an adapter over one outside thing.
func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(
    name: name,
    dependencies: dependencies + [.product(name: "SystemPackage", package: "swift-system")],
    swiftSettings: strict)
}

/// Tests of one module, over the shared sandbox in `Tests/Support`.
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  tests(name, dependencies)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name,
    dependencies: dependencies + [
      "PikoCore", "Support", .product(name: "SystemPackage", package: "swift-system"),
    ],
    swiftSettings: strict)
}

/// The parts of the page that `piko-server` carries in itself.
let page = [
  "page.html", "style.css", "elements.js", "connection.js", "state.js", "dialogs.js", "logs.js",
  "view.js", "main.js",
]

let programs: [Target] = [
  .executableTarget(name: "piko", swiftSettings: strict),
  .executableTarget(name: "git-piko", swiftSettings: strict),
  verb("piko-attach", "PikoControl", "PikoProject", "PikoSession", "PikoStore"),
  verb("piko-config", "PikoCompose", "PikoConfig", "PikoProject", "PikoStore"),
  verb(
    "piko-create", "PikoControl", "PikoInspection", "PikoLifecycle", "PikoProject", "PikoSession",
    "PikoStore"),
  verb("piko-destroy", "PikoControl", "PikoLifecycle", "PikoProject", "PikoStore"),
  verb("piko-doctor", "PikoDoctor"),
  verb("piko-down", "PikoControl", "PikoProject", "PikoStore"),
  verb("piko-edit", "PikoCompose", "PikoConfig", "PikoProject", "PikoStore"),
  verb("piko-env", "PikoProject", "PikoStore"),
  verb("piko-exec", "PikoInspection", "PikoProject"),
  verb("piko-hook"),
  verb("piko-init", "PikoCompose", "PikoConfig", "PikoProject"),
  verb("piko-isolate", "PikoControl", "PikoProject"),
  verb("piko-list", "PikoConfig", "PikoInspection", "PikoProject", "PikoStore"),
  verb("piko-logs", "PikoInspection", "PikoProject"),
  verb("piko-open", "PikoCompose", "PikoConfig", "PikoProject", "PikoStore"),
  verb("piko-path", "PikoProject", "PikoStore"),
  verb(
    "piko-pick", "PikoControl", "PikoInspection", "PikoProject", "PikoSession", "PikoStore"),
  verb("piko-ports", "PikoControl", "PikoProject", "PikoStore"),
  verb("piko-restart", "PikoControl", "PikoProject", "PikoStore"),
  verb("piko-run", "PikoConfig", "PikoControl", "PikoProject", "PikoStore"),
  verb("piko-share", "PikoControl", "PikoProject"),
  verb("piko-shell", "PikoConfig", "PikoInspection", "PikoProject", "PikoStore"),
  .executableTarget(
    name: "piko-server",
    dependencies: [
      "PikoCore", "PikoCompose", "PikoConfig", "PikoInspection", "PikoProject", "PikoStore",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "HTTPTypes", package: "swift-http-types"),
      .product(name: "Hummingbird", package: "hummingbird"),
      .product(name: "HummingbirdCore", package: "hummingbird"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOHTTP1", package: "swift-nio"),
      .product(name: "SystemPackage", package: "swift-system"),
    ],
    resources: page.map { .embedInCode("Page/\($0)") },
    swiftSettings: strict),
  verb(
    "piko-status", "PikoCompose", "PikoConfig", "PikoInspection", "PikoProject", "PikoStore"),
  verb("piko-switch", "PikoControl", "PikoProject", "PikoSession", "PikoStore"),
  verb(
    "piko-tmux", "PikoCompose", "PikoConfig", "PikoControl", "PikoInspection", "PikoProject",
    "PikoSession", "PikoStore"),
  verb("piko-trust", "PikoConfig", "PikoControl", "PikoProject", "PikoStore"),
  verb("piko-up", "PikoControl", "PikoInspection", "PikoProject", "PikoStore"),
  verb("piko-wait", "PikoControl", "PikoProject", "PikoStore"),
]

let modules: [Target] = [
  module(
    "PikoCore", "CPosix", .product(name: "ArgumentParser", package: "swift-argument-parser")),
  module("PikoConfig", "PikoCore", "CYaml"),
  module("PikoStore", "PikoCore", "CSQLite"),
  module("PikoGit", "PikoCore", "CCheckout", "CLibgit2"),
  module("PikoCompose", "PikoCore"),
  module(
    "PikoInspection", "PikoCore", "PikoConfig", "PikoCompose", "PikoProject", "PikoSession",
    "PikoStore"),
  module("PikoProject", "PikoCore", "PikoConfig", "PikoStore"),
  module("PikoSession", "PikoCore", "PikoConfig", "PikoStore", "PikoProject"),
  module(
    "PikoControl", "PikoCore", "PikoConfig", "PikoStore", "PikoProject", "PikoCompose",
    "PikoSession"),
  module(
    "PikoDoctor", "PikoCore", "PikoConfig", "PikoStore", "PikoProject", "PikoGit", "PikoCompose",
    "PikoControl", "PikoLifecycle"),
  module(
    "PikoLifecycle", "PikoCore", "PikoConfig", "PikoStore", "PikoProject", "PikoGit",
    "PikoCompose", "PikoControl", "PikoSession"),
]

let libraries: [Target] = [
  .systemLibrary(name: "CCheckout"),
  .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
  .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
  .systemLibrary(name: "CPosix"),
  .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
]

let testing: [Target] = [
  .target(
    name: "Support",
    dependencies: ["PikoCore", .product(name: "SystemPackage", package: "swift-system")],
    path: "Tests/Support", swiftSettings: strict),
  tests("PikoCoreTests"),
  tests("PikoConfigTests", "PikoConfig"),
  tests("PikoStoreTests", "PikoStore"),
  tests("PikoGitTests", "PikoGit"),
  tests("PikoComposeTests", "PikoCompose"),
  tests("PikoDoctorTests", "PikoDoctor", "PikoCompose", "PikoStore"),
  // The programs lie beside the test bundle: naming them has them built first.
  tests("CommandTests", programs.map { .byName(name: $0.name) }),
  tests("HouseTests", programs.map { .byName(name: $0.name) }),
]

let package = Package(
  name: "piko",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    // The server's alone: Hummingbird, and those of its packages that are spoken to directly.
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
  ],
  targets: programs + modules + libraries + testing,
  swiftLanguageModes: [.v6])
