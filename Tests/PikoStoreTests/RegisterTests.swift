import Glibc
import PikoCore
import SystemPackage
import Testing

@testable import PikoStore

struct RegisterTests {
  @Test func aSecondRootOfTheSameNameGetsASuffix() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    func add(_ root: String) throws -> RegisteredProject {
      let path = scratch.path.appending(root)
      mkdir(path.string, 0o755)
      return try register.projects.register(
        root: path, gitDirectory: path.appending(".git"), name: "pouch")
    }
    let names = try ["a", "b", "c", "a"].map { try add($0).name }
    #expect(names == ["pouch", "pouch-2", "pouch-3", "pouch"])
    #expect(try add("b").askedName == "pouch")
    #expect(try register.projects.all().count == 3)
    #expect(try register.environments().isEmpty)
  }

  @Test func aProjectTakesANewNameOnlyWhileItHasNoEnvironments() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let first = try scratch.project("p", in: register)
    func rename(_ name: String) throws -> RegisteredProject {
      try register.projects.register(
        root: first.root, gitDirectory: first.gitDirectory, name: name)
    }
    let renamed = try rename("q")
    #expect(renamed.name == "q" && renamed.id == first.id)
    #expect(try register.sharedEnvironment(of: renamed).composeProject == "piko-q-shared")
    let web = try register.reserve(Reservation("web", of: renamed), for: renamed)
    #expect(try rename("r").name == "q")
    try register.release(web)
    #expect(try rename("r").name == "r")
  }

  @Test func aProjectThatIsGoneGivesItsNameUp() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    func add(_ root: String) throws -> RegisteredProject {
      try register.projects.register(
        root: scratch.path.appending(root), gitDirectory: scratch.path.appending("\(root)/.git"),
        name: "pouch")
    }
    _ = try add("gone")
    let second = try add("gone-too")
    #expect(second.name == "pouch")
    _ = try register.reserve(Reservation("web", of: second), for: second)
    #expect(try add("third").name == "pouch-2", "one with environments keeps it")
  }

  @Test func anotherRepositoryCannotHaveTheSameRoot() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let first = try scratch.project("p", in: register)
    let other = first.root.appending("other.git")
    mkdir(other.string, 0o755)
    let failure = #expect(throws: Failure.self) {
      try register.projects.register(root: first.root, gitDirectory: other, name: "p")
    }
    #expect(failure?.status == .cannotStart)
    rmdir(first.gitDirectory.string)
    let moved = try register.projects.register(root: first.root, gitDirectory: other, name: "p")
    #expect(moved.id == first.id && moved.gitDirectory == other)
  }

  @Test func refusesNamesThatWouldShareAComposeProject() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let a = try scratch.project("a", in: register)
    let ab = try scratch.project("a-b", in: register)
    _ = try register.reserve(Reservation("c", of: ab), for: ab)
    func refusal(_ name: String, _ project: RegisteredProject) throws -> Failure {
      let failure = try #require(
        #expect(throws: Failure.self) {
          try register.reserve(Reservation(name, of: project), for: project)
        })
      #expect(failure.hints.count == 1)
      return failure
    }
    #expect(
      try refusal("b-c", a).message
        == "cannot create environment 'b-c': its Compose project 'piko-a-b-c' is that of "
        + "environment 'c' of project 'a-b'")
    #expect(
      try refusal("b-shared", a).message.hasSuffix(
        "is that of the shared services of project 'a-b'"))
    #expect(try refusal("shared", a).message.contains("kept for the project's shared services"))
    #expect(try refusal("c", ab).message == "environment 'c' already exists")
    #expect(try register.environments().count == 1, "a refusal leaves nothing")
  }

  @Test func refusesAProjectWhoseSharedServicesHaveANameThatIsTaken() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let a = try scratch.project("a", in: register)
    _ = try register.reserve(Reservation("b-shared", of: a), for: a)
    let failure = #expect(throws: Failure.self) { try scratch.project("a-b", in: register) }
    #expect(failure?.message.contains("environment 'b-shared' of project 'a'") == true)
    #expect(failure?.hints.isEmpty == false)
    #expect(try register.projects.all().map(\.name) == ["a"])
  }

  @Test func givesTheLowestFreeBlockOrTheFormerOne() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let p = try scratch.project("p", in: register)
    let q = try scratch.project("q", in: register)
    func reserve(_ name: String, _ project: RegisteredProject) throws -> Int? {
      try register.reserve(Reservation(name, of: project), for: project).blocks.first?.number
    }
    func release(_ name: String, _ project: RegisteredProject) throws {
      let environment = try register.environment(
        named: EnvironmentName(stored: name), ofRoot: project.root)
      try register.release(#require(environment))
    }
    #expect(
      try [reserve("a", p), reserve("a", q), reserve("b", p), reserve("c", p)] == [1, 2, 3, 4])
    try release("b", p)
    try release("a", q)
    #expect(try reserve("b", p) == 3, "its own former one, though 2 is free")
    try release("b", p)
    #expect(try [reserve("x", p), reserve("y", p)] == [2, 3])
    #expect(try reserve("b", p) == 5, "its former one is taken")
    #expect(try register.environments(of: p).map(\.name.text) == ["a", "b", "c", "x", "y"])
    #expect(try register.environments().count == 5)
  }

  @Test func runningOutSaysWhatToDestroy() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let p = try scratch.project("p", in: register)
    for number in PortBlock.numbers {
      let made = try register.reserve(Reservation("e\(number)", of: p), for: p)
      #expect(made.blocks == [PortBlock(number)])
    }
    let failure = try #require(
      #expect(throws: Failure.self) { try register.reserve(Reservation("more", of: p), for: p) })
    #expect(failure.message.hasSuffix("all 554 blocks are leased"))
    #expect(failure.hints.last?.hasSuffix("run 'piko destroy e1'") == true)
    #expect(try register.environments().count == 554)
  }

  @Test func fiftyConcurrentReservationsGetBlocksOfTheirOwn() async throws {
    let scratch = try Scratch()
    let opened = try scratch.register()
    let projects = try [scratch.project("p", in: opened), scratch.project("q", in: opened)]
    let made = try await withThrowingTaskGroup(of: RegisteredEnvironment.self) { group in
      for number in 0..<60 {
        group.addTask {
          let register = try scratch.register()
          let project = projects[number % 2]
          let environment = try register.reserve(
            Reservation("e\(number)", of: project), for: project)
          _ = try register.ports.lease(
            [PortRequest(PortMapping(service: "web", target: 80, transport: .tcp))],
            for: environment, forbidden: []
          ) { _, _ in true }
          _ = try register.subnets.lease(
            "default", for: environment, hosts: 2, from: .ipv4, avoiding: [])
          return environment
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(made.flatMap(\.blocks)) == Set((1...60).map(PortBlock.init)))
    let ports = try made.flatMap { try opened.ports.leases(of: $0).map(\.ports.lowerBound) }
    #expect(Set(ports) == Set((1...60).map { 10_080 + $0 * 100 }))
    let subnets = try made.flatMap { try opened.subnets.leases(of: $0).map(\.subnet) }
    #expect(Set(subnets).count == 60)
  }

  @Test func volumesStayWhoseTheyAreAndOutliveTheirProject() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let project = try scratch.project("p", in: register)
    func entry(_ volume: String, _ environment: String) -> VolumeLedger.Entry {
      VolumeLedger.Entry(
        volume: volume, project: "p", root: project.root,
        environment: EnvironmentName(stored: environment))
    }
    try register.volumes.record([entry("v", "a"), entry("w", "a")])
    try register.volumes.record([entry("w", "b"), entry("x", "b")])
    try register.projects.forget(project)
    #expect(try register.volumes.all() == [entry("v", "a"), entry("w", "a"), entry("x", "b")])
    try register.volumes.forget(["v", "y"])
    #expect(try register.volumes.all() == [entry("w", "a"), entry("x", "b")])
  }

  @Test func everyEarlierVersionIsBroughtUpToDate() throws {
    for version in 1..<Schema.register.version {
      let scratch = try Scratch()
      let file = scratch.path.pushing("state/registry.db")
      let earlier = Schema(
        migrations: Array(Schema.register.migrations.prefix(version)), durability: .full)
      do {
        let database = try Database.creating(file, schema: earlier, directoryMode: 0o700)
        for row in [
          "projects (id, name, asked_name, root, git_dir) VALUES (1, 'p', 'p', '/p', '/p/.git')",
          "environments (id, project_id, name, compose_project, compose, services)"
            + " VALUES (1, 1, 'e', 'piko-p-e', '{}', '[\"web\"]')",
          "port_leases (environment_id, service, target, transport, address, ordinal, position,"
            + " port) VALUES (1, 'web', 80, 'tcp', '', 0, 0, 10180)",
        ] {
          try database.execute("INSERT INTO \(row)")
        }
      }
      let register = try scratch.register()
      let environment = try #require(try register.environments().first)
      #expect(try register.services(of: environment) == ["web"])
      // What was leased is shown until the next isolation says otherwise.
      #expect(try register.ports.current(of: environment).map(\.lease.port) == [10_180])
      #expect(try register.activeServices(of: environment) == nil)
      // It was isolated before that was written down, so it was made.
      if version < 3 { #expect(environment.isMade) }
    }
  }

  @Test func ofTheSameNameReservedAtOnceOneWins() async throws {
    let scratch = try Scratch()
    let p = try scratch.project("p", in: scratch.register())
    let outcomes = await withTaskGroup(of: String?.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            let register = try scratch.register()
            _ = try register.reserve(Reservation("web", of: p), for: p)
            return nil
          } catch {
            return (error as? Failure)?.message ?? "\(error)"
          }
        }
      }
      return await group.reduce(into: [String?]()) { $0.append($1) }
    }
    #expect(outcomes.filter { $0 == nil }.count == 1)
    #expect(outcomes.compactMap { $0 }.allSatisfy { $0 == "environment 'web' already exists" })
  }

  @Test func projectsRegisteredAtOnceGetNamesOfTheirOwn() async throws {
    let scratch = try Scratch()
    for number in 0..<20 { mkdir(scratch.path.appending("r\(number)").string, 0o755) }
    let names = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<40 {
        group.addTask {
          let root = scratch.path.appending("r\(number % 20)")
          return try scratch.register().projects.register(
            root: root, gitDirectory: root.appending(".git"), name: "pouch"
          ).name
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(names == Set(["pouch"] + (2...20).map { "pouch-\($0)" }))
  }

  @Test func approvalsHoldForOneProjectAndOneContent() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let p = try scratch.project("p", in: register)
    let q = try scratch.project("q", in: register)
    try register.approvals.add("d1", for: p)
    try register.approvals.add("d1", for: p)
    #expect(try register.approvals.contains("d1", for: p))
    #expect(try !register.approvals.contains("d2", for: p))
    #expect(try !register.approvals.contains("d1", for: q))
    try register.approvals.add("d2", for: q)
    let all = try register.approvals.all()
    #expect(all.map(\.projectName) == ["p", "q"] && all.map(\.digest) == ["d1", "d2"])
    #expect(abs(all[0].approvedAt - time(nil)) < 60)
    #expect(try register.approvals.revoke(of: p) == 1)
    #expect(try !register.approvals.contains("d1", for: p))
    #expect(try register.approvals.revoke(of: p) == 0)
  }

  @Test func aProjectIsForgottenOnlyWithoutEnvironments() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let p = try scratch.project("p", in: register)
    let web = try register.reserve(Reservation("web", of: p), for: p)
    #expect(throws: Failure.self) { try register.projects.forget(p) }
    try register.release(web)
    try register.projects.forget(p)
    #expect(try register.projects.all().isEmpty)
  }
}
