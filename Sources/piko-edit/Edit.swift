import ArgumentParser
import PikoCore
import PikoProject
import PikoStore

/// Opens an environment's worktree in the user's editor, by becoming it.
struct Edit: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-edit", abstract: "Open an environment's worktree in an editor",
    usage: """
      piko-edit [NAME]
      piko-edit --all
      """)

  @Flag(name: .long, help: "All environments, in one workspace.") var all = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    guard !all || name == nil else { throw Misuse("'--all' and a name exclude each other") }
    let project = try Project.current()
    if all {
      let workspace = try Workspace(of: project)
      let editor = try Editor.find()
      try workspace.write()
      try editor.become(opening: workspace.file, in: project.root, environment: .inherited())
    }
    let record = try project.environment(name)
    guard FileCopy.isDirectory(record.path) else {
      throw Failure(
        "the worktree of environment \(record.name.text.quoted) is gone: "
          + "there is no \(Paths.display(record.path).quoted)",
        hint: "to remove what is left of it, run 'piko destroy \(record.name)'")
    }
    try Editor.find().become(
      opening: record.path, in: record.path,
      environment: .forUser(setting: project.variables(of: record)))
  }
}
