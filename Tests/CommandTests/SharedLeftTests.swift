import PikoCore
import Support
import SystemPackage
import Testing

/// What ran shared outlives the last environment, and is not lost sight of.
@Suite(.tags(.engine), .engine) struct SharedLeftTests {
  @Test func theLastOneThatGoesNamesItAndDoctorDoes() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let shop = scene.project
    for name in ["a", "b"] { try shop.create(name) }
    let data = try scene.redis(of: "a")
    let first = try shop.piko("destroy", "a", "--volumes")
    #expect(first.status == 0 && !first.stderr.contains("hint"), "\(first)")
    let last = try shop.piko("destroy", "b", "--volumes")
    #expect(last.status == 0)
    #expect(
      last.stderr.hasSuffix(
        """
        no environment uses the shared services (redis) any more; their data is kept: piko-shop-shared_data
        hint: to remove all that is left of them, run 'piko destroy --volumes shared'

        """), "\(last)")
    let doctor = try shop.piko("doctor", "--fix").stdout
    #expect(
      doctor.contains(
        """
        warning orphans: shared services of '<root>/shop' are left, which has no environment: \
        container piko-shop-shared-redis-1, network piko-shop-shared, volume piko-shop-shared_data
                to mend it: piko destroy shared

        """), "\(doctor)")
    #expect(try shop.objects(of: "shared").count == 3)
    #expect(try shop.piko("destroy", "shared").status == 0)
    let kept = try shop.piko("doctor").stdout
    #expect(
      kept.contains(
        """
        ok      orphans: data of the shared services of '<root>/shop' was kept, which has no \
        environment: piko-shop-shared_data
                to remove it: piko destroy --volumes shared

        """), "\(kept)")

    // It serves again.
    try shop.create("c")
    #expect(try scene.redis(of: "c") == data)
    #expect(try shop.piko("doctor").stdout.contains("ok      orphans"))
    #expect(try shop.piko("destroy", "c", "-q").text == "status 0")

    // Nothing of it is in 'state.db' alone.
    try scene.sandbox.output("rm", ["-rf", shop.root.appending(".piko").string])
    let plan = try shop.piko("destroy", "shared", "--volumes", "--dry-run")
    #expect(plan.status == 0)
    #expect(
      plan.stdout == """
        environment  shared
        containers   redis
        network      piko-shop-shared
        volume       piko-shop-shared_data

        """)
    let gone = try shop.piko("destroy", "--volumes", "shared")
    #expect(gone.status == 0, "\(gone)")
    #expect(try shop.objects(of: "shared").isEmpty)
    #expect(try shop.piko("doctor").stdout.contains("ok      orphans"))
  }

  @Test func withoutDataDoctorRemovesIt() async throws {
    let sandbox = try await Sandbox.withEngine()
    let shop = try LiveProject(
      """
      services:
        web: {image: \(TestImage.tag), command: sleep 600, init: true, depends_on: [cache]}
        cache: {image: \(TestImage.tag), command: sleep 600, init: true}

      """, named: "shop", files: [".piko.yml": "shared: [cache]\n"], in: sandbox)
    try shop.create("a")
    let destroyed = try shop.piko("destroy", "a")
    #expect(
      destroyed.stderr.contains(
        "no environment uses the shared services (cache) any more; their containers are kept\n"))
    let mended = try shop.piko("doctor", "--fix").stdout
    #expect(mended.contains("mended  orphans: shared services of "), "\(mended)")
    #expect(try shop.objects(of: "shared").isEmpty)
    #expect(try shop.piko("doctor").stdout.contains("ok      orphans"))
  }

  @Test func whatSomebodyElsesContainerUsesIsNotTakenFromIt() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let shop = scene.project
    try shop.create("a")
    _ = try shop.piko("destroy", "a")
    let other = try shop.docker(
      "run", "-d", "-v", "piko-shop-shared_data:/v", TestImage.tag, "sleep", "600")
    scene.sandbox.whenDone { try $0.output("docker", ["rm", "-f", other], in: "/") }
    let refused = try shop.piko("destroy", "--volumes", "shared")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("cannot remove volume 'piko-shop-shared_data': container "))
    #expect(try shop.objects(of: "shared").count == 3)
    #expect(try shop.piko("destroy", "shared").status == 0)
  }
}
