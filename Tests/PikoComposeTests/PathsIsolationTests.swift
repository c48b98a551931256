import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

@Suite struct PathsIsolationTests {
  @Test func relativePathsThatLeaveTheWorktreeAreTakenFromTheRoot() throws {
    let checkout = try Checkout(
      """
      services:
        web:
          extends: {file: sub/base.yaml, service: base}
          build:
            context: ../lib
            additional_contexts: {shared: ../shared, image: "docker-image://busybox"}
          volumes: ["../assets:/assets:ro", "./own:/own", "/srv/data:/data:ro"]
          secrets: [token]
          configs: [settings]
          develop: {watch: [{path: ../src, action: sync, target: /src}]}
        two: {build: {context: ., dockerfile: ../Dockerfile.two}}
      secrets: {token: {file: ../token.txt}}
      configs: {settings: {file: ./settings.txt}}
      """, files: ["sub/base.yaml": "services: {base: {image: x, volumes: ['../../up:/up:ro']}}"])
    let plain = try checkout.plain()
    let outside = checkout.worktree.removingLastComponent()
    #expect(plain["services/web/build/context"]?.string == outside.appending("lib").string)
    let merged = try checkout.isolated()
    let above = checkout.root.removingLastComponent()
    #expect(merged["services/web/build/context"]?.string == above.appending("lib").string)
    #expect(
      merged["services/web/build/additional_contexts/shared"]?.string
        == above.appending("shared").string)
    #expect(merged["services/web/build/additional_contexts/image"] == "docker-image://busybox")
    #expect(
      merged["services/two/build/dockerfile"]?.string == above.appending("Dockerfile.two").string)
    let sources = (merged["services/web/volumes"]?.array ?? []).compactMap { $0["source"]?.string }
    #expect(
      Set(sources) == [
        above.appending("up").string, above.appending("assets").string,
        checkout.worktree.appending("own").string, "/srv/data",
      ])
    #expect(merged["services/web/develop/watch/0/path"]?.string == above.appending("src").string)
    #expect(merged["secrets/token/file"]?.string == above.appending("token.txt").string)
    #expect(
      merged["configs/settings/file"]?.string == checkout.worktree.appending("settings.txt").string)
  }

  @Test func aVolumesDeviceIsTakenFromTheRoot() throws {
    let checkout = try Checkout(
      """
      services: {web: {image: x, volumes: ["data:/data"]}}
      volumes: {data: {driver: local, driver_opts: {type: none, o: bind, device: ../data}}}
      """)
    let plan = try checkout.plan()
    let merged = try checkout.isolated(plan)
    let place = checkout.root.removingLastComponent().appending("data").string
    #expect(merged["volumes/data/driver_opts/device"]?.string == place)
    #expect(throws: Failure.self) { try plan.refuseWhatCannotBeIsolated() }
    let own = try checkout.isolated(choices: Choices(["data": .private]))
    #expect(own["volumes/data/driver_opts"] == nil)
  }

  static let binds = """
    services:
      web:
        image: x
        volumes:
          - /srv/uploads:/uploads
          - /srv/assets:/assets:ro
          - /var/run/docker.sock:/var/run/docker.sock
          - ./own:/own
          - ../beside:/beside
      worker: {image: x, volumes: ["/srv/uploads:/in"]}
    """

  @Test func writableBindsFromOutsideAreNamedAndRefusedWhenStrict() throws {
    let plan = try Checkout(Self.binds).plan()
    let named = plan.remarks.filter { $0.feature == .binds }
    #expect(named.count == 3)
    #expect(named.allSatisfy { $0.kind == .shared && $0.isRefusedWhenStrict })
    #expect(named.filter { $0.message.contains("'/srv/uploads'") }.count == 2)
    #expect(throws: Failure.self) { try plan.refuseWhatCannotBeIsolated() }
  }

  @Test func aWritableBindBecomesAVolumeByChoice() throws {
    let checkout = try Checkout(Self.binds)
    let plan = try checkout.plan(
      choices: Choices(["/srv/uploads": .private, "../beside": .shared]))
    let merged = try checkout.isolated(plan)
    let mount = merged["services/web/volumes/0"]
    #expect(mount?["type"] == "volume")
    #expect(mount?["target"] == "/uploads")
    #expect(merged["services/worker/volumes/0"]?["source"] == mount?["source"])
    let key = try #require(mount?["source"]?.string)
    #expect(merged["volumes/\(key)/name"]?.string == "piko-shop-auth_\(key)")
    #expect(merged["volumes/\(key)/labels/dev.piko.environment"] == "auth")
    #expect(plan.remarks.isEmpty)
    try plan.refuseWhatCannotBeIsolated()
  }

  @Test func ignoredFilesThatTheWorktreeLacksAreNamedWithTheLineToAdd() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, volumes: ["./local.conf:/etc/local.conf:ro", "./made:/made"], secrets: [key]}
      secrets: {key: {file: secret/key.txt}}
      """, inRootOnly: ["local.conf": "", "secret/key.txt": "", ".env": "A=1"])
    let remarks = try checkout.plan().remarks
    #expect(remarks.count == 3)
    for file in ["local.conf", "secret/key.txt", ".env"] {
      #expect(
        remarks.contains {
          $0.message.contains("'\(file)'")
            && $0.hint?.hasSuffix("copy: [\"\(file)\"]") == true
        })
    }
  }

  @Test func aMissingEnvFileIsAnErrorWithTheLineToAdd() throws {
    let checkout = try Checkout(
      "services: {web: {image: x, env_file: [config/local.env]}}",
      inRootOnly: ["config/local.env": "A=1"])
    let failure = try #require(throws: Failure.self) { try checkout.plain() }
    #expect(failure.message.contains("env file 'config/local.env' is missing"))
    #expect(failure.hints.first?.hasSuffix("copy: [\"config/local.env\"]") == true)
  }

  @Test(arguments: [
    "services: {web: {image: x, env_file: ../outside.yaml}}",
    "include: [../outside.yaml]\nservices: {web: {image: x}}",
    "services: {web: {extends: {file: ../outside.yaml, service: base}}}",
  ])
  func filesThatComposeReadsOutsideTheWorktreeAreNamed(_ text: String) throws {
    let checkout = try Checkout(text)
    try checkout.write("", to: checkout.root.removingLastComponent().appending("outside.yaml"))
    let failure = try #require(throws: Failure.self) { try checkout.plain() }
    #expect(failure.message.contains("outside.yaml"))
    #expect(failure.message.contains("relative path that leaves the worktree"))
    #expect(failure.hints.count == 1)
  }

  @Test func pathsWithDollarsQuotesAndUnicodeSurvive() throws {
    let checkout = try Checkout(
      "services: {web: {image: x, volumes: [\"../a$$b 'ü\\\"x:/x:ro\", '../y:/y:ro']}}")
    let merged = try checkout.isolated()
    let above = checkout.root.removingLastComponent()
    #expect(
      merged["services/web/volumes/0/source"]?.string
        == above.appending("a$$b 'ü\"x").string)
  }
}
