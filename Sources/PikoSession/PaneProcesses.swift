import FoundationEssentials
import PikoCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What runs in a pane below the process that tmux started there.
struct PaneProcesses {
  private let first: Int32

  /// - Parameter first: the process that tmux started: it leads a session of processes (setsid(2)).
  init(of first: Int32) { self.first = first }

  /// Ends them all but the first one: politely, after ten seconds for good; waits until they are
  /// gone. One that leaves its parent and its session of processes meanwhile is ended all the same;
  /// one that had left both before, a daemon, belongs to nobody here.
  ///
  /// - Returns: whether there was any.
  func end() -> Bool {
    var known: Set<Entry.Identity> = []
    guard !look(&known).isEmpty else { return false }
    let start = ContinuousClock.now
    var asked: Set<Entry.Identity> = []
    while true {
      let left = look(&known)
      if left.isEmpty { return true }
      let isLate = ContinuousClock.now > start + .seconds(10)
      if ContinuousClock.now > start + .seconds(12) { return true }
      for process in left where isLate || asked.insert(process).inserted {
        Glibc.kill(process.id, isLate ? SIGKILL : SIGTERM)
      }
      Pause.short()
    }
  }

  /// Its descendants, what else is of its session of processes, for a process whose parent ended
  /// belongs to nobody else, and what was found before and lives.
  private func look(_ known: inout Set<Entry.Identity>) -> [Entry.Identity] {
    guard first > 1, let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
    else {
      return []
    }
    let all = names.compactMap { Int32($0) }.compactMap(Entry.init(of:))
    let before = known
    var found = Set(all.filter { before.contains($0.identity) }.map(\.identity.id)).union([first])
    var grew = true
    while grew {
      let more = all.filter {
        !found.contains($0.identity.id) && (found.contains($0.parent) || $0.session == first)
      }
      grew = !more.isEmpty
      found.formUnion(more.map(\.identity.id))
    }
    let left = all.map(\.identity).filter { $0.id != first && found.contains($0.id) }
    known.formUnion(left)
    return left
  }

  /// A process that lives (proc(5), `/proc/pid/stat`).
  private struct Entry {
    let identity: Identity
    let parent: Int32
    let session: Int32

    /// A process and no later one of the same number.
    struct Identity: Hashable {
      let id: Int32
      /// When it began, in ticks of the clock since the machine did.
      let began: UInt64
    }

    init?(of id: Int32) {
      guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
      // The name in parentheses may hold anything.
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.lastIndex(of: ")") else { return nil }
      let fields = text[end...].dropFirst().split(separator: " ")
      guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let parent = Int32(fields[1]),
        let session = Int32(fields[3]), let began = UInt64(fields[19])
      else { return nil }
      identity = Identity(id: id, began: began)
      self.parent = parent
      self.session = session
    }
  }
}

/// Short waits between two looks.
enum Pause {
  static func short() { usleep(20_000) }
}
