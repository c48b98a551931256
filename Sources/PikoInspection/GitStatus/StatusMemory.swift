import PikoCompose
import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What git answered about a worktree that is still the same, so that git need not be started again:
/// starting it takes longer than looking whether anything has changed.
///
/// An answer is kept only where everything that it was made of is known and at rest
/// (``WorktreeFingerprint``, ``StatusSources``); it serves what is shown, never a decision about
/// what may be deleted.
struct StatusMemory {
  private let worktree: FilePath
  private let file: FilePath

  /// What is kept of one answer.
  private struct Kept {
    let fingerprint: UInt64
    let answer: GitAnswer
    let sources: [String]
    let ignored: [String]
  }

  private static let version = "piko git status 1"
  /// How many answers are kept.
  private static let capacity = 512
  /// How many paths are kept with one.
  private static let pathLimit = 1_000
  /// Nanoseconds in which a second change could leave a file's times as they are: two seconds, the
  /// coarsest that filesystems keep.
  private static let unrest = 2_000_000_000

  /// Nil where this user has no state directory yet.
  init?(of worktree: FilePath) {
    guard let state = try? Paths.stateDirectory(), FileCopy.isDirectory(state) else { return nil }
    self.worktree = worktree
    file = state.appending("git-status")
      .appending(String(FNV1a.hash(worktree.string), radix: 16))
  }

  /// Nanoseconds since 1970.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  /// The kept answer, where nothing has changed since.
  func answer() -> GitAnswer? {
    guard let kept = read(),
      let now = WorktreeFingerprint(
        of: worktree, sources: kept.sources, leavingOut: Set(kept.ignored.map { Array($0.utf8) })),
      now.value == kept.fingerprint
    else { return nil }
    return kept.answer
  }

  /// Keeps an answer, where it will be known whether it still holds.
  ///
  /// - Parameters:
  ///   - status: what it was made of, with what git ignores.
  ///   - began: ``now`` as it was before git was started.
  func keep(_ answer: GitAnswer, of status: WorktreeStatus, began: Int) {
    var ignored: [String] = []
    for path in status.ignored {
      guard let text = String(validating: path, as: UTF8.self) else { return }
      ignored.append(text)
    }
    let latest = began - StatusMemory.unrest
    let leftOut = Set(status.ignored)
    // What is worked on, or can never be kept, costs no second call of git.
    guard ignored.count <= StatusMemory.pathLimit,
      let files = WorktreeFingerprint(of: worktree, sources: [], leavingOut: leftOut),
      files.newest < latest,
      let sources = StatusSources.of(worktree, status), sources.count <= StatusMemory.pathLimit,
      let fingerprint = WorktreeFingerprint(of: worktree, sources: sources, leavingOut: leftOut),
      fingerprint.newest < latest
    else { return }
    write(
      Kept(
        fingerprint: fingerprint.value, answer: answer, sources: sources, ignored: ignored))
  }

  /// Fields end with a NUL, which no path holds.
  private func read() -> Kept? {
    guard let text = ShortFile.text(file) else { return nil }
    let fields = text.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 8, fields[0] == StatusMemory.version, fields[1] == worktree.string,
      let fingerprint = UInt64(fields[2], radix: 16), let changed = Int(fields[3]),
      let count = Int(fields[6]), count >= 0, fields.count >= 8 + count
    else { return nil }
    return Kept(
      fingerprint: fingerprint,
      answer: GitAnswer(changed: changed, ahead: Int(fields[4]), behind: Int(fields[5])),
      sources: Array(fields[7..<7 + count]), ignored: Array(fields[(7 + count)...].dropLast()))
  }

  private func write(_ kept: Kept) {
    guard let changed = kept.answer.changed else { return }
    let number = { (number: Int?) in number.map(String.init) ?? "" }
    let fields =
      [
        StatusMemory.version, worktree.string, String(kept.fingerprint, radix: 16),
        String(changed), number(kept.answer.ahead), number(kept.answer.behind),
        String(kept.sources.count),
      ] + kept.sources + kept.ignored
    let folder = file.removingLastComponent()
    _ = folder.withPlatformString { mkdir($0, 0o700) }
    _ = try? Files.replace(
      file, with: fields.map { $0 + "\0" }.joined(), isPrivate: true)
    guard let names = try? FileCopy.entries(of: folder), names.count > StatusMemory.capacity
    else { return }
    let ages = names.map { (FileCopy.modified(folder.appending($0)) ?? 0, $0) }
    for (_, name) in ages.sorted(by: { $0 < $1 }).prefix(names.count - StatusMemory.capacity) {
      _ = folder.appending(name).withPlatformString { unlink($0) }
    }
  }
}
