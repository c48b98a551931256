import PikoCore
import Support
import SystemPackage
import Testing

/// The examples of every page, typed into a shell on a terminal as they stand. Those of the tutorial
/// have their own tests.
@Suite(.tags(.engine), .engine) struct PageExampleTests {
  @Test func everyPageIsVisited() throws {
    let pages = try SourceTree.names(in: "man").filter { $0 != "piko-tutorial.7" }.filter {
      let page = try Page(FilePath("man/\($0)"))
      return !page.examples.isEmpty || page.sections.contains("EXAMPLES")
    }
    #expect(PageVisit.all.map(\.page).sorted() == pages.sorted())
  }

  /// One project for all pages: what one leaves, the next one finds.
  @Test func everyExampleDoesWhatItsPageSays() async throws {
    let scene = try PageScene(try await Sandbox.withEngine())
    for visit in PageVisit.all { try scene.follow(visit) }
  }
}
