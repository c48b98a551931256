package import PikoConfig

/// What a project supplies to be run, as `--json` and the server give it.
package struct ApprovalAnswer: Encodable, Sendable {
  /// What `--approve` takes.
  package let digest: String
  /// Whether the user still has to approve it.
  package let isNeeded: Bool
  /// It, a line of a terminal each.
  package let runs: [String]

  package init(_ approval: Approval, isNeeded: Bool) {
    digest = approval.digest
    runs = approval.summary
    self.isNeeded = isNeeded
  }
}
