import Glibc
import PikoCore
import PikoStore
import SystemPackage
import Testing

struct StateTests {
  private func record(_ name: String, branch: String? = nil) -> EnvironmentRecord {
    EnvironmentRecord(
      name: EnvironmentName(stored: name), branch: BranchName(branch ?? name),
      path: FilePath("/r/\(name)"),
      composeProject: "piko-p-\(name)", session: "piko/p/\(name)", block: 4, madeBranch: true,
      base: "v1", head: "abc")
  }

  private func state(_ scratch: Scratch) throws -> State {
    let state = try State.creating(below: scratch.path)
    try state.record(
      ProjectRecord(
        name: "p", root: scratch.path, gitDirectory: scratch.path.appending(".git"),
        composeFile: "compose.yaml"))
    return state
  }

  @Test func aProjectWithoutStateStaysWithoutIt() throws {
    let scratch = try Scratch()
    #expect(try State.existing(below: scratch.path) == nil)
    #expect(access(scratch.path.appending(".piko").string, F_OK) != 0)
  }

  @Test func hasTheColumnsOfTheFirstDocument() throws {
    let scratch = try Scratch()
    _ = try state(scratch)
    let file = State.file(below: scratch.path)
    let columns = [
      "project": ["id", "name", "root_path", "compose_file", "created_at"],
      "environments": [
        "id", "project_id", "name", "branch", "path", "docker_project", "tmux_session",
        "created_at",
      ],
      "shared_services": ["id", "project_id", "service_name", "container_name", "network"],
    ]
    for (table, expected) in columns {
      let found = try scratch.sqlite(file, "SELECT name FROM pragma_table_info('\(table)')")
        .split(separator: "\n").map(String.init)
      #expect(Array(found.prefix(expected.count)) == expected)
    }
  }

  @Test func keepsTheProject() throws {
    let scratch = try Scratch()
    let state = try state(scratch)
    var project = try #require(try state.project())
    #expect(project.root == scratch.path && project.composeFile == "compose.yaml")
    #expect(abs((project.createdAt ?? 0) - time(nil)) < 60)
    project.name = "q"
    project.composeFile = nil
    try state.record(project)
    #expect(try State.existing(below: scratch.path)?.project() == project)
  }

