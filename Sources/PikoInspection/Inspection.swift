package import PikoCompose
package import PikoCore
package import PikoProject
import PikoSession
package import PikoStore
package import SystemPackage

/// What environments are doing: the databases for what there should be, **one** engine query for
/// what runs, git for the worktrees.
package struct Inspection {
  /// One environment as it was found.
  package struct Finding {
    package let record: EnvironmentRecord
    package let environment: Environment
    package private(set) var state: EnvironmentState
    package let leases: [PortLease]
    /// Its containers, stopped ones too; nil where the engine was not asked or did not answer.
    package let containers: [EngineContainer]?
    /// Processes on the host that the session of an environment without containers runs; nil where it
    /// has none.
    package let processes: EnvironmentAnswer.PartCount?
    /// The engine it was last started on and the one that was asked, where these are two and that one
    /// has nothing of it.
    let moved: (former: EngineAddress, now: EngineAddress)?
    /// Nil where git was not asked.
    package fileprivate(set) var git: GitAnswer?

    /// As `--json` gives it.
    package var answer: EnvironmentAnswer {
      var answer = EnvironmentAnswer(
        environment, state: state, leases: leases,
        createdAt: record.createdAt.map { Timestamp.rfc3339($0) }, git: git)
      answer.processes = processes
      if processes != nil { answer.containers = nil }
      return answer
    }

    /// The same where some of the containers that run are found to be started again and again.
    package func counting(restarting count: Int) -> Finding {
      guard count > 0 else { return self }
      var finding = self
      switch state {
      case .running(let running, let total), .degraded(let running, let total):
        finding.state = .degraded(max(0, running - count), of: total)
      default: break
      }
      return finding
    }
  }

  private let projects: [Project]
  private let asksGit: Bool

  package init(of projects: [Project], git: Bool = true) {
    self.projects = projects
    asksGit = git
  }

  /// Every environment of the projects, by project and name.
  package func findings() throws -> [Finding] {
    let records = try records()
    return try told(findings(of: records, containers: asked(about: records)))
  }

  /// Every environment of the projects, and the services that run once for several of them.
  package func overview() throws -> (environments: [Finding], shared: [SharedFinding]) {
    let records = try records()
    let asked = try asked(about: records)
    var containers: [EngineContainer]?
    let environments = try findings(of: records) {
      containers = try asked()
      return containers
    }
    return (
      told(environments), try projects.flatMap { try SharedFinding.all(in: $0, containers) }
    )
  }

  /// Every environment where the engine's answer is there already: all containers that carry
  /// ``Label/environment``, or nil where none came.
  package func findings(among containers: [EngineContainer]?) throws -> [Finding] {
    try findings(of: records()) { containers }
  }

  /// The same, and a warning of what another engine has.
  private func told(_ findings: [Finding]) -> [Finding] {
    for other in OtherEngine.all(of: findings) {
      Output.warn(other.notice.message, because: other.notice)
    }
    return findings
  }

  private func records() throws(Failure) -> [(Project, EnvironmentRecord)] {
    var records: [(Project, EnvironmentRecord)] = []
    for project in projects {
      for record in try project.environments() { records.append((project, record)) }
    }
    return records
  }

  /// One environment.
  package func finding(of record: EnvironmentRecord, in project: Project) throws -> Finding {
    let entry = [(project, record)]
    let found = try told(findings(of: entry, containers: asked(about: entry)))
    guard let first = found.first else {
      throw Failure("internal error: nothing was found out about \(record.name.text.quoted)")
    }
    return first
  }

  /// The shared services that an environment uses.
  package func shared(of record: EnvironmentRecord, in project: Project) throws -> [SharedFinding] {
    let uses = try project.sharedUses(of: record)
    guard !uses.isEmpty else { return [] }
    return try SharedFinding.all(in: project, asked(about: [(project, record)])())
      .filter { uses.contains($0.service) }
  }

  /// - Parameter containers: gives the engine's answer, once it is needed.
  private func findings(
    of records: [(Project, EnvironmentRecord)], containers: () throws -> [EngineContainer]?
  ) throws -> [Finding] {
    let paths = records.map(\.1.path)
    let statuses = asksGit ? Ahead { Parallel.map(paths) { Inspection.git(at: $0) } } : nil
    let askedPanes = try panes(of: records)
    let containers = try containers()
    let panes = try askedPanes.map(known) ?? []
    var findings = try records.map { project, record in
      let environment = try project.environment(record.withBranchNow)
      let own = containers?.filter { $0.composeProject == record.composeProject && !$0.isOneOff }
      let hasContainers = try project.composeVariables(of: record)?.isEmpty != true
      let processes =
        hasContainers
        ? nil : EnvironmentSession(of: record, in: project).processes(among: panes)
      let active =
        record.name == .sharedServices
        ? try project.sharedNeeded() : try project.activeServices(of: record)
      let shared =
        hasContainers ? try project.sharedInsteadOfOwn(of: record, active: active) : []
      var state =
        shared.isEmpty
        ? Inspection.state(of: record, own ?? [], active: active, hasContainers: hasContainers)
        : Inspection.state(of: record, in: environment, by: shared, containers ?? [])
      // One that uses nothing but shared services, and was put down, is so whatever they do.
      if containers == nil, state == .stopped, shared.isEmpty || !record.rests,
        try project.composeVariables(of: record)?.isEmpty == false
      {
        state = .unknown
      }
      let mayBeElsewhere =
        state == .stopped && own?.isEmpty == true && record.isUp && hasContainers
      let moved = try mayBeElsewhere ? EngineAddress.moved(from: project.engine(of: record)) : nil
      if moved != nil { state = .unknown }
      return Finding(
        record: record, environment: environment,
        state: processes.map { state.counting($0.running, of: $0.total) } ?? state,
        leases: try project.leases(of: record), containers: own,
        processes: processes.map { EnvironmentAnswer.PartCount($0.running, of: $0.total) },
        moved: moved)
    }
    for (index, status) in try (statuses?.value() ?? []).enumerated() {
      findings[index].git = status
    }
    return findings
  }

  /// The panes of all sessions, by one question to each tmux server that piko uses, asked now while
  /// git is asked too; nil where every environment has containers.
  private func panes(
    of records: [(Project, EnvironmentRecord)]
  ) throws -> Ahead<[Tmux.Pane]>? {
    let others = try records.filter { project, record in
      try project.composeVariables(of: record)?.isEmpty == true
    }
    guard !others.isEmpty, Tmux().exists else { return nil }
    let servers = try others.compactMap { project, record in try project.sessionServer(of: record) }
    return Ahead { try Tmux.panes(alsoAt: Set(servers)) }
  }

  /// The panes, or none and a warning where tmux does not answer.
  private func known(_ panes: Ahead<[Tmux.Pane]>) throws -> [Tmux.Pane] {
    do {
      return try panes.answer()
    } catch {
      try Interrupt.check()
      Output.warn("\(error.message); what runs in the windows of sessions is not known")
      return []
    }
  }

  /// The containers of all environments by one query; nil where no project here has containers.
  ///
  /// - Throws: where there are some and no engine answers.
  package func containers() throws(Failure) -> [EngineContainer]? {
    try uses(records()) ? Engine().containers(labels: [Label.environment]) : nil
  }

  /// The same, asked now while git is asked too; nil and a warning where no engine answers.
  private func asked(
    about records: [(Project, EnvironmentRecord)]
  ) throws -> () throws -> [EngineContainer]? {
    guard try uses(records) else { return { nil } }
    let answer = Ahead { try Engine().containers(labels: [Label.environment]) }
    return {
      do {
        return try answer.value()
      } catch let error as Failure {
        Output.warn("\(error.message); what its containers do is not known")
        return nil
      }
    }
  }

  private func uses(_ records: [(Project, EnvironmentRecord)]) throws(Failure) -> Bool {
    for (project, record) in records
    where try !(project.composeVariables(of: record) ?? [:]).isEmpty { return true }
    return false
  }

  /// What a record and its containers amount to.
  ///
  /// Containers that ended with 0 beside running ones are one-shot services that have done their
  /// work; any other end is a failure of a part, unless the service is not meant to be up: its
  /// profile is off, or the model has it no more. A service that is meant to be up and has no
  /// container is missing, and a paused container does not run.
  ///
  /// - Parameters:
  ///   - active: the services that are meant to be up; nil where that is not known.
  ///   - hasContainers: whether there are any to be had; false where its model is known to have none.
  package static func state(
    of record: EnvironmentRecord, _ containers: [EngineContainer], active: Set<String>?,
    hasContainers: Bool
  ) -> EnvironmentState {
    switch record.status {
    case .creating: return .creating
    case .destroying: return .destroying
    case .ready: break
    }
    guard FileCopy.isDirectory(record.path) else { return .broken }
    guard containers.contains(where: \.isAlive) else {
      return hasContainers || record.rests ? .stopped : .ready
    }
    let running = containers.filter { $0.state == .running }
    let missing = (active ?? []).subtracting(containers.compactMap(\.service))
    let wanted = containers.filter { container in
      let isMeant = active.flatMap { active in container.service.map(active.contains) } ?? true
      return container.isAlive
        || isMeant && !(container.state == .exited && container.exitCode == 0)
    }
    let total = wanted.count + missing.count
    let isWell = running.allSatisfy { $0.health != .unhealthy } && total == running.count
    return isWell ? .running(running.count, of: total) : .degraded(running.count, of: total)
  }

  /// The same of an environment all of whose services are shared: it is as these are, unless it was
  /// put down itself.
  private static func state(
    of record: EnvironmentRecord, in environment: Environment, by services: Set<String>,
    _ containers: [EngineContainer]
  ) -> EnvironmentState {
    let composeProject = Naming.sharedComposeProject(of: environment.project)
    let standing = containers.filter { container in
      record.isUp && container.composeProject == composeProject && !container.isOneOff
        && container.service.map(services.contains) == true
    }
    return state(of: record, standing, active: services, hasContainers: true)
  }

  /// What git says of a worktree, within two seconds; what it said where nothing has changed since.
  package static func git(at path: FilePath) -> GitAnswer {
    let memory = StatusMemory(of: path)
    if let known = memory?.answer() { return known }
    let began = StatusMemory.now
    // Without a repository of its own, git would tell of the one above.
    let unknown = GitAnswer(changed: nil, ahead: nil, behind: nil)
    guard let own = ProjectRoot.gitDirectories(of: path)?.own else { return unknown }
    // What is too large to be remembered is not looked at for that.
    let keeps = memory != nil && !WorktreeFingerprint.isTooLarge(index: own.appending("index"))
    guard let status = try? Git(in: path).status(listsIgnored: keeps, timeout: .seconds(2))
    else { return unknown }
    let answer = GitAnswer(
      changed: status.uncommitted, ahead: status.divergence?.ahead,
      behind: status.divergence?.behind)
    if keeps { memory?.keep(answer, of: status, began: began) }
    return answer
  }
}
