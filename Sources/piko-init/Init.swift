import ArgumentParser
import PikoConfig
import PikoCore
import PikoProject
import SystemPackage

/// Writes a commented `.piko.yml` from what the compose files hold.
struct Init: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-init", abstract: "Write a first .piko.yml")

  @Flag(name: .long, help: "Print it, and write nothing.") var print = false
  @Flag(name: .shortAndLong, help: "Say nothing but errors.") var quiet = false

  func perform() throws {
    let root = try Project.current().root
    let file = root.appending(ProjectConfiguration.fileName)
    if !print, try Configuration.exists(in: root) { throw exists(file) }
    let findings = try Findings(in: root)
    let text = Starter(findings).text
    // What piko writes it must be able to read.
    _ = try ProjectConfiguration(parsing: Array(text.utf8), from: file)
    if !quiet { for warning in findings.warnings { Output.warn(warning.masked) } }
    guard !print else { return Output.write(text) }
    try write(text, to: file)
    Narrator(quiet: quiet).finished("Wrote \(Paths.display(file))")
  }

  /// Never over a file that is there: not even one that came up in this moment.
  private func write(_ text: String, to file: FilePath) throws {
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(
        file, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
    } catch Errno.fileExists {
      throw exists(file)
    } catch {
      throw Failure("cannot write \(Paths.display(file).quoted): \(error)")
    }
    do {
      _ = try descriptor.closeAfter { try descriptor.writeAll(text.utf8) }
    } catch {
      throw Failure("cannot write \(Paths.display(file).quoted): \(error)")
    }
  }

  private func exists(_ file: FilePath) -> Failure {
    Failure(
      "\(Paths.display(file).quoted) exists already",
      hint: "to see what a new one would say, run 'piko init --print'")
  }
}
