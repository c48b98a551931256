import PikoCore
import PikoStore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether the register and every project's `state.db` are whole. A damaged file is moved aside and
/// never deleted; what it held is made again from the other databases, git and the engine.
struct DatabasesCheck: Check {
  let name = "databases"

  func run(in site: Site) throws -> [Finding] {
    let directory = site.stateDirectory
    var findings = finding(Register.file(in: directory)) { () throws(Failure) in
      _ = try Register.existing(in: directory)
    } remake: {
      try Self.remakeRegister(in: site)
    }
    for root in site.roots.map(\.root) {
      findings += finding(State.file(below: root)) { () throws(Failure) in
        _ = try State.existing(below: root)
      } remake: {
      }
    }
    return findings
  }

  private func finding(
    _ file: FilePath, opening open: () throws(Failure) -> Void,
    remake: @escaping () throws -> Void
  ) -> [Finding] {
    let shown = Paths.display(file)
    guard let damage = DatabaseDamage.find(in: file) else {
      let closed = unusable(file)
      guard closed.isEmpty else { return closed }
      do throws(Failure) {
        try open()
        return []
      } catch {
        return [.problem(.error, error.message, command: error.command)]
      }
    }
    return [
      .mendable(.error, "\(shown.quoted) is damaged: \(damage)") {
        let aside = try Self.setAside(file)
        try remake()
        return "moved it to \(Paths.display(aside).quoted) and made it again"
      }
    ]
  }

  /// A file that is whole, as far as can be seen, and still cannot be used.
  private func unusable(_ file: FilePath) -> [Finding] {
    guard FileCopy.exists(file),
      file.withPlatformString({ access($0, R_OK | W_OK) }) != 0
    else { return [] }
    return [
      .problem(
        .error, "cannot use \(Paths.display(file).quoted): \(Errno.current)",
        command: "chmod u+rw \(Paths.argument(file))")
    ]
  }

  /// Makes the register again with the projects that can be found: those whose roots the engine's
  /// labels name and this user owns. Their environments are entered by ``EnvironmentsCheck``.
  private static func remakeRegister(in site: Site) throws {
    let register = try Register.creating(in: site.stateDirectory)
    for root in site.engine.roots where isOwn(root) {
      guard let project = try? State.existing(below: root)?.project(),
        let location = try? ProjectRoot.locate(root: root, gitDirectory: project.gitDirectory),
        location.root == root
      else { continue }
      _ = try register.projects.register(
        root: root, gitDirectory: location.commonDirectory, name: project.name)
    }
  }

  private static func isOwn(_ root: FilePath) -> Bool {
    var status = stat()
    return root.withPlatformString { stat($0, &status) } == 0 && status.st_uid == getuid()
  }

  /// Renames a database with what SQLite keeps beside it to the first free `NAME.damaged-N`.
  static func setAside(_ file: FilePath) throws -> FilePath {
    var number = 1
    while FileCopy.exists(FilePath("\(file).damaged-\(number)")) { number += 1 }
    let aside = FilePath("\(file).damaged-\(number)")
    for suffix in DatabaseDamage.companions + [""] {
      let from = FilePath("\(file)\(suffix)")
      let to = FilePath("\(aside)\(suffix)")
      if FileCopy.exists(from) { try FileCopy.rename(from, to: to) }
    }
    return aside
  }
}
