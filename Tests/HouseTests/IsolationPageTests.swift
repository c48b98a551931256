import FoundationEssentials
import PikoCompose
import Support
import SystemPackage
import Testing

/// `piko-isolation.7` says what the rules do, in the words that `create --explain` uses.
@Suite struct IsolationPageTests {
  private let page: String

  init() throws {
    let source = try SourceTree.text(of: "man/piko-isolation.7")
    page =
      source.split(separator: "\n")
      .map { $0.hasPrefix(".Pq ") ? String($0.dropFirst(4)) : String($0) }
      .joined(separator: " ").replacing("\\(aq", with: "'").replacing(" ;", with: ";")
  }

  @Test(arguments: Feature.allCases)
  func hasASectionForEachRule(feature: Feature) throws {
    let title = feature.rawValue.prefix(1).uppercased() + feature.rawValue.dropFirst()
    #expect(page.contains(".Ss \(title) "))
  }

  /// The reasons are the texts after `because:` in the rules, and what stands for a name in them.
  @Test func givesEveryReasonOfTheRules() throws {
    var reasons: Set<String> = []
    for file in SourceTree.swiftFiles(below: "Sources/PikoCompose/Isolation/Rules") {
      let text = try SourceTree.text(of: FilePath(file))
      for argument in text.split(separator: "because:").dropFirst() {
        // Up to the call's end: one text, or one of two.
        let call = argument.prefix { $0 != ")" }
        let texts = call.split(separator: "\"", omittingEmptySubsequences: false)
        for (index, piece) in texts.enumerated() where index % 2 == 1 {
          reasons.insert(String(piece))
        }
      }
    }
    #expect(reasons.count >= 15, "\(reasons.sorted())")
    for reason in reasons {
      let parts = reason.replacing("\\(owner", with: "NAME").split(separator: "NAME")
      for part in parts where part.count > 2 {
        #expect(page.contains(part), "the page does not say why: \(reason)")
      }
    }
  }
}
