package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The projects of this user and their names.
package struct ProjectLedger {
  let database: Database

  /// Every project, by name.
  package func all() throws(Failure) -> [RegisteredProject] {
    try database.rows("\(ProjectLedger.selection) ORDER BY name", read: ProjectLedger.project)
  }

  /// The project at a root; nil where it is not registered.
  package func project(atRoot root: FilePath) throws(Failure) -> RegisteredProject? {
    try database.row(
      "\(ProjectLedger.selection) WHERE root = ?", .path(root), read: ProjectLedger.project)
  }

  /// The project at a root, registered where it is not yet.
  ///
  /// A name that another root has gets the first free suffix from `-2`. A root that is registered
  /// keeps its name while it has environments, whatever `name` says (compare
  /// ``RegisteredProject/askedName``); without any, it takes the new one. A project without
  /// environments whose root is gone gives its name up.
  ///
  /// - Parameter name: the name it should have, normalised already.
  /// - Throws: where the Compose project of its shared services is taken, and where another
  ///   repository has this root.
  package func register(
    root: FilePath, gitDirectory: FilePath, name: String
  ) throws(Failure) -> RegisteredProject {
    let known = try project(atRoot: root)
    let identity = ProjectRoot.identity(of: gitDirectory)
    if let known, known.askedName == name, known.gitDirectory == gitDirectory,
      known.identity == identity
    {
      return known
    }
    // The disk is asked here, before the transaction.
    if let known, known.gitDirectory != gitDirectory, exists(known.gitDirectory) {
      throw Failure(
        "cannot use \(Paths.display(root).quoted) for the repository "
          + "\(Paths.display(gitDirectory).quoted): it is the root of "
          + "\(Paths.display(known.gitDirectory).quoted)",
        hint: "give each repository a directory of its own: 'mkdir DIR && mv REPOSITORY DIR'",
        status: .cannotStart)
    }
    let holder = try database.row(
      "\(ProjectLedger.selection) WHERE name = ? AND root <> ?", .text(name), .path(root),
      read: ProjectLedger.project)
    let gone = holder.flatMap { exists($0.root) ? nil : $0 }
    return try database.transaction { () throws(Failure) in
      if let gone, try !isInUse(gone.id) {
        try database.execute("DELETE FROM projects WHERE id = ?", .integer(gone.id))
      }
      if let known = try project(atRoot: root) {
        try refresh(known, gitDirectory: gitDirectory, name: name)
      } else {
        try insert(root: root, gitDirectory: gitDirectory, name: name)
      }
      try database.execute(
        "UPDATE projects SET identity = ? WHERE root = ?", .optional(identity), .path(root))
      guard let made = try project(atRoot: root) else {
        throw Failure("internal error: the project was not written")
      }
      return made
    }
  }

  /// Forgets a project and its approvals.
  ///
  /// - Throws: where it has environments, or its shared services hold ports.
  package func forget(_ project: RegisteredProject) throws(Failure) {
    try database.transaction { () throws(Failure) in
      guard try !isInUse(project.id) else {
        throw Failure(
          "cannot forget project \(project.name.quoted): it has environments",
          hint: "to see them, run 'piko list --all'")
      }
      try database.execute("DELETE FROM projects WHERE id = ?", .integer(project.id))
    }
  }

  // MARK: Parts of a transaction

  private func insert(root: FilePath, gitDirectory: FilePath, name: String) throws(Failure) {
    let given = try freeName(for: name, except: nil)
    try database.execute(
      "INSERT INTO projects (name, asked_name, root, git_dir) VALUES (?, ?, ?, ?)", .text(given),
      .text(name), .path(root), .path(gitDirectory))
    try database.execute(
      "INSERT INTO environments (project_id, name, compose_project, shared) VALUES (?, ?, ?, 1)",
      .integer(database.lastInsertion), .text(EnvironmentName.sharedServices.text),
      .text(sharedProject(of: given)))
  }

  private func refresh(
    _ known: RegisteredProject, gitDirectory: FilePath, name: String
  ) throws(Failure) {
    try database.execute(
      "UPDATE projects SET git_dir = ? WHERE id = ?", .path(gitDirectory), .integer(known.id))
    guard known.askedName != name, try !isInUse(known.id) else { return }
    let given = try freeName(for: name, except: known.id)
    try database.execute(
      "UPDATE projects SET name = ?, asked_name = ? WHERE id = ?", .text(given), .text(name),
      .integer(known.id))
    try database.execute(
      "UPDATE environments SET compose_project = ? WHERE project_id = ? AND shared",
      .text(sharedProject(of: given)), .integer(known.id))
  }

  /// The name, or its first free suffix; the Compose project of the shared services must be free
  /// too.
  private func freeName(for name: String, except own: Int?) throws(Failure) -> String {
    let own = own ?? -1
    for number in 1... {
      let candidate = number == 1 ? name : "\(name)-\(number)"
      let isTaken =
        try database.row(
          "SELECT 1 FROM projects WHERE name = ? AND id <> ?", .text(candidate), .integer(own)
        ) { $0.flag(0) } ?? false
      if isTaken { continue }
      let holder = try RegisteredEnvironment.load(
        from: database, where: "compose_project = ? AND project_id <> ?",
        [.text(sharedProject(of: candidate)), .integer(own)]
      ).first
      guard let holder else { return candidate }
      if number > 1 { continue }
      throw Failure(
        "cannot register project \(name.quoted): the Compose project of its shared services, "
          + "\(sharedProject(of: name).quoted), is that of environment "
          + "\(holder.name.text.quoted) of project \(holder.projectName.quoted)",
        hint: "give the project another 'name:' in '.piko.yml', then run 'piko config --check'")
    }
    return name
  }

  func isInUse(_ project: Int) throws(Failure) -> Bool {
    try database.row(
      """
      SELECT 1 FROM environments WHERE project_id = ? AND
        (NOT shared OR EXISTS (SELECT 1 FROM blocks WHERE environment_id = environments.id))
      LIMIT 1
      """, .integer(project)
    ) { $0.flag(0) } ?? false
  }

  private func sharedProject(of name: String) -> String {
    "piko-\(name)-\(EnvironmentName.sharedServices)"
  }

  private func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withPlatformString { lstat($0, &status) } == 0
      || Errno.current != .noSuchFileOrDirectory
  }

  static let selection = "SELECT id, name, asked_name, root, git_dir, identity FROM projects"

  static func project(_ row: borrowing Statement) -> RegisteredProject {
    RegisteredProject(
      id: row.integer(0), name: row.text(1), askedName: row.text(2), root: row.path(3),
      gitDirectory: row.path(4), identity: row.optionalText(5))
  }
}
