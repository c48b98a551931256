package import PikoCore
package import SystemPackage

extension ProjectLedger {
  /// The roots that the project at a root had before it was moved, in order: what the engine has of
  /// it from then still carries them.
  package func formerRoots(ofRoot root: FilePath) throws(Failure) -> [FilePath] {
    try database.rows(
      """
      SELECT former_roots.root FROM former_roots JOIN projects ON projects.id = project_id
      WHERE projects.root = ? ORDER BY former_roots.root
      """, .path(root)
    ) { $0.path(0) }
  }

  /// Records that a project was at a root once.
  package func add(formerRoot root: FilePath, to project: RegisteredProject) throws(Failure) {
    try database.execute(
      "INSERT OR IGNORE INTO former_roots (project_id, root) VALUES (?, ?)",
      .integer(project.id), .path(root))
  }
}
