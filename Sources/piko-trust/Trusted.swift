import PikoConfig
import PikoCore
import PikoProject
import PikoStore

/// What of a project is approved, and by whom it is used now.
struct Trusted {
  let answer: Answer

  /// The answer of `--list`.
  struct Answer: Encodable {
    let approvals: [Content]
  }

  /// One content, approved or only wanted.
  struct Content: Encodable {
    let digest: String
    /// Absent where it is not approved.
    let approvedAt: String?
    /// Environments that would use it now.
    var environments: [String]
    /// Whether the main checkout's file has it.
    var isRoots: Bool
    /// What would be run, where the content is still to be found.
    var runs: [String]?
  }

  init(in project: Project) throws {
    var contents: [Content] = []
    if let register = project.register,
      let registered = try register.projects.project(atRoot: project.root)
    {
      for approval in try register.approvals.all() where approval.projectName == registered.name {
        contents.append(
          Content(
            digest: approval.digest, approvedAt: Timestamp.rfc3339(approval.approvedAt),
            environments: [], isRoots: false))
      }
    }
    var places: [(environment: String?, configuration: ProjectConfiguration)] = []
    func read(_ environment: EnvironmentRecord?) {
      do {
        let configuration = try Configuration.load(
          root: project.root, worktree: environment?.path)
        places.append((environment?.name.text, configuration))
      } catch {
        Output.warn(error.message)  // one broken file hides no other
      }
    }
    read(nil)
    for environment in try project.environments() { read(environment) }
    for place in places {
      guard let wanted = Approval.needed(for: place.configuration) else { continue }
      var index = contents.firstIndex { $0.digest == wanted.digest }
      if index == nil {
        index = contents.count
        contents.append(
          Content(digest: wanted.digest, approvedAt: nil, environments: [], isRoots: false))
      }
      guard let index else { continue }
      contents[index].runs = wanted.summary
      if let environment = place.environment {
        contents[index].environments.append(environment)
      } else {
        contents[index].isRoots = true
      }
    }
    answer = Answer(approvals: contents)
  }

  let header = ["CONTENT", "APPROVED", "USED BY"]

  var rows: [[String]] {
    answer.approvals.map { content in
      let users = (content.isRoots ? ["main checkout"] : []) + content.environments
      return [
        String(content.digest.prefix(12)), content.approvedAt ?? "no",
        users.isEmpty ? "nothing" : users.joined(separator: ", "),
      ]
    }
  }
}
