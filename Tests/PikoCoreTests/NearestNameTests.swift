import PikoCore
import Testing

@Suite struct NearestNameTests {
  private let verbs = ["create", "destroy", "up", "down", "run", "env", "ports", "list", "path"]

  @Test(arguments: [
    ("crate", "create"), ("creat", "create"), ("destory", "destroy"), ("dow", "down"),
    ("prots", "ports"), ("port", "ports"), ("PATH", "path"), ("ruN", "run"), ("pu", "up"),
    ("environment", "env"), ("lsit", "list"), ("create", "create"),
  ])
  func suggestsWhatWasMeant(_ typed: String, _ meant: String) {
    #expect(NearestName.of(typed, among: verbs) == meant)
  }

  @Test(arguments: ["", "x", "frobnicate", "zz", "tests", "ab", "deploy"])
  func suggestsNothingForWhatIsUnlike(_ typed: String) {
    #expect(NearestName.of(typed, among: verbs) == nil)
  }

  @Test func takesTheNearestAndOfEqualsTheFirst() {
    #expect(NearestName.of("shels", among: ["shared", "shells"]) == "shells")
    #expect(NearestName.of("cat", among: ["car", "cap"]) == "car")
    #expect(NearestName.of("a", among: [String]()) == nil)
  }

  @Test func longNamesAreNotCompared() {
    let long = String(repeating: "a", count: 100_000)
    #expect(NearestName.of(long, among: [long]) == nil)
  }
}
