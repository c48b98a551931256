package import PikoCore
package import SystemPackage

/// Whose a thing in the engine is, told by its labels alone.
///
/// Labels cannot be changed on what exists: what was made before a project was moved keeps the label
/// of the root it had then.
package struct Owner: Sendable, Equatable {
  /// piko's name of the project.
  package let project: String
  /// The environment's name.
  package let environment: String
  package let composeProject: String
  /// The project's root, and those it had before it was moved.
  package let roots: [FilePath]
  /// Where the environment's override is: its worktree; nil where that is not known.
  package let worktree: FilePath?

  package init(
    project: String, environment: String, composeProject: String, roots: [FilePath],
    worktree: FilePath? = nil
  ) {
    self.worktree = worktree
    self.project = project
    self.environment = environment
    self.composeProject = composeProject
    self.roots = roots
  }

  /// Whether labels are the environment's: a project that came to lie at a former root has another
  /// name, as has its Compose project.
  package func owns(_ labels: [String: String]) -> Bool {
    guard labels[Label.environment] == environment,
      let root = Label.root(in: labels), roots.contains(root)
    else { return false }
    return labels[Label.project] == nil || labels[Label.project] == project
      || labels[Label.composeProject] == composeProject
  }

  /// Whether a container's labels tell that Compose made it in this environment, of a service that
  /// the override did not know yet: somebody added one and typed `docker compose up`.
  ///
  /// The name of the Compose project alone tells nothing, as anybody may give it: its files must be
  /// this worktree's own, at the place where it is now. A copy of the worktree is another's.
  package func made(_ labels: [String: String]) -> Bool {
    guard let worktree, mayHaveMade(labels) else { return false }
    // Compose puts a comma between the files, which may also be in their names.
    let files = ",\(labels[Label.composeFiles] ?? ""),"
    return files.contains(",\(worktree.appending(Override.fileName)),")
      || labels[Label.composeDirectory].map { FilePath($0) } == worktree
  }

  /// Whether labels are Compose's of this project, and none of piko's: as on a network or volume that
  /// Compose made in this environment, which has no label that tells where. Only together with a
  /// container of the environment that uses it is it known as its own.
  package func mayHaveMade(_ labels: [String: String]) -> Bool {
    labels[Label.composeProject] == composeProject && labels[Label.project] == nil
      && labels[Label.root] == nil && labels[Label.environment] == nil
  }
}

extension Environment {
  /// Whose labels its containers, networks, volumes and images carry.
  package var owner: Owner {
    Owner(
      project: project, environment: name.text, composeProject: composeProject,
      roots: [root] + formerRoots, worktree: path)
  }
}
