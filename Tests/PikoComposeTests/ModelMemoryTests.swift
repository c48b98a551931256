import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

/// What Compose said before is taken again where nothing that it was made of has changed, and only
/// there.
@Suite struct ModelMemoryTests {
  private static let text = """
    services:
      web:
        image: "x:${TAG}"
        ports: ["8080:80"]
        build: {context: ./web}
        environment: {COPY: "${COMPOSE_PROJECT_NAME}", PATHS: "/srv"}
        volumes: ["data:/data", "./site:/site:ro"]
      db: {image: y, networks: [back]}
    volumes: {data: }
    networks: {back: {name: fixed}}
    """

  /// Reads the model of a checkout, its models remembered beside the first checkout.
  private func read(
    _ checkout: Checkout, in memory: Checkout, name: String = "piko-shop-auth"
  ) throws -> Compose.Reading {
    let project = ComposeProject(
      name: name, directory: checkout.worktree, files: try ComposeFiles.find(in: checkout.worktree))
    return try Compose(rememberingIn: memory.root.appending("models"))
      .model(of: project, root: checkout.root, remembering: true)
  }

  @Test func theSameFilesAreAskedAboutOnce() throws {
    let checkout = try Checkout(Self.text, files: [".env": "TAG=1"])
    let first = try read(checkout, in: checkout)
    let second = try read(checkout, in: checkout)
    #expect(!first.isRemembered)
    #expect(second.isRemembered)
    #expect(first.model == second.model)
  }

  @Test func anotherWorktreeWithTheSameFilesHasTheSameModelInItsOwnPlace() throws {
    let one = try Checkout(Self.text, files: [".env": "TAG=1"])
    let other = try Checkout(Self.text, files: [".env": "TAG=1"])
    _ = try read(one, in: one)
    let moved = try read(other, in: one, name: "piko-shop-other")
    let asked = try read(other, in: other, name: "piko-shop-other")
    #expect(moved.isRemembered)
    #expect(!asked.isRemembered)
    #expect(moved.model == asked.model)
  }

  @Test(arguments: [
    ("compose.yaml", text + "\n# one more line"), (".env", "TAG=2"), (".env", ""),
    ("compose.override.yaml", "services: {web: {labels: {a: b}}}"),
  ])
  func aChangeIsAskedAbout(_ file: String, _ content: String) throws {
    let checkout = try Checkout(Self.text, files: [".env": "TAG=1"])
    _ = try read(checkout, in: checkout)
    try checkout.write(content, to: checkout.worktree.appending(file))
    let changed = try read(checkout, in: checkout)
    #expect(!changed.isRemembered)
    #expect(
      try changed.model
        == Compose(rememberingIn: nil).model(
          of: checkout.composeProject(), root: checkout.root
        ).model)
  }

  @Test func aNewDotEnvIsAskedAbout() throws {
    let checkout = try Checkout(Self.text.replacing("${TAG}", with: "1"))
    _ = try read(checkout, in: checkout)
    #expect(try read(checkout, in: checkout).isRemembered)
    try checkout.write("COMPOSE_PROJECT_NAME=x", to: checkout.worktree.appending(".env"))
    #expect(try !read(checkout, in: checkout).isRemembered)
  }

  /// Files that name others which Compose reads, a warning, paths outside, and texts that could be
  /// taken for the place.
  @Test(arguments: [
    "services: {web: {image: x, env_file: [local.env]}}",
    "services: {web: {image: x, extends: {file: base.yaml, service: base}}}",
    "include: [base.yaml]\nservices: {web: {image: x}}",
    "services: {web: {image: x, \"\\x65nv_file\": [local.env]}}",
    "services: {web: {image: 'x${NOWHERE_SET}'}}",
    "services: {web: {image: x, volumes: ['../out:/out']}}",
    "services: {web: {image: x, command: 'echo piko-shop-auth'}}",
  ])
  func whatIsNotWholeIsAskedAboutEachTime(_ text: String) throws {
    let checkout = try Checkout(
      text, files: ["base.yaml": "services: {base: {image: x}}", "local.env": "A=1"])
    for _ in 1...2 { #expect(try !read(checkout, in: checkout).isRemembered) }
  }

  @Test func nobodyElseCanReadWhatIsKept() throws {
    let checkout = try Checkout(Self.text, files: [".env": "TAG=1"])
    _ = try read(checkout, in: checkout)
    let folder = checkout.root.appending("models")
    let modes = try Program("stat").output(
      ["-c", "%a", folder.string] + Files.names(in: folder).map { folder.appending($0).string },
      failing: "cannot ask stat")
    #expect(modes == "700\n600\n")
  }
}
