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
  /// gone.
  ///
  /// - Returns: whether there was any.
  func end() -> Bool {
    guard !processes().isEmpty else { return false }
    let start = ContinuousClock.now
    var asked: Set<Int32> = []
    while true {
      let left = processes()
      if left.isEmpty { return true }
      let isLate = ContinuousClock.now > start + .seconds(10)
      if ContinuousClock.now > start + .seconds(12) { return true }
      for process in left where isLate || asked.insert(process).inserted {
        Glibc.kill(process, isLate ? SIGKILL : SIGTERM)
      }
      Pause.short()
    }
  }

  /// Its descendants, and what else is of its session of processes: a process whose parent ended
  /// belongs to nobody else.
  private func processes() -> [Int32] {
    guard first > 1, let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
    else {
      return []
    }
    let all = names.compactMap { Int32($0) }.compactMap(Entry.init(of:))
    var found: Set<Int32> = [first]
    var grew = true
    while grew {
      let more = all.filter {
        !found.contains($0.id) && (found.contains($0.parent) || $0.session == first)
      }
      grew = !more.isEmpty
      found.formUnion(more.map(\.id))
    }
    return found.subtracting([first]).sorted()
  }

  /// A process that lives (proc(5), `/proc/pid/stat`).
  private struct Entry {
    let id: Int32
    let parent: Int32
    let session: Int32

    init?(of id: Int32) {
      guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
      // The name in parentheses may hold anything.
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.lastIndex(of: ")") else { return nil }
      let fields = text[end...].dropFirst().split(separator: " ")
      guard fields.count > 3, fields[0] != "Z", fields[0] != "X", let parent = Int32(fields[1]),
        let session = Int32(fields[3])
      else { return nil }
      self.id = id
      self.parent = parent
      self.session = session
    }
  }
}

/// Short waits between two looks.
enum Pause {
  static func short() { usleep(20_000) }
}
