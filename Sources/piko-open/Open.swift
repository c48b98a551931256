import ArgumentParser
import PikoCompose
import PikoConfig
import PikoCore
import PikoProject
import PikoStore

/// Shows the web page of an environment in a browser.
struct Open: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-open", abstract: "Open an environment in a browser")

  @Flag(name: .customLong("print"), help: "Print the URL instead.") var prints = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?
  @Argument(help: "The service, or the name under 'ports:' (default: as configured).")
  var service: String?

  func perform() throws {
    let project = try Project.current()
    let (record, service) = try subject(in: project)
    let containers = try containers(of: record, project)
    let port: WebPort
    do {
      port = try self.port(of: record, service, containers, project)
    } catch let failure as Failure where failure.hints.isEmpty {
      throw failure.hinting("to see the ports there are, run 'piko ports \(record.name)'")
    }
    if port.isOfOtherKind {
      Output.warn(
        "port \(port.lease.mapping.target) of service \(port.lease.mapping.service.quoted) is "
          + "known for something else than web pages")
    }
    if prints {
      Output.line(port.url)
      return
    }
    try requireRunning(port.lease.mapping.service, of: record, containers, project)
    guard let browser = try Browser.find() else {
      Output.line(port.url)
      Output.hint(
        "no browser was found; to name one, set 'browser:' in "
          + "\(Paths.display(try Paths.userConfiguration()).quoted) or BROWSER")
      return
    }
    Output.narrate("Opening \(port.url)")
    try browser.become(showing: port.url)
  }

  /// The environment and the service, which may also be a process on the host.
  private func subject(in project: Project) throws -> (EnvironmentRecord, String?) {
    if let name, service == nil, (try? project.environment(name)) == nil,
      let current = try? project.environment(nil),
      try project.leases(of: current).contains(where: { $0.mapping.service == name })
    {
      return (current, name)
    }
    let words = [name, service].compactMap(\.self)
    let subject = try Subject(words, in: project, of: "open", takesService: false)
    let isHost = try project.leases(of: subject.environment)
      .contains { $0.mapping.service == subject.rest.first }
    if subject.service == nil, isHost { return (subject.environment, subject.rest.first) }
    return (subject.environment, try Subject(words, in: project, of: "open").ended().service)
  }

  /// The port to show: of the named service, else of the one that `open:` names, else of all.
  private func port(
    of record: EnvironmentRecord, _ service: String?, _ containers: [EngineContainer]?,
    _ project: Project
  ) throws -> WebPort {
    var wishes: [WebPort.Wish] = []
    for container in containers ?? [] {
      guard let value = container.labels[WebPort.label], let service = container.service,
        let wish = try WebPort.Wish(service: service, label: value), !wishes.contains(wish)
      else { continue }
      wishes.append(wish)
    }
    let leases = try project.leases(of: record)
    let configured = try Configuration.load(root: project.root, worktree: record.path).open
    guard let wanted = service ?? configured else {
      return try WebPort(
        among: leases, wishes: wishes, of: "environment \(record.name.text.quoted)")
    }
    let source = service == nil ? " ('open:' in '.piko.yml')" : ""
    return try WebPort(
      among: leases.filter { $0.mapping.service == wanted }, wishes: wishes,
      of: "service \(wanted.quoted)\(source)")
  }

  /// The environment's containers by one engine query; nil where it has none, and where only the URL
  /// is wanted and no engine answers.
  private func containers(
    of record: EnvironmentRecord, _ project: Project
  ) throws -> [EngineContainer]? {
    guard try project.composeVariables(of: record)?.isEmpty == false else { return nil }
    let label = "\(Label.composeProject)=\(record.composeProject)"
    let found = Result { try Engine().containers(labels: [label]).filter { !$0.isOneOff } }
    return prints ? try? found.get() : try found.get()
  }

  private func requireRunning(
    _ service: String, of record: EnvironmentRecord, _ containers: [EngineContainer]?,
    _ project: Project
  ) throws {
    guard let containers, try project.services(of: record).contains(service),
      !containers.contains(where: { $0.service == service && $0.state == .running })
    else { return }
    throw Failure(
      "service \(service.quoted) of environment \(record.name.text.quoted) is not running",
      hint: "to start it, run 'piko up \(record.name)'")
  }
}
