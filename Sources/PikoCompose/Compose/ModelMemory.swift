import FoundationEssentials
import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What Compose answered about files that are still the same, so that it need not be asked again:
/// asking takes a tenth of a second.
///
/// An answer is kept only where everything that it was made of is known: the compose files, `.env`
/// files, the variables they name, and Compose itself. Files that lead to others, or that could hide
/// that they do, are asked about each time. An answer about one worktree serves for another one that
/// has the same files: their directories and project names are put in the place of each other.
struct ModelMemory: Sendable {
  /// A call of `docker compose config`.
  struct Question {
    let directory: FilePath
    let files: [FilePath]
    /// Its variables, with those that point it at the project.
    let variables: [String: String]
  }

  /// An answer to be kept or found.
  struct Entry: Equatable {
    /// Named by a hash of all that the answer depends on.
    fileprivate let file: FilePath
    fileprivate let directory: String
    /// The project's name; nil where Compose itself gives it one.
    fileprivate let name: String?
  }

  private struct Kept: Codable {
    let directory: String
    let name: String?
    let document: JSONValue
  }

  private static let version = "1"
  /// How many answers are kept.
  private static let capacity = 64

  /// The directory that answers are kept in, which only this user can read: they hold what `.env`
  /// holds. Nil where this user has no state directory yet.
  private let folder: FilePath?

  init(in folder: FilePath?) { self.folder = folder }

  /// Where the answer to a question is kept; nil where it must be asked.
  func entry(for question: Question) -> Entry? {
    guard let folder, Files.kind(folder.removingLastComponent()) == .directory,
      let compose = ComposeInstallation.stamp(), let home = question.variables["HOME"]
    else { return nil }
    let directory = question.directory.string
    let name = question.variables["COMPOSE_PROJECT_NAME"]
    var parts = [ModelMemory.version, compose, home]
    // Compose reads `.env` where it is run and where the first file lies.
    var texts: [String] = []
    let places = [question.directory] + question.files.prefix(1).map { $0.removingLastComponent() }
    let dotEnvs = places.map { $0.appending(".env") }
    for file in question.files + dotEnvs {
      guard let kind = Files.kind(file) else {
        guard dotEnvs.contains(file) else { return nil }
        parts.append("none")
        continue
      }
      guard kind == .file, let text = Files.text(file) else { return nil }
      texts.append(text)
      let isInside = file.starts(with: question.directory)
      let place = isInside ? String(file.string.dropFirst(directory.count)) : file.string
      parts += [place, text]
    }
    guard texts.allSatisfy(ModelMemory.isWhole) else { return nil }
    for (variable, value) in question.variables.sorted(by: { $0.key < $1.key }) {
      let isOwn = ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME"].contains(variable)
      let counts =
        variable.hasPrefix("COMPOSE_") || variable.hasPrefix("DOCKER_")
        || texts.contains { $0.contains(variable) }
      guard counts, !isOwn else { continue }
      parts += [variable, value]
      texts.append(value)
    }
    let isMovable = name.map { name in
      name.count >= 8 && directory.count >= 8
        && !texts.contains { $0.contains(name) || $0.contains(directory) }
    }
    if isMovable == false { return nil }
    if name == nil { parts.append(directory) }
    let key = parts.map { "\($0.utf8.count) \($0)" }.joined(separator: "\n")
    return Entry(
      file: folder.appending(SHA256.hexDigits(of: key.utf8)), directory: directory, name: name)
  }

  /// Whether a file says all that Compose reads for it: it names no other file that is read, and no
  /// escape could hide that it does.
  private static func isWhole(_ text: String) -> Bool {
    let leading = ["include", "extends", "env_file", "label_file", "\\x", "\\u", "\\U"]
    return !leading.contains { text.contains($0) }
  }

  /// The kept answer, as it would be given about this question's directory and project.
  func answer(_ entry: Entry) -> JSONValue? {
    guard let text = Files.text(entry.file),
      let kept = try? JSONDecoder().decode(Kept.self, from: Data(text.utf8)),
      (kept.name == nil) == (entry.name == nil)
    else { return nil }
    var changes = [(kept.directory, entry.directory)]
    if let old = kept.name, let new = entry.name { changes.append((old, new)) }
    return kept.document.replacing(changes.filter { $0.0 != $0.1 })
  }

  /// Keeps an answer; where that is not possible it is asked for again.
  func keep(_ document: JSONValue, as entry: Entry) {
    let kept = Kept(directory: entry.directory, name: entry.name, document: document)
    guard let folder, let data = try? JSONEncoder().encode(kept) else { return }
    _ = folder.withPlatformString { mkdir($0, 0o700) }
    _ = try? Files.replace(entry.file, with: String(decoding: data, as: UTF8.self), isPrivate: true)
    let names = Files.names(in: folder)
    guard names.count > ModelMemory.capacity else { return }
    let ages = names.map { (Files.stamp(folder.appending($0)) ?? "", $0) }.sorted { $0 < $1 }
    for (_, name) in ages.prefix(names.count - ModelMemory.capacity) {
      _ = folder.appending(name).withPlatformString { unlink($0) }
    }
  }
}

extension JSONValue {
  /// The same with texts, in keys too, put in the place of others.
  fileprivate func replacing(_ changes: [(String, String)]) -> JSONValue {
    let replace = { (text: String) in
      changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
    guard !changes.isEmpty else { return self }
    switch self {
    case .string(let text): return .string(replace(text))
    case .array(let items): return .array(items.map { $0.replacing(changes) })
    case .object(let members):
      return .object(
        Dictionary(
          members.map { (replace($0.key), $0.value.replacing(changes)) },
          uniquingKeysWith: { first, _ in first }))
    default: return self
    }
  }
}
