import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// The example projects that piko brings along: each is created, used and destroyed.
@Suite struct ExampleTests {
  @Test func allAreTested() throws {
    #expect(
      SourceTree.names(in: "share/piko/examples")
        == ["no-containers", "several-files", "shared", "web"])
  }

  /// They name an image that anybody can pull, in one place.
  @Test(arguments: ["several-files", "shared", "web"])
  func namesAPublicImage(example: String) throws {
    let variables = try SourceTree.text(of: FilePath("share/piko/examples/\(example)/.env"))
    #expect(variables.contains("\nBASE_IMAGE=busybox:1.37\n"))
    let compose = try SourceTree.text(of: FilePath("share/piko/examples/\(example)/compose.yaml"))
    #expect(compose.contains("${BASE_IMAGE}") && !compose.contains("busybox"))
  }

  @Test(.tags(.engine), .engine) func webCountsItsVisitsInADatabaseOfEachBranch() async throws {
    let project = try Self.project("web", in: try await Sandbox.withEngine())
    try Self.createBoth(in: project)
    for visit in ["<title>red: visit 1</title>", "<title>red: visit 2</title>"] {
      #expect(try project.page(of: "red").contains(visit))
    }
    #expect(try project.page(of: "blue").contains("<title>blue: visit 1</title>"))
    try Self.destroyBoth(in: project)
  }

  @Test(.tags(.engine), .engine) func severalFilesAreAllRead() async throws {
    let project = try Self.project("several-files", in: try await Sandbox.withEngine())
    try Self.createBoth(in: project)
    try project.sandbox.write(
      "<h1>Hello from red</h1>\n", to: project.worktree("red").pushing("site/index.html"))
    #expect(try project.page(of: "red") == "<h1>Hello from red</h1>\n")
    #expect(try project.page(of: "blue").contains("<h1>Hello from the main branch</h1>"))
    // The second file's service, with a volume of its own in each.
    for name in ["red", "blue"] {
      let written = try project.piko(
        "exec", name, "mail", "--", "sh", "-c", "echo dear \(name) > /mail/letter")
      #expect(written.status == 0, "\(written)")
    }
    for name in ["red", "blue"] {
      let mail = try project.port("mail", 8025, of: name)
      #expect(try Wire.http(mail, path: "/letter") == "dear \(name)\n")
    }
    try project.sandbox.git("checkout", "-q", "--", ".", in: project.worktree("red"))
    try Self.destroyBoth(in: project)
  }

  @Test(.tags(.engine), .engine) func oneDatabaseServesAllBranchesOfTheSharedExample() async throws
  {
    let project = try Self.project("shared", in: try await Sandbox.withEngine())
    try Self.createBoth(in: project)
    #expect(try project.page(of: "red") == "red: visit 1\n")
    #expect(try project.page(of: "blue") == "blue: visit 2\n")
    try project.create("green", "--isolate", "db", "--yes")
    #expect(try project.page(of: "green") == "green: visit 1\n")
    let green = try project.piko("destroy", "green", "--volumes", "--delete-branch")
    #expect(green.status == 0, "\(green)")
    try Self.destroyBoth(in: project)
    let shared = try project.piko("destroy", "shared", "--volumes")
    #expect(shared.status == 0, "\(shared)")
  }

  @Test func noContainersAreNeeded() throws {
    let sandbox = try Sandbox()
    let project = try Self.project("no-containers", in: sandbox)
    try Self.createBoth(in: project)
    try sandbox.write(
      "<h1>Hello from red</h1>\n", to: project.worktree("red").pushing("public/index.html"))
    // What the session's window serves, as soon as it does.
    for (name, wanted) in [("red", "Hello from red"), ("blue", "Hello from the main branch")] {
      let port = try project.port("web", 8000, of: name)
      var page = ""
      let isServed = try Sessions.waits {
        page = (try? Wire.http(port)) ?? ""
        return page.contains(wanted)
      }
      #expect(isServed, "\(name): \(page)")
    }
    try sandbox.git("checkout", "-q", "--", ".", in: project.worktree("red"))
    let destroyed = try project.piko("destroy", "red", "blue", "--delete-branch")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try project.states() == [])
  }

  // MARK: - The projects

  /// A copy of an example as its reader has it: a git repository.
  static func project(_ example: String, in sandbox: Sandbox) throws -> LiveProject {
    let prefix = try Newcomer.installation(in: sandbox)
    let root = sandbox.root.appending(example)
    try sandbox.output(
      "cp",
      ["-R", prefix.pushing("share/piko/examples").appending(example).string, root.string])
    try sandbox.git("init", "-q", in: root)
    try sandbox.git("add", "-A", in: root)
    try sandbox.git("commit", "-q", "-m", "Begin", in: root)
    return LiveProject(at: root, in: sandbox)
  }

  static func createBoth(in project: LiveProject) throws {
    for name in ["red", "blue"] { try project.create(name, "--yes") }
    let states = try project.states()
    #expect(states.count == 2 && states.allSatisfy { $0.contains(" running") }, "\(states)")
  }

  static func destroyBoth(in project: LiveProject) throws {
    let destroyed = try project.piko("destroy", "red", "blue", "--volumes", "--delete-branch")
    #expect(destroyed.status == 0, "\(destroyed)")
    for name in ["red", "blue"] { #expect(try project.objects(of: name).isEmpty) }
    let branches = try project.sandbox.git("branch", "--format=%(refname:short)", in: project.root)
    #expect(branches == "main")
  }
}
