import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A process that lives (proc(5), `/proc/pid/stat`).
package struct ProcessEntry: Sendable {
  /// A process and no later one of the same number.
  package struct Identity: Sendable, Hashable {
    package let id: Int32
    /// When it began, in ticks of the clock since the machine did.
    let began: UInt64
  }

  package let identity: Identity
  package let parent: Int32
  /// The process that leads its group (setpgid(2)): a shell gives each of its jobs one.
  package let group: Int32
  /// The process that leads its session (setsid(2)).
  package let session: Int32
  /// The number of its controlling terminal; 0 for none.
  package let terminal: Int32
  /// Whether it was stopped, by Ctrl-Z for one.
  package let isStopped: Bool
  /// Its program's name, cut to 15 bytes by the system.
  package let name: String

  /// Nil where there is none of that number, or only what is left of one that has ended.
  package init?(of id: Int32) {
    guard
      let file = try? FileDescriptor.open(
        FilePath("/proc/\(id)/stat"), .readOnly, options: [.closeOnExec])
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = try? file.closeAfter {
      try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
    }
    let text = String(decoding: bytes[..<(count ?? 0)], as: UTF8.self)
    // The name in parentheses may hold anything.
    guard let start = text.firstIndex(of: "("), let end = text.lastIndex(of: ")"), start < end
    else { return nil }
    let fields = text[end...].dropFirst().split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let parent = Int32(fields[1]),
      let group = Int32(fields[2]), let session = Int32(fields[3]), let terminal = Int32(fields[4]),
      let began = UInt64(fields[19])
    else { return nil }
    identity = Identity(id: id, began: began)
    self.parent = parent
    self.group = group
    self.session = session
    self.terminal = terminal
    isStopped = fields[0] == "T" || fields[0] == "t"
    name = String(text[start..<end].dropFirst())
  }

  /// Every process that lives; none on a system without `/proc`.
  package static var all: [ProcessEntry] {
    Directory.names(in: "/proc").compactMap { Int32($0) }.compactMap(ProcessEntry.init(of:))
  }

  /// Whether a process has started this one, or one of those that did.
  package static func isAncestor(_ id: Int32) -> Bool {
    ancestors.contains { $0.identity.id == id }
  }

  /// The process that has started this one, the one that has started that, and so on.
  package static var ancestors: some Sequence<ProcessEntry> {
    sequence(first: getppid()) { ProcessEntry(of: $0)?.parent }.lazy
      .prefix { $0 > 1 }.compactMap(ProcessEntry.init(of:))
  }
}
