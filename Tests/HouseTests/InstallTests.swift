import PikoCore
import Support
import SystemPackage
import Testing

/// What `install.sh` says before it builds anything; `Tests/installation` runs the rest of it.
@Suite struct InstallTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  @Test(arguments: [("5.10", false), ("6.1.2", false), ("6.2", true), ("10.0", true)])
  func namesTheSwiftThatIsTooOld(version: String, isEnough: Bool) throws {
    try swift(saying: "Swift version \(version) (swift-\(version)-RELEASE)")
    let said = try install("--built", "\(sandbox.root)/empty")
    #expect(said.status == 1)
    if isEnough {
      #expect(said.stderr.hasPrefix("✓ Found Swift \(version)\n"), "\(said)")
    } else {
      #expect(
        said.text == """
          2| error: Swift \(version) is too old: piko needs 6.2 or later
          2| hint: get Swift 6.2 or later from https://www.swift.org/install/linux/, then put it on PATH
          status 1
          """)
    }
    #expect(!sandbox.exists("home/.local"))
  }

  @Test func saysThatThereIsNoSwift() throws {
    let said = try install()
    #expect(said.stderr.hasPrefix("error: cannot find 'swift' on PATH\nhint: get Swift 6.2 or"))
    #expect(said.status == 1)
  }

  @Test func refusesWhatItDoesNotKnow() throws {
    for (arguments, error) in [
      (["--frob"], "unknown argument '--frob'"),
      (["--prefix"], "option '--prefix' needs a directory"),
      (["--built"], "option '--built' needs a directory"),
    ] {
      let said = try sandbox.run(script, arguments)
      #expect(said.stderr.hasPrefix("error: \(error)\nusage: ./install.sh "))
      #expect(said.status == 129)
    }
    let help = try sandbox.run(script, "--help")
    #expect(help.status == 0 && help.stdout.hasPrefix("usage: ./install.sh "))
    for line in help.stdout.split(separator: "\n") { #expect(line.count <= 100) }
  }

  @Test func removesNothingWhereNothingWasInstalled() throws {
    try sandbox.write("mine\n", to: "prefix/bin/piko")
    let said = try install("--uninstall", "--prefix", "\(sandbox.root)/prefix")
    #expect(
      said.stderr.hasPrefix("error: cannot uninstall: there is no '<root>/prefix/share/piko/"))
    #expect(said.status == 1)
    #expect(sandbox.exists("prefix/bin/piko"))
  }

  /// A list that was tampered with leads nowhere else.
  @Test(arguments: ["../kept", "/etc/hostname", "bin/../../kept"])
  func removesNothingOutsideOfThePrefix(path: String) throws {
    try sandbox.write("mine\n", to: "kept")
    try sandbox.write("\(path)\n", to: "prefix/share/piko/install-manifest")
    let said = try install("--uninstall", "--prefix", "\(sandbox.root)/prefix")
    #expect(said.status == 1 && said.stderr.contains("which is not below the prefix"), "\(said)")
    #expect(sandbox.exists("kept"))
  }

  // MARK: - Running it

  private var script: String { SourceTree.root.appending("install.sh").string }

  private func install(_ arguments: String...) throws -> Transcript {
    try sandbox.run(
      script, arguments,
      environment: ["PATH": "\(sandbox.root)/tools:/usr/bin:/bin", "PREFIX": nil, "DESTDIR": nil])
  }

  private func swift(saying version: String) throws {
    try sandbox.write(
      "#!/bin/sh\n[ \"$1\" = --version ] && echo '\(version)'\n", to: "tools/swift", mode: 0o755)
  }
}
