import PikoCore
import Support
import SystemPackage
import Testing

/// A person who has never seen piko, with the tutorial's page and nothing else.
@Suite(.tags(.engine), .engine) struct TutorialTests {
  @Test func itsCommandsAloneLeadToTwoRunningBranchesAndAwayAgain() async throws {
    let sandbox = try await Sandbox.withEngine()
    let newcomer = try Newcomer(sandbox, in: sandbox.root)
    let project = LiveProject(at: sandbox.root.appending("shop"), in: sandbox)
    let examples = try Page("man/piko-tutorial.7").examples
    #expect(examples.count > 20)
    let beforeBranches = try #require(examples.lastIndex { $0.section == "Two branches" })
    for (index, example) in examples.enumerated() {
      let seen = try newcomer.type(example.command)
      for line in example.shown {
        #expect(
          Newcomer.saw(line, in: seen),
          "$ \(example.command)\ndid not say\n\(line)\nbut\n\(seen.joined(separator: "\n"))")
      }
      if index == beforeBranches {
        #expect(try project.states() == ["blue running 2/2", "red running 2/2"])
      }
    }
    #expect(try project.states() == [])
    for name in ["red", "blue"] { #expect(try project.objects(of: name).isEmpty) }
    #expect(try sandbox.git("branch", "--format=%(refname:short)", in: project.root) == "main")
    #expect(try sandbox.read("shop/web/index.cgi").contains("Guests:"))
  }
}
