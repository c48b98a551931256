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

  package init(project: String, environment: String, composeProject: String, roots: [FilePath]) {
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
}

extension Environment {
  /// Whose labels its containers, networks, volumes and images carry.
  package var owner: Owner {
    Owner(
      project: project, environment: name.text, composeProject: composeProject,
      roots: [root] + formerRoots)
  }
}
