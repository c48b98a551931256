import FoundationEssentials
import PikoCompose
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// One multi-root workspace of all environments, as Visual Studio Code and its kin read it
/// (code.visualstudio.com/docs/editor/multi-root-workspaces).
struct Workspace {
  let file: FilePath
  private let document: JSONValue

  /// What the file will say. Settings that an editor wrote into it stay, and so do folders that are
  /// no environments.
  ///
  /// - Throws: where there is no environment with a worktree, or the file is no JSON.
  init(of project: Project) throws {
    file = project.root.appending(".piko").appending(
      "\(try project.name() ?? "piko").code-workspace")
    let directory = project.root.appending(".piko").appending("worktrees")
    var folders: [JSONValue] = []
    for record in try project.environments() {
      guard FileCopy.isDirectory(record.path) else {
        Output.warn("the worktree of \(record.name.text.quoted) is gone; it is left out")
        continue
      }
      folders.append(
        .object(["name": .string(record.name.text), "path": .string(record.path.string)]))
    }
    guard !folders.isEmpty else {
      throw Failure("there is no environment to edit", hint: "to make one, run 'piko create NAME'")
    }
    var document = try Workspace.existing(file)
    let others = (document["folders"]?.array ?? []).filter { folder in
      guard let path = folder["path"]?.string else { return true }
      return !FilePath(path).starts(with: directory)
    }
    document["folders"] = .array(folders + others)
    self.document = document
  }

  /// Writes the file by a rename.
  func write() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(document), as: UTF8.self)
    try Files.replace(file, with: text + "\n")
  }

  private static func existing(_ file: FilePath) throws -> JSONValue {
    guard FileCopy.exists(file) else { return .object([:]) }
    guard let bytes = try? Data(contentsOf: URL(filePath: file.string)),
      let document = try? JSONValue(parsing: Array(bytes)), document.object != nil
    else {
      throw Failure(
        "cannot add to \(Paths.display(file).quoted): it is no JSON object without comments",
        hint: "to have it made again, run 'rm \(Paths.argument(file))'")
    }
    return document
  }
}