  @Test func keepsEnvironments() throws {
    let scratch = try Scratch()
    let state = try state(scratch)
    try state.insert(record("web", branch: "feature/web"))
    try state.insert(record("api"))
    #expect(try state.environments().map(\.name.text) == ["api", "web"])
    var web = try #require(try state.environments().last)
    #expect(abs((web.createdAt ?? 0) - time(nil)) < 60)
    web.createdAt = nil
    #expect(web == record("web", branch: "feature/web"))

    try state.setStatus(.ready, of: web.name)
    try state.setSetup(.absent, of: web.name)
    var ready = try #require(try state.environment(named: web.name))
    #expect(ready.status == .ready && ready.setup == .absent)
    ready.block = nil
    ready.branch = ""
    try state.update(ready)
    #expect(try state.environment(named: web.name) == ready)

    #expect(throws: Failure("environment 'api' already exists")) {
      try state.insert(record("api"))
    }
    try state.delete(web.name)
    try state.delete(web.name)
    #expect(try state.environment(named: web.name) == nil)
    #expect(throws: Failure.self) { try state.setStatus(.ready, of: web.name) }
  }

  @Test func keepsSharedServices() throws {
    let scratch = try Scratch()
    let state = try state(scratch)
    try state.record(SharedServiceRecord(service: "redis", network: "piko-p-shared"))
    let made = SharedServiceRecord(
      service: "redis", isShared: true, container: "piko-p-shared-redis-1",
      network: "piko-p-shared", definition: "abc")
    try state.record(made)
    #expect(try state.sharedServices() == [made])
  }

  @Test func decidesAboutSharingForTheProjectAndForSingleEnvironments() throws {
    let scratch = try Scratch()
    let state = try state(scratch)
    let (web, api) = (EnvironmentName(stored: "web"), EnvironmentName(stored: "api"))
    try state.decide("db", isShared: true, for: api)
    #expect(try state.sharing(for: web) == [:])
    #expect(try state.sharing(for: api) == ["db": true])

    try state.decide("redis", isShared: false, for: web)
    try state.decide("redis", isShared: true, network: "n")
    #expect(try state.sharing(for: web) == ["redis": false])
    #expect(try state.sharing(for: api) == ["db": true, "redis": true])

    try state.decide("redis", isShared: true, for: api)
    try state.decide("redis", isShared: false, network: "n")
    #expect(try state.ownSharing(of: web) == ["redis": false])
    #expect(try state.sharing(for: api) == ["db": true, "redis": false])
    try state.delete(api)
    #expect(try state.sharing(for: api) == ["redis": false])
  }

  @Test func theJournalShowsWhatAKilledProcessLeft() throws {
    let scratch = try Scratch()
    let web = EnvironmentName(stored: "web")
    do {
      let journal = try state(scratch).journal
      let operation = try journal.begin("create", on: web, detail: #"{"from":"v1"}"#)
      let first = try journal.begin(step: "reserve", of: operation)
      try journal.finish(step: first, detail: #"{"block":3}"#)
      _ = try journal.begin(step: "worktree", of: operation, detail: #"{"path":"/w"}"#)
    }
    let journal = try #require(try State.existing(below: scratch.path)).journal
    let left = try #require(try journal.unfinished(of: web).first)
    #expect(left.verb == "create" && left.pid == Int(getpid()) && left.endedAt == nil)
    #expect(left.detail == #"{"from":"v1"}"#)
    let entries = try journal.entries(of: left.id)
    #expect(entries.map(\.step) == ["reserve", "worktree"])
    #expect(entries.map(\.state) == [.done, .begun])
    #expect(entries.map(\.detail) == [#"{"block":3}"#, #"{"path":"/w"}"#])
    try journal.note("more", forStep: "worktree", of: left.id)
    #expect(try journal.entries(of: left.id).map(\.detail) == [#"{"block":3}"#, "more"])

    for entry in entries.reversed() { try journal.undo(step: entry.id) }
    try journal.end(operation: left.id, as: .undone)
    #expect(try journal.unfinished().isEmpty)
    #expect(try journal.entries(of: left.id).map(\.detail) == [nil, nil])
    #expect(try journal.last(1, of: web).map(\.step) == ["worktree"])
    #expect(try journal.last(9, of: web).allSatisfy { $0.state == .undone && $0.endedAt != nil })
    #expect(try journal.last(9, of: EnvironmentName(stored: "api")).isEmpty)
  }

  @Test func trimmingKeepsTheLastAndWhatIsUnfinished() throws {
    let scratch = try Scratch()
    let journal = try state(scratch).journal
    let web = EnvironmentName(stored: "web")
    let unfinished = try journal.begin("create", on: web)
    let stuck = try journal.begin(step: "worktree", of: unfinished)
    for _ in 0..<5 {
      let operation = try journal.begin("up", on: web)
      try journal.fail(step: journal.begin(step: "start", of: operation))
      try journal.end(operation: operation, as: .failed)
    }
    try journal.trim(keeping: 2)
    let left = try journal.last(99, of: web)
    #expect(left.count == 3)
    #expect(left.last?.id == stuck)
    #expect(left.map(\.state) == [.failed, .failed, .begun])
  }

  @Test func aLostStateComesBackFromTheRegisterAndGit() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let project = try scratch.project("p", in: register)
    let web = try register.reserve(Reservation("web", of: project), for: project)
    let api = try register.reserve(Reservation("api", of: project), for: project)
    _ = try register.reserve(Reservation("cut", of: project), for: project)
    let half = try register.reserve(Reservation("half", of: project), for: project)
    for made in [web, api] { try register.recordCompose(variables: [:], services: [], of: made) }
    let rebuild = StateRebuild(
      ProjectRecord(name: "p", root: project.root, gitDirectory: project.gitDirectory),
      environments: try register.environments(ofRoot: project.root),
      worktrees: [
        StateRebuild.Worktree(path: project.root, branch: "main"),
        StateRebuild.Worktree(path: web.path, branch: "renamed"),
        StateRebuild.Worktree(path: api.path, branch: nil),
        StateRebuild.Worktree(path: half.path, branch: "branch/half"),
      ])
    #expect(!rebuild.isEmpty)
    let state = try State.creating(below: project.root)
    try rebuild.fill(state)
    try rebuild.fill(state)
    let found = try state.environments()
    #expect(found.map(\.name.text) == ["api", "cut", "half", "web"])
    #expect(found.map(\.branch) == ["", "branch/cut", "branch/half", "renamed"])
    #expect(found.map(\.status) == [.ready, .creating, .creating, .ready])
    #expect(found.map(\.setup) == [.done, .pending, .pending, .done])
    #expect(found[3].block == web.blocks.first?.number)
    #expect(found[3].composeProject == web.composeProject && found[3].session == web.session)
    #expect(found[3].createdAt == web.createdAt)
    #expect(try state.project()?.name == "p")
  }
}
