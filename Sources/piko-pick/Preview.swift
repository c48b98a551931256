import PikoCore
import PikoInspection
import PikoProject
import PikoStore
import SystemPackage

/// What is shown of an environment beside its name: state, ports, last commits, changed files.
struct Preview {
  let text: String

  init(of record: EnvironmentRecord, in project: Project) throws {
    let finding = try Inspection(of: [project], git: false).finding(of: record, in: project)
    var parts = ["\(record.name): \(finding.state.display)\n"]
    let ports = finding.leases.map { "\($0.mapping.service):\($0.port)\n" }.joined()
    if !ports.isEmpty { parts.append(ports) }
    if FileCopy.isDirectory(record.path) {
      for arguments in [
        ["log", "-5", "--format=%h %s", "--no-show-signature"],
        ["--no-optional-locks", "status", "--short", "--branch"],
      ] {
        if let said = try? Git(in: record.path).run(arguments, timeout: .seconds(2)),
          said.succeeded,
          !said.output.isEmpty
        {
          parts.append(said.text)
        }
      }
    }
    text = parts.joined(separator: "\n")
  }
}
