import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `piko list` says about containers, by one question to the engine.
@Suite(.tags(.engine), .engine) struct ListStatesTests {
  private let compose =
    LiveProject.web.replacing(
      "volumes:\n  data:",
      with: """
          other:
            image: \(TestImage.tag)
            init: true
            stop_grace_period: 1s
            command: sleep 600
          once:
            image: \(TestImage.tag)
            command: "true"
        volumes:
          data:
        """)

  /// One that ends at once most of the time waits to be started again; one that lasts a while runs
  /// for as long, which the listing of all cannot tell from others.
  @Test func whatIsStartedAgainAndAgainDoesNotRun() async throws {
    let project = try LiveProject(
      """
      services:
        web: {image: \(TestImage.tag), command: "false", restart: always}
        slow: {image: \(TestImage.tag), command: sh -c 'sleep 4; exit 1', restart: always}

      """, in: try await Sandbox.withEngine())
    _ = try project.piko("create", "one")
    let end = ContinuousClock.now + .seconds(60)
    func slow() throws -> JSONValue? {
      let told = try JSONValue(parsing: Array(project.piko("status", "one", "--json").stdout.utf8))
      return told["services"]?.array?.first { $0["name"]?.string == "slow" }
    }
    while try slow()?["restarts"]?.integer ?? 0 == 0, ContinuousClock.now < end { usleep(100_000) }
    #expect(try slow()?["state"]?.string == "restarting")
    #expect(try project.piko("status", "one").stdout.hasPrefix("one: degraded 0/2\n"))
    _ = try project.docker("rm", "--force", "piko-project-one-slow-1")
    while try project.states() != ["one degraded 0/2"], ContinuousClock.now < end {
      usleep(50_000)
    }
    #expect(ContinuousClock.now < end)
  }

  @Test func showsRunningStoppedAndDegraded() async throws {
    let project = try LiveProject(compose, in: try await Sandbox.withEngine())
    for name in ["one", "two", "three"] { try project.create(name) }
    // The service that has done its work counts for nothing, once it has.
    let running = ["one running 2/2", "three running 2/2", "two running 2/2"]
    let end = ContinuousClock.now + .seconds(20)
    while try project.states() != running, ContinuousClock.now < end { usleep(100_000) }
    #expect(try project.states() == running)
    #expect(try project.compose("stop", in: "two").status == 0)
    _ = try project.docker("kill", "piko-project-three-other-1")
    #expect(try project.states() == ["one running 2/2", "three degraded 1/2", "two stopped"])
    let table = try project.piko("list")
    let rows = table.stdout.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    }
    #expect(rows.map { $0.prefix(2) }.dropFirst().map { $0[0] } == ["one", "three", "two"])
    #expect(rows.dropFirst().map { $0[2] } == ["running", "degraded", "stopped"], "\(table)")

    let requests = try CountingEngine(for: project.sandbox)
    let counted = try project.piko(
      "list", environment: ["DOCKER_HOST": requests.address, "PIKO_TRACE": "1"])
    // Their ages may have grown meanwhile.
    func withoutAges(_ transcript: Transcript) -> String {
      transcript.stdout.replacing(#/ +\d+[smhd] +/#, with: " ")
    }
    #expect(withoutAges(counted) == withoutAges(table), "\(counted)")
    let asked = try requests.all()
    #expect(asked.count == 1 && asked[0].contains("/containers/json"), "\(asked)")
    #expect(!counted.stderr.contains(" docker "), "\(counted)")

    // As many as there may be: the question stays one.
    for number in 1...17 { _ = try project.piko("create", "more-\(number)", "--no-start") }
    let before = try requests.all().count
    let listed = try project.piko("list", environment: ["DOCKER_HOST": requests.address])
    #expect(listed.stdout.split(separator: "\n").count == 21, "\(listed)")
    #expect(try requests.all().count == before + 1)
    for number in 1...17 { _ = try project.piko("destroy", "more-\(number)") }

    let without = try project.piko(
      "list", "--json", "--no-git", environment: ["DOCKER_HOST": "unix:///no/such/engine.sock"])
    #expect(without.status == 0)
    #expect(without.stderr.hasPrefix("warning: "), "\(without)")
    #expect(without.stderr.split(separator: "\n").count == 1, "\(without)")
    let told = try JSONValue(parsing: Array(without.stdout.utf8))["environments"]?.array
    #expect(told?.map { $0["state"] } == [.null, .null, .null])
    #expect(told?.map { $0["containers"] } == [.null, .null, .null])
  }
}
