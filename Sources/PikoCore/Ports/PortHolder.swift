package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The process that holds a port.
package struct PortHolder: Sendable, Hashable, CustomStringConvertible {
  package let pid: Int
  /// Its program's name, as the kernel keeps it (15 bytes at most).
  package let name: String

  package var description: String { "\(name) (pid \(pid))" }

  /// The process that listens on a port; nil where nobody does or this user may not know (another
  /// user's process, a system without `/proc`).
  ///
  /// The tables of sockets give an inode (proc(5), `/proc/net/tcp`), the open files of processes
  /// name it.
  package static func find(
    _ port: Int, _ transport: Transport, in proc: FilePath = "/proc"
  ) -> PortHolder? {
    guard transport != .sctp else { return nil }
    let net = proc.appending("net")
    let tables = [transport.rawValue, transport.rawValue + "6"]
    let links = tables.reduce(into: Set<String>()) { links, table in
      guard let text = ShortFile.text(net.appending(table)) else { return }
      for inode in inodes(holding: port, transport, in: text) { links.insert("socket:[\(inode)]") }
    }
    guard !links.isEmpty else { return nil }
    for pid in Directory.names(in: proc).compactMap({ Int($0) }).sorted() {
      let process = proc.appending("\(pid)")
      let files = process.appending("fd")
      for file in Directory.names(in: files) {
        guard let target = ShortFile.target(of: files.appending(file)),
          links.contains(target.string)
        else { continue }
        let name = ShortFile.text(process.appending("comm"))?.split(separator: "\n").first
        return PortHolder(pid: pid, name: name.map(String.init) ?? "?")
      }
    }
    return nil
  }

  /// The inodes of the sockets that hold a port in the text of one of the kernel's tables: the
  /// second column is the local address as `ADDRESS:PORT` in hex, the fourth the state (0A listens,
  /// 07 is an unconnected UDP socket), the tenth the inode.
  package static func inodes(
    holding port: Int, _ transport: Transport, in table: String
  ) -> Set<String> {
    let state = transport == .tcp ? "0A" : "07"
    return table.split(separator: "\n").dropFirst().reduce(into: []) { inodes, line in
      let columns = line.split(whereSeparator: \.isWhitespace)
      guard columns.count >= 10, columns[3] == state, columns[9] != "0",
        let local = columns[1].split(separator: ":").last, Int(local, radix: 16) == port
      else { return }
      inodes.insert(String(columns[9]))
    }
  }
}
