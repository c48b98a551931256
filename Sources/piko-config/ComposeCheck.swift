import PikoCompose
import PikoConfig
import PikoCore
import SystemPackage

/// The compose files of a checkout, for what a configuration says of them.
struct ComposeCheck {
  /// What they have; nil where there are none yet, or where Compose cannot be asked.
  private(set) var names: ComposeNames?
  /// Those that `compose:` names and that nothing will bring there.
  private(set) var missing: [String] = []
  /// What is wrong in them.
  private(set) var mistakes: [ConfigurationCheck.Mistake] = []

  private let directory: FilePath
  private let root: FilePath

  /// - Parameters:
  ///   - directory: the checkout.
  ///   - root: the main one, whose `.piko.yml` names the files.
  init(of directory: FilePath, root: FilePath) {
    self.directory = directory
    self.root = root
    // Where it is wrong itself nothing is known.
    guard let compose = ConfigurationCheck.part(.compose, in: root)?.compose else { return }
    let absent = compose.filter { Self.isAbsent($0, in: directory) && Self.isAbsent($0, in: root) }
    if !absent.isEmpty {
      guard !comesLater(absent) else { return }
      missing = absent
    }
    let there = compose.filter { !Self.isAbsent($0, in: directory) }
    do throws(Failure) {
      let files = try ComposeFiles.find(in: directory, configured: there)
      if !files.isEmpty { read(files) }
    } catch {
      // Those that `.env` names, unless a script makes them.
      guard there.isEmpty, compose.isEmpty, !hasPrepare else { return }
      mistakes.append(
        ConfigurationCheck.Mistake(
          place: Failure.Place(file: directory.appending(".env"), line: 1, column: 1),
          reason: error.message))
    }
  }

  private static func isAbsent(_ name: String, in directory: FilePath) -> Bool {
    !FileCopy.exists(directory.pushing(FilePath(name)).lexicallyNormalized())
  }

  /// Whether files may be made with a worktree: by its `prepare` script, or as copies of what this
  /// checkout has not.
  private func comesLater(_ files: [String]) -> Bool {
    if hasPrepare { return true }
    let patterns = [
      ConfigurationCheck.part(.copy, in: root)?.copy,
      ConfigurationCheck.part(.link, in: root)?.link,
    ]
    return files.allSatisfy { file in
      patterns.contains { $0?.contains { Self.may($0, match: FilePath(file)) } ?? true }
    }
  }

  /// Whether a pattern of `copy:` may name a file, or a folder that it is in.
  private static func may(_ pattern: String, match file: FilePath) -> Bool {
    if pattern.contains(where: { "*?[!".contains($0) }) { return true }
    let parts = FilePath(pattern).lexicallyNormalized().components
    let path = file.lexicallyNormalized().components
    return path.starts(with: parts) || parts.count == 1 && path.contains { parts.first == $0 }
  }

  private var hasPrepare: Bool {
    let own = ConfigurationCheck.hasFile(in: directory) ? directory : root
    return ConfigurationCheck.part(.scripts, in: own).map { $0.scripts[.prepare] != nil } ?? true
  }

  /// Reads files, and where Compose refuses them those that are left without the wrong one.
  private mutating func read(_ files: [FilePath]) {
    guard (try? ComposeInstallation.found()) != nil else { return }
    var files = files
    var found = ComposeNames()
    found.directories = [directory]
    while !files.isEmpty {
      found.texts = files.map { Self.text(of: $0) }
      do {
        found.take(from: try Compose().mainModel(in: directory, files: files))
        names = found
        return
      } catch {
        guard let (mistake, file) = mistake(in: files) else { return }
        mistakes.append(mistake)
        found.unread.append(Self.text(of: file))
        files.removeAll { $0 == file }
      }
    }
    names = found
  }

  /// What is wrong in files that Compose refuses, and in which; nil where that may be for want of
  /// something that this checkout has not.
  private func mistake(
    in files: [FilePath]
  ) -> (ConfigurationCheck.Mistake, FilePath)? {
    let wrong = files.lazy.compactMap { file in
      ConfigurationCheck.syntaxMistake(in: file).map { ($0, file) }
    }
    if let first = wrong.first { return first }
    guard let complaint = try? Compose().complaint(in: directory, files: files) else { return nil }
    // What is wrong with them together is said of the last.
    guard let file = complaint.file ?? files.last else { return nil }
    let place = Failure.Place(file: file, line: 1, column: 1)
    return (ConfigurationCheck.Mistake(place: place, reason: complaint.reason), file)
  }

  private static func text(of file: FilePath) -> String { Files.text(file) ?? "" }
}

extension ComposeNames {
  /// Takes what a model has.
  fileprivate mutating func take(from model: Model) {
    services += model.services.map(\.name)
    profiles += model.services.flatMap(\.profiles)
    volumes += model.volumes.flatMap { [$0.key, $0.name.interpolated] }
    networks += model.networks.flatMap { [$0.key, $0.name.interpolated] }
    for service in model.services {
      for mount in service.mounts {
        guard let source = FilePath(absoluteInModel: mount["source"]?.string) else { continue }
        binds += [source.string]
        if let target = mount["target"]?.string { binds.append("\(service.name):\(target)") }
      }
    }
  }
}
