import PikoCore
import PikoInspection
import PikoStore

/// Findings as the table shows them.
struct Listing {
  let header: [String]
  let rows: [[String]]

  /// The shared services come last, each as `SERVICE:shared` with those that use it.
  init(
    _ findings: [Inspection.Finding], _ shared: [SharedFinding], withProject: Bool, git: Bool
  ) {
    header =
      (withProject ? ["PROJECT"] : []) + ["NAME", "BRANCH", "STATE"] + (git ? ["CHANGES"] : [])
      + ["AGE", "PORTS"]
    let environments = findings.map { finding in
      (withProject ? [finding.environment.project] : [])
        + [
          finding.environment.name.text, finding.environment.branch.display, finding.state.display,
        ]
        + (git ? [Listing.changes(finding.git)] : [])
        + [
          finding.record.createdAt.map { Timestamp.age(of: $0) } ?? "",
          Listing.ports(finding.leases),
        ]
    }
    let services = shared.map { service in
      (withProject ? [service.project] : []) + ["\(service.service):shared", "", service.state]
        + (git ? [""] : [])
        + ["", Listing.ports(service)]
    }
    rows = environments + services
  }

  /// `clean`, or `3 ↑1 ↓2`: changed files, commits ahead, commits behind; `…` where git did not
  /// answer in time.
  private static func changes(_ git: GitAnswer?) -> String {
    guard let git, let changed = git.changed else { return "…" }
    var words = changed == 0 ? [] : ["\(changed)"]
    if let ahead = git.ahead, ahead > 0 { words.append("↑\(ahead)") }
    if let behind = git.behind, behind > 0 { words.append("↓\(behind)") }
    return words.isEmpty ? "clean" : words.joined(separator: " ")
  }

  private static func ports(_ leases: [PortLease]) -> String {
    leases.map { "\($0.mapping.service):\($0.isShared ? "shared" : "\($0.port)")" }
      .joined(separator: " ")
  }

  private static func ports(_ service: SharedFinding) -> String {
    (service.leases.map { "\($0.mapping.service):\($0.port)" }
      + ["(\(service.consumers.joined(separator: ", ")))"]).joined(separator: " ")
  }
}
