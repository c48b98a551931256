package import PikoCompose
import PikoConfig
package import PikoCore
package import PikoProject
package import PikoStore
package import SystemPackage

/// What there is to be examined, as it is now: this user's register, the projects asked for, the
/// engine.
package struct Site {
  package let stateDirectory: FilePath
  /// Nil where there is none or it cannot be used.
  package let register: Register?
  /// The project around this directory; nil outside any.
  package let current: ProjectRoot?
  /// Whether every project of this user is meant, and not the current one alone.
  package let isWhole: Bool
  /// The roots of the projects that are meant and there.
  package let roots: [ProjectRoot]
  /// Those of them whose databases can be used.
  package let projects: [Project]
  package let engine: EngineView

  /// - Parameter isWhole: whether every project of this user is meant; outside any project it is.
  package init(engine: EngineView, isWhole: Bool) throws(Failure) {
    self.engine = engine
    stateDirectory = try Paths.stateDirectory()
    register = try? Register.existing(in: stateDirectory)
    current = try? ProjectRoot.locate()
    self.isWhole = isWhole || current == nil
    var roots = current.map { [$0] } ?? []
    let known = self.isWhole ? (try? register?.projects.all()) ?? [] : []
    for known in known where FileCopy.isDirectory(known.root) {
      guard !roots.contains(where: { $0.root == known.root }),
        let located = try? ProjectRoot.locate(root: known.root, gitDirectory: known.gitDirectory),
        located.root == known.root
      else { continue }
      roots.append(located)
    }
    self.roots = roots
    projects = roots.compactMap { try? Project(at: $0) }
  }

  /// Every environment of these projects.
  package func environments() throws -> [(project: Project, record: EnvironmentRecord)] {
    try projects.flatMap { project in try project.environments().map { (project, $0) } }
  }

  /// Whether anything here has containers.
  package func usesContainers() throws -> Bool {
    if let current, let files = try? ComposeFiles.find(in: current.root), !files.isEmpty {
      return true
    }
    return try environments().contains { project, record in
      try !(project.composeVariables(of: record) ?? [:]).isEmpty
    }
  }

  /// Whether some piko works on an environment now.
  package func isBusy(_ name: EnvironmentName, root: FilePath) -> Bool {
    FileLock.holder(of: FileLock.file(of: name, root: root, in: stateDirectory)) != nil
  }

  /// Whether a name is no environment of a project, and no piko is about to make it one.
  package func isLeftOver(_ name: EnvironmentName, in project: Project) throws -> Bool {
    try !isBusy(name, root: project.root)
      && !project.environments().contains { $0.name == name }
  }

  /// Does something on an environment that nobody else may work on meanwhile.
  package func locking<Value>(
    _ name: EnvironmentName, root: FilePath, _ work: () throws -> Value
  ) throws -> Value {
    let file = FileLock.file(of: name, root: root, in: stateDirectory)
    let lock = try FileLock.acquire(file, activity: "piko doctor", wait: false)
    defer { lock.release() }
    return try work()
  }

  /// A project as messages name it.
  package func shown(_ name: EnvironmentName, of root: FilePath) -> String {
    let place = current?.root == root ? "" : " of \(Paths.display(root).quoted)"
    return "environment \(name.text.quoted)\(place)"
  }

  /// A command of piko's for a project, wherever it is typed.
  package func command(_ words: String, in root: FilePath) -> String {
    if current?.root == root { return "piko \(words)" }
    let entrance = roots.first { $0.root == root }?.entrance ?? root
    return "piko -C \(Paths.argument(entrance)) \(words)"
  }
}

/// What the engine has of piko's, asked once.
package final class EngineView {
  /// Everything there that carries piko's labels.
  package struct Contents {
    package let containers: [EngineContainer]
    package let networks: [EngineNetwork]
    package let volumes: [EngineVolume]
    /// The names of all volumes, piko's or not.
    package let volumeNames: Set<String>
    package let images: [EngineImage]
    /// The subnets of all networks, piko's or not.
    package let subnets: [Subnet]
  }

  /// The contents, or why they cannot be known.
  package let answer: Result<Contents, Failure>

  package init() {
    let engine = Engine()
    let labels = [Label.root, Label.environment]
    answer = Result { () throws(Failure) in
      Contents(
        containers: try engine.containers(labels: labels),
        networks: try engine.networks(labels: labels),
        volumes: try engine.volumes(labels: labels),
        volumeNames: Set(try engine.volumes().map(\.name)),
        images: try engine.images(labels: labels),
        subnets: try engine.networks().flatMap(\.subnets).compactMap { Subnet($0) })
    }
  }

  package var contents: Contents? { try? answer.get() }

  /// The project roots that labels name: of any user, of any register.
  package var roots: [FilePath] {
    guard let contents else { return [] }
    let labels =
      contents.containers.map(\.labels) + contents.networks.map(\.labels)
      + contents.volumes.map { $0.labels ?? [:] }
    return Self.roots(in: labels)
  }

  private static func roots(in labels: [[String: String]]) -> [FilePath] {
    Set(labels.compactMap { Label.root(in: $0) }).sorted { $0.string < $1.string }
  }

  /// The roots that are no more and that what an environment has in the engine was labelled with
  /// before its project was moved.
  func formerRoots(of reservation: Reservation) -> [FilePath] {
    guard let contents else { return [] }
    let labels = contents.containers.map(\.labels) + contents.volumes.map { $0.labels ?? [:] }
    let own = labels.filter {
      $0[Label.composeProject] == reservation.composeProject
        && $0[Label.environment] == reservation.name.text
    }
    return Self.roots(in: own).filter { !FileCopy.exists($0.appending(".piko")) }
  }

  /// The containers that carry the labels of an environment at a root, whatever its project's name.
  func traces(of name: EnvironmentName, root: FilePath) -> [EngineContainer] {
    (contents?.containers ?? []).filter {
      Label.root(in: $0.labels) == root && $0.labels[Label.environment] == name.text
    }
  }

  /// The networks that carry these labels.
  func networks(of name: EnvironmentName, root: FilePath) -> [EngineNetwork] {
    (contents?.networks ?? []).filter {
      Label.root(in: $0.labels) == root && $0.labels[Label.environment] == name.text
    }
  }

  /// The containers of an environment.
  package func containers(of environment: Environment) -> [EngineContainer] {
    let owner = environment.owner
    return (contents?.containers ?? []).filter { owner.owns($0.labels) }
  }
}
