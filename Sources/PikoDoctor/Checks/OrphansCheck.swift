import PikoCompose
import PikoControl
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// What the engine has with piko's labels of environments that are in no register and no
/// `state.db`.
///
/// Removed is only what belongs to a project of this user that is there to be asked. What carries
/// the label of another directory may be another user's: it is only named where that directory is
/// gone. Volumes are data: they are never removed here.
struct OrphansCheck: Check {
  let name = "orphans"

  /// What is left of one environment.
  struct Orphan: Equatable {
    let kind: String
    /// What the user knows it by.
    let name: String
    let id: String
    let labels: [String: String]

    var root: FilePath { Label.root(in: labels) ?? "" }
    var environment: String { labels[Label.environment] ?? "" }
    var owner: Owner {
      Owner(
        project: labels[Label.project] ?? "", environment: environment,
        composeProject: labels[Label.composeProject] ?? "", roots: [root])
    }
  }

  func run(in site: Site) throws -> [Finding] {
    guard let contents = site.engine.contents else { return [try .unasked(site)] }
    let owners = try site.environments().map { project, record in
      try project.environment(record).owner
    }
    // What a project that was moved has left labelled stays its own, whoever lies there now.
    let held = Set(
      try (site.register?.environments() ?? []).map { Self.key($0.root, $0.name.text) }
        + (site.register?.projects.formerPlaces() ?? []).map {
          Self.key($0.root, $0.environment.text)
        })
    var homes: [FilePath: FilePath] = [:]
    for project in site.projects {
      for root in try project.formerRoots() { homes[root] = project.root }
    }
    for project in site.projects { homes[project.root] = project.root }
    var findings: [Finding] = []
    let nameless = try site.register?.volumes.all() ?? []
    for orphan in Self.orphans(contents, nameless: nameless)
    where !held.contains(Self.key(orphan.root, orphan.environment))
      && !owners.contains(where: { $0.owns(orphan.labels) })
    {
      let home = homes[orphan.root]
      guard home != nil || site.isWhole && !FileCopy.exists(orphan.root) else { continue }
      let name = EnvironmentName(stored: orphan.environment)
      let place = home ?? orphan.root
      let worktree = place.pushing(ProjectRoot.worktrees).appending(orphan.environment)
      guard !FileCopy.exists(worktree), !site.isBusy(name, root: place) else { continue }
      if name == .sharedServices, try !areUnknown(in: site, root: home) { continue }
      findings.append(
        finding(orphan, isOwn: home != nil && name != .sharedServices, in: contents, site))
    }
    return try findings + sharedServices(in: site)
  }

  private func finding(
    _ orphan: Orphan, isOwn: Bool, in contents: EngineView.Contents, _ site: Site
  ) -> Finding {
    let text =
      "\(orphan.kind) \(orphan.name.quoted) is left of environment \(orphan.environment.quoted) of "
      + Paths.display(orphan.root).quoted
    let remove = Self.removal(of: orphan)
    let command = (["docker"] + remove).map(Quoting.word).joined(separator: " ")
    guard orphan.kind != "volume" else {
      return .kept(
        "volume \(orphan.name.quoted) is data that was kept of environment "
          + "\(orphan.environment.quoted) of \(Paths.display(orphan.root).quoted), which is gone",
        removal: command)
    }
    guard isOwn else { return .problem(.warning, text, command: command) }
    return .mendable(.warning, text) {
      // What the container mounts without a name stays, and is not lost sight of.
      try NamelessVolumes(of: orphan.owner, in: site.register, since: 0)
        .remember(contents.containers.filter { $0.id == orphan.id })
      _ = try Program("docker").output(
        remove, failing: "cannot remove \(orphan.kind) \(orphan.name.quoted)")
      return "removed it"
    }
  }

  /// Everything labelled, containers first: networks cannot go before them.
  ///
  /// - Parameter nameless: the volumes that cannot be labelled, there or not.
  static func orphans(
    _ contents: EngineView.Contents, nameless: [VolumeLedger.Entry] = []
  ) -> [Orphan] {
    func orphan(_ kind: String, _ name: String, _ id: String, _ labels: [String: String]) -> Orphan?
    {
      guard labels[Label.root] != nil, labels[Label.environment] != nil else { return nil }
      return Orphan(kind: kind, name: name, id: id, labels: labels)
    }
    let containers = contents.containers.compactMap {
      orphan("container", $0.names.first ?? $0.id, $0.id, $0.labels)
    }
    let networks = contents.networks.compactMap { orphan("network", $0.name, $0.id, $0.labels) }
    let volumes = contents.volumes.compactMap {
      orphan("volume", $0.name, $0.name, $0.labels ?? [:])
    }
    let images = contents.images.flatMap { image -> [Orphan] in
      let labels = image.labels ?? [:]
      guard let project = labels[Label.project], let environment = labels[Label.environment] else {
        return []
      }
      // A tag that somebody gave the image elsewhere is theirs.
      let own = Naming.composeProject(
        project: project, environment: EnvironmentName(stored: environment))
      return (image.tags ?? []).filter { $0.hasPrefix("\(own)/") }
        .compactMap { orphan("image", $0, $0, labels) }
    }
    let others = nameless.filter { contents.volumeNames.contains($0.volume) }
      .compactMap { orphan("volume", $0.volume, $0.volume, $0.labels) }
    return containers + networks + images + volumes + others
  }

  /// The arguments that make docker remove it. Anonymous volumes stay.
  static func removal(of orphan: Orphan) -> [String] {
    switch orphan.kind {
    case "container": ["rm", "--force", orphan.name]
    case "image": ["image", "rm", orphan.name]
    default: [orphan.kind, "rm", orphan.name]
    }
  }

  private static func key(_ root: FilePath, _ environment: String) -> String {
    "\(environment)\u{0}\(root.string)"
  }
}
