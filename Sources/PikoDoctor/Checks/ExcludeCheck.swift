import PikoCore
import PikoGit
import PikoLifecycle
import PikoProject
import SystemPackage

/// Whether git is told to leave out what piko makes.
struct ExcludeCheck: Check {
  let name = "exclude"

  func run(in site: Site) throws -> [Finding] {
    var findings: [Finding] = []
    for project in site.projects where try !project.environments().isEmpty {
      let file = project.location.commonDirectory.appending("info").appending("exclude")
      let missing = Self.missing(in: ShortFile.text(file) ?? "")
      guard !missing.isEmpty else { continue }
      let lines = missing.map(\.quoted).joined(separator: " and ")
      findings.append(
        .mendable(.warning, "\(Paths.display(file).quoted) lacks \(lines)") {
          try Exclusion.apply(to: Repository(holding: project.location.commonDirectory))
          return "added \(lines)"
        })
    }
    return findings
  }

  /// The patterns that a text lacks.
  static func missing(in text: String) -> [String] {
    let lines = Set(text.split(separator: "\n").map(String.init))
    return Exclusion.patterns.filter { !lines.contains($0) }
  }
}
