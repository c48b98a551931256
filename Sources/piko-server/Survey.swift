import PikoCompose
import PikoCore
import PikoInspection
import PikoProject
import PikoStore
import SystemPackage

/// What the page shows, read once: databases, one engine query, and what git said last.
struct Survey: Sendable {
  let projects: [ProjectAnswer]
  let environments: [EnvironmentView]
  let notices: [String]
  /// The databases as they were before they were read: another signature makes this out of date.
  let signatures: [FilePath: FileSignature]

  /// A project as the API gives it.
  struct ProjectAnswer: Encodable, Sendable {
    let name: String
    let root: String
  }

  /// Reads everything; blocks for as long as the engine takes.
  ///
  /// - Parameter git: what git said of each worktree, by its path.
  init(git: [FilePath: GitAnswer]) throws {
    let register = try Sites.register()
    var signatures = [register: FileSignature(ofDatabase: register)]
    let sites = try Sites()
    for project in sites.projects {
      let file = State.file(below: project.root)
      signatures[file] = FileSignature(ofDatabase: file)
    }
    self.signatures = signatures
    var notices = sites.notices
    let inspection = Inspection(of: sites.projects, git: false)
    var containers: [EngineContainer]?
    do {
      containers = try inspection.containers()
    } catch {
      notices.append(error.message)
    }
    var environments: [EnvironmentView] = []
    for project in sites.projects {
      let shared = try SharedFinding.all(in: project, containers)
      let findings = try Inspection(of: [project], git: false).findings(among: containers)
      notices += OtherEngine.all(of: findings).map(\.notice.message)
      for finding in findings {
        var answer = finding.answer
        answer.git = git[finding.record.path]
        let services = try ServiceFinding.all(
          of: finding, names: project.services(of: finding.record), isDetailed: false,
          measures: false)
        environments.append(
          EnvironmentView(
            answer, services.map { ServiceAnswer($0) },
            shared: shared.filter { $0.consumers.contains(answer.name) }.map(\.answer),
            path: finding.record.path))
      }
    }
    self.environments = environments
    self.notices = notices
    projects = try sites.projects.map { project in
      ProjectAnswer(name: try project.displayName(), root: project.root.string)
    }
  }

  /// What stays to be shown where nothing could be read.
  init(failing error: any Error, after last: Survey?) {
    projects = last?.projects ?? []
    environments = last?.environments ?? []
    signatures = Dictionary(
      (last?.signatures.keys.map { ($0, FileSignature(ofDatabase: $0)) }) ?? [],
      uniquingKeysWith: { first, _ in first })
    let failure = error as? Failure ?? Failure("internal error: \(error)")
    notices = [failure.message]
  }

  /// What is not of one environment.
  var overview: Overview { Overview(projects: projects, notices: notices) }

  struct Overview: Encodable, Sendable {
    let projects: [ProjectAnswer]
    /// What keeps the rest from being complete.
    let notices: [String]
  }

  /// What git says of every worktree now.
  func askGit() -> [FilePath: GitAnswer] {
    let paths = environments.map(\.path)
    let answers = Parallel.map(paths, threads: 4) { Inspection.git(at: $0) }
    return Dictionary(zip(paths, answers)) { first, _ in first }
  }
}

/// One environment as lists of the API give it: the keys of `piko list --json`, its services, and
/// those it shares with others.
struct EnvironmentView: Encodable, Sendable {
  let place: Place
  let path: FilePath
  private let answer: EnvironmentAnswer
  private let services: [ServiceAnswer]
  private let shared: [SharedFinding.Answer]

  /// What tells environments of all projects apart.
  struct Place: Hashable, Sendable, Encodable {
    let project: String
    let name: String
  }

  init(
    _ answer: EnvironmentAnswer, _ services: [ServiceAnswer], shared: [SharedFinding.Answer],
    path: FilePath
  ) {
    self.answer = answer
    self.services = services
    self.shared = shared
    self.path = path
    place = Place(project: answer.project, name: answer.name)
  }

  private enum Key: CodingKey { case services, sharedServices }

  func encode(to encoder: any Encoder) throws {
    try answer.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(services, forKey: .services)
    // As status --json: absent where it uses none.
    if !shared.isEmpty { try container.encode(shared, forKey: .sharedServices) }
  }
}
