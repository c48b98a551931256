import PikoCore
import Testing

@testable import PikoCompose

@Suite struct ImagesIsolationTests {
  static let built = """
    services:
      web:
        image: registry.example.org:5000/Shop/web:1
        build: {context: ., tags: ["shop/web:x", "shop/web:y"], labels: {a: b}}
      worker: {image: "registry.example.org:5000/Shop/web:1", command: work}
      plain: {build: .}
      other: {image: "busybox:1"}
    """

  @Test func whatIsBuiltGetsAPrivateTagAndItsUsersToo() throws {
    let text = Self.built.replacing("Shop", with: "shop")
    let checkout = try Checkout(text)
    #expect(try checkout.plain()["services/web/image"] == checkout.main()["services/web/image"])
    let merged = try checkout.isolated()
    let tag: JSONValue = "piko-shop-auth/registry.example.org-5000/shop/web:1"
    #expect(merged["services/web/image"] == tag)
    #expect(merged["services/worker/image"] == tag)
    #expect(
      merged["services/web/build/tags"]
        == .array(["piko-shop-auth/shop/web:x", "piko-shop-auth/shop/web:y"]))
    #expect(merged["services/plain/image"] == "piko-shop-auth/plain")
    #expect(merged["services/other/image"] == "busybox:1")
    #expect(merged["services/web/build/labels/a"] == "b")
    #expect(merged["services/web/build/labels/dev.piko.environment"] == "auth")
  }

  @Test func aBuiltImageAsAFurtherContextIsThePrivateOne() throws {
    let merged = try Checkout(
      """
      services:
        base: {image: "shop/base:1", build: base}
        web:
          build: {context: ., additional_contexts: {base: "docker-image://shop/base:1"}}
      """
    ).isolated()
    #expect(
      merged["services/web/build/additional_contexts/base"]
        == "docker-image://piko-shop-auth/shop/base:1")
  }

  @Test func aPrivateTagIsNeverAskedForInARegistry() throws {
    let merged = try Checkout(
      "services: {web: {image: a/b, build: ., pull_policy: build}, two: {image: 'a/b:latest'}}"
    ).isolated()
    #expect(merged["services/web/pull_policy"] == "build")
    #expect(merged["services/two/image"] == "piko-shop-auth/a/b")
    #expect(merged["services/two/pull_policy"] == "never")
  }

  @Test(arguments: [
    ("web", "p/web"), ("web:1", "p/web:1"), ("a/web@sha256:00", "p/a/web"),
    ("localhost:5000/web", "p/localhost-5000/web"), ("GHCR.io/a/web:V1", "p/ghcr.io/a/web:V1"),
  ])
  func aPrivateTagKeepsTheOldName(_ reference: String, _ expected: String) {
    #expect(ImagesRule.privateImage(reference, "p") == expected)
  }

  @Test func aBuiltServiceAndAnImageOfItsNameDoNotMeet() throws {
    let merged = try Checkout(
      "services: {web: {build: a}, api: {build: b, image: web}}"
    ).isolated()
    #expect(merged["services/web/image"] != merged["services/api/image"])
  }
}
