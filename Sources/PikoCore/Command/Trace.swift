package import SystemPackage

/// `PIKO_TRACE=1` shows every child process with its time on standard error.
package enum Trace {
  package static let isOn = ProcessEnvironment.value("PIKO_TRACE") != nil

  /// Writes one line about a child that has ended.
  package static func child(
    _ arguments: [String], in directory: FilePath?, status: Int32, took: Duration
  ) {
    guard isOn else { return }
    let milliseconds = took / .milliseconds(1)
    let time = "\(Int(milliseconds)).\(Int(milliseconds * 10) % 10) ms"
    let place = directory.map { " in \($0.string.quoted)" } ?? ""
    let command = arguments.map { $0.contains(" ") ? $0.quoted : $0.masked }
    Output.report("trace: \(time) (\(status)) \(command.joined(separator: " "))\(place)\n")
  }
}
