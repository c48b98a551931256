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

  /// The project of a repository that was at a root when last heard of: it is registered there, or
  /// was put aside for another repository that lies there now. Nil where there is none.
  ///
  /// - Parameter identity: what the repository is told by; nil where that is not known.
  package func project(
    lastAt root: FilePath, identity: String?
  ) throws(Failure) -> RegisteredProject? {
    if let known = try project(atRoot: root),
      identity == nil || known.identity == nil || known.identity == identity
    {
      return known
    }
    guard let identity else { return nil }
    return try database.row(
      """
      \(ProjectLedger.selection) WHERE identity = ?
        AND id IN (SELECT project_id FROM former_roots WHERE former_roots.root = ?)
      """, .text(identity), .path(root), read: ProjectLedger.project)
  }

  /// Every root that a project with environments had before it was moved, with its environments'
  /// names: what the engine labelled so then is theirs.
  package func formerPlaces() throws(Failure) -> [(root: FilePath, environment: EnvironmentName)] {
    try database.rows(
      """
      SELECT former_roots.root, environments.name FROM former_roots
      JOIN environments USING (project_id) WHERE NOT shared
      """
    ) { ($0.path(0), EnvironmentName(stored: $0.text(1))) }
  }

  /// Makes room at a root for another repository: what is registered there keeps all it has, below
  /// a root that is none, until the place it was moved to is known.
  ///
  /// - Returns: that root; nil where the project has nothing to keep, and was forgotten.
  package func putAside(_ project: RegisteredProject) throws(Failure) -> FilePath? {
    try database.transaction { () throws(Failure) in
      guard try isInUse(project.id) else {
        try database.execute("DELETE FROM projects WHERE id = ?", .integer(project.id))
        return nil
      }
      var number = 1
      func root() -> FilePath { FilePath("\(project.root).moved-\(number)") }
      while try self.project(atRoot: root()) != nil { number += 1 }
      try add(formerRoot: project.root, to: project)
      try database.execute(
        "UPDATE projects SET root = ? WHERE id = ?", .path(root()), .integer(project.id))
      return root()
    }
  }

  /// Records what tells the repository of a project from others now.
  package func setIdentity(_ identity: String, of project: RegisteredProject) throws(Failure) {
    try database.execute(
      "UPDATE projects SET identity = ? WHERE id = ?", .text(identity), .integer(project.id))
  }

  /// Records that a project was at a root once.
  package func add(formerRoot root: FilePath, to project: RegisteredProject) throws(Failure) {
    try database.execute(
      "INSERT OR IGNORE INTO former_roots (project_id, root) VALUES (?, ?)",
      .integer(project.id), .path(root))
  }
}
