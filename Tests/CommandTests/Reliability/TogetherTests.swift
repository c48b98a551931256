import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Many at once, without containers: each gets what no other has, and nothing is lost or left.
@Suite(.serialized) struct TogetherTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func environments(_ count: Int, in project: FilePath) -> [(String, FilePath)] {
    (1...count).map { ("env\($0)", project) }
  }

  /// Types a verb for all; each must succeed.
  private func type(
    _ verb: String, _ names: [(String, FilePath)], atOnce: Int, _ option: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Duration {
    let clock = ContinuousClock()
    let began = clock.now
    let told = try Crowd(sandbox: sandbox, atOnce: atOnce).type(verb, names, "-q", option)
    for one in told { #expect(one.status == 0, "\(one)", sourceLocation: sourceLocation) }
    return clock.now - began
  }

  private func ask(_ file: FilePath, _ question: String) throws -> [String] {
    try sandbox.output("sqlite3", ["-batch", file.string, question]).split(separator: "\n")
      .map(String.init)
  }

  private var register: FilePath { sandbox.root.pushing("state/piko/registry.db") }

  private func expectWhole(_ projects: [FilePath]) throws {
    for file in [register] + projects.map({ $0.pushing(".piko/state.db") }) {
      #expect(try ask(file, "PRAGMA integrity_check") == ["ok"])
      #expect(try ask(file, "PRAGMA foreign_key_check").isEmpty)
    }
    let locks = sandbox.root.pushing("state/piko/locks").string
    #expect(try FileManager.default.contentsOfDirectory(atPath: locks).isEmpty)
    for project in projects {
      let file = project.pushing(".piko/state.db")
      #expect(try ask(file, "SELECT verb FROM operations WHERE state <> 'done'").isEmpty)
    }
  }

  private func expectApart(_ names: [(String, FilePath)], _ projects: [FilePath]) throws {
    try expectWhole(projects)
    let count = "\(names.count)"
    #expect(try ask(register, "SELECT count(DISTINCT number) FROM blocks") == [count])
    #expect(try ask(register, "SELECT count(DISTINCT port) FROM port_leases") == [count])
    #expect(
      try ask(register, "SELECT count(DISTINCT path) FROM environments WHERE path <> ''") == [count]
    )
    for (name, project) in names {
      let worktree = project.pushing(".piko/worktrees").appending(name)
      #expect(try sandbox.git("symbolic-ref", "HEAD", in: worktree) == "refs/heads/\(name)")
    }
  }

  private func expectNothingLeft(of names: [(String, FilePath)], _ projects: [FilePath]) throws {
    try expectWhole(projects)
    for table in ["blocks", "port_leases", "subnets", "environments WHERE NOT shared"] {
      #expect(try ask(register, "SELECT * FROM \(table)").isEmpty, "\(table)")
    }
    for project in projects {
      #expect(try ask(project.pushing(".piko/state.db"), "SELECT * FROM environments").isEmpty)
      #expect(try sandbox.git("worktree", "list", in: project).split(separator: "\n").count == 1)
      let branches = try sandbox.git("for-each-ref", "--format=%(refname:short)", in: project)
      let own = names.filter { $0.1 == project }.map(\.0)
      #expect(Set(branches.split(separator: "\n").map(String.init)) == Set(own + ["main"]))
      let left = project.pushing(".piko/worktrees").string
      #expect(try FileManager.default.contentsOfDirectory(atPath: left).isEmpty)
    }
  }

  @Test func manyCreatesAndDestroysAtOnce() throws {
    let count = Soak.count(16, whole: 100)
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let names = environments(count, in: project)
    let created = try type("create", names, atOnce: count, "--yes")
    try expectApart(names, [project])
    let ports = try names.map { try sandbox.ports(of: $0.0, in: project) }
    let destroyed = try type("destroy", names, atOnce: count)
    try expectNothingLeft(of: names, [project])
    Soak.note("\(count) creates at once \(created), \(count) destroys at once \(destroyed)")

    // Each gets its former block again, in whatever order they come back.
    let few = Array(names.reversed().prefix(8))
    _ = try type("create", few, atOnce: 4, "--yes")
    let again = try few.map { try sandbox.ports(of: $0.0, in: project) }
    #expect(again == Array(ports.reversed().prefix(8)))
    _ = try type("destroy", few, atOnce: 4)

    guard Soak.isWhole else { return }
    let row = try type("create", names, atOnce: 1, "--yes")
    let rowEnd = try type("destroy", names, atOnce: 1)
    let ratio = (created + destroyed) / (row + rowEnd)
    Soak.note("\(count) in a row \(row), \(rowEnd): at once takes \(ratio) of that")
    #expect(ratio <= 1.1)
  }

  @Test func manyAtOnceInSeveralProjects() throws {
    let count = Soak.count(2, whole: 10)
    let projects = try (1...5).map {
      try sandbox.project("p\($0)", configured: "ports: {web: 3000}")
    }
    let names = projects.flatMap { environments(count, in: $0) }
    let created = try type("create", names, atOnce: names.count, "--yes")
    try expectApart(names, projects)
    let destroyed = try type("destroy", names, atOnce: names.count)
    try expectNothingLeft(of: names, projects)
    Soak.note("\(names.count) at once in 5 projects: \(created), \(destroyed)")
  }

  @Test func ofManyCreatesOfOneNameOneWins() throws {
    let count = Soak.count(8, whole: 20)
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let names = [(String, FilePath)](repeating: ("one", project), count: count)
    let told = try Crowd(sandbox: sandbox, atOnce: count).type("create", names, "--yes")
    #expect(told.filter { $0.status == 0 }.count == 1, "\(told)")
    for loser in told where loser.status != 0 {
      let isClear =
        loser.stderr.contains("error: environment 'one' already exists\n")
        || loser.stderr.contains("error: environment 'one' is being made by ")
      #expect(loser.status == 1 && loser.stdout.isEmpty && isClear, "\(loser)")
    }
    try expectApart([("one", project)], [project])
    Soak.note("\(count) creates of one name: 1 won, \(count - 1) were told")
  }
}
