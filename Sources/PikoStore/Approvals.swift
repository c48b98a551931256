package import PikoCore

/// What the user allowed projects to run, by a digest of its content.
package struct Approvals {
  let database: Database

  /// One approval.
  package struct Approval: Sendable, Hashable {
    package let projectName: String
    package let digest: String
    /// Seconds since 1970.
    package let approvedAt: Int
  }

  /// Every approval, by project, the latest first.
  package func all() throws(Failure) -> [Approval] {
    try database.rows(
      """
      SELECT name, digest, \(seconds("approved_at"))
      FROM approvals JOIN projects ON projects.id = project_id
      ORDER BY name, approved_at DESC, digest
      """
    ) { Approval(projectName: $0.text(0), digest: $0.text(1), approvedAt: $0.integer(2)) }
  }

  /// Whether the content of a digest may be run for a project.
  package func contains(_ digest: String, for project: RegisteredProject) throws(Failure) -> Bool {
    try database.row(
      "SELECT 1 FROM approvals WHERE project_id = ? AND digest = ?", .integer(project.id),
      .text(digest)
    ) { $0.flag(0) } ?? false
  }

  /// Allows the content of a digest for a project; again is no error.
  package func add(_ digest: String, for project: RegisteredProject) throws(Failure) {
    try database.execute(
      "INSERT INTO approvals (project_id, digest) VALUES (?, ?) ON CONFLICT DO NOTHING",
      .integer(project.id), .text(digest))
  }

  /// Takes every approval of a project back and gives their number.
  package func revoke(of project: RegisteredProject) throws(Failure) -> Int {
    try database.execute("DELETE FROM approvals WHERE project_id = ?", .integer(project.id))
    return database.changes
  }
}
