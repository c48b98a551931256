import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Shows the host ports of an environment.
struct Ports: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-ports", abstract: "Show an environment's ports",
    usage: "piko-ports [--env | --export | --json | -q] [--reassign] [NAME]")

  @Flag(name: .long, help: "Print NAME=VALUE lines.") var env = false
  @Flag(name: .long, help: "The same with 'export ' before each.") var export = false
  @Flag(name: .long, help: "Print JSON.") var json = false
  @Flag(name: .long, help: "Move those that other processes listen on.") var reassign = false
  @Flag(name: .shortAndLong, help: "Print the port numbers only.") var quiet = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    try requireOneForm()
    let project = try Project.current()
    let record = try project.environment(name, orShared: true)
    if reassign { try reassign(record, in: project) }
    try project.requireRegistered(record)
    let leases = try project.leases(of: record)
    if json {
      try Output.json(
        Answer(environment: record.name.text, ports: leases.map { PortAnswer($0) }))
    } else if env || export {
      var variables = Variables()
      variables.setPorts(leases, prefix: "")
      for (name, value) in variables.list {
        Output.line("\(export ? "export " : "")\(name)=\(value)")
      }
    } else if quiet {
      for lease in leases { Output.line(String(lease.port)) }
    } else {
      Output.table(
        header: ["SERVICE", "CONTAINER PORT", "HOST PORT"], rows: leases.map(\.row))
    }
  }

  private func requireOneForm() throws {
    let forms = [
      (env, "--env"), (export && !env, "--export"), (json, "--json"),
      (quiet && !reassign, "-q"),
    ].filter(\.0).map(\.1)
    guard forms.count > 1 else { return }
    throw Misuse("options '\(forms[0])' and '\(forms[1])' cannot be used together")
  }

  private func reassign(_ record: EnvironmentRecord, in project: Project) throws {
    Interrupt.trap()
    let narrator = Narrator(quiet: quiet)
    try LiveEnvironment.change(record, in: project, verb: "ports", narrator: narrator) {
      let moved = try $0.reassignTakenPorts(in: $1)
      for (from, to) in moved {
        narrator.finished(
          "Moved port \(from.lease.port) of \(from.lease.mapping.service), taken by "
            + "\(from.holder), to \(to)")
      }
      if moved.isEmpty {
        narrator.say(
          "no port of environment \(record.name.text.quoted) is taken by another process")
      } else if try !quiet && $0.mayHaveContainers {
        Output.hint("to have the containers take them, run 'piko up \(record.name)'")
      }
    }
  }

  private struct Answer: Encodable {
    let environment: String
    let ports: [PortAnswer]
  }
}

extension PortLease {
  /// The lease as the table shows it: the protocol where it is not TCP, the address where it is bound
  /// to one.
  fileprivate var row: [String] {
    let transport = mapping.transport == .tcp ? "" : "/\(mapping.transport.rawValue)"
    let address = mapping.address.isEmpty ? "" : "\(mapping.address):"
    return [mapping.service, "\(mapping.target)\(transport)", "\(address)\(port)"]
  }
}
