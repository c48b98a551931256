package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FileLock.Holder {
  /// Nobody waits for one that waits for the other's end: a setup script that brings up another
  /// environment, whose own brings up the first one, say.
  ///
  /// Who waits for a lock has its file open, and who holds it says so in it: nothing else is written
  /// down, and what a killed process left misleads nobody.
  /// - Parameter directory: that of the locks.
  /// - Throws: where the holder waits for this process, or for one that has started it.
  package func refuseCircle(in directory: FilePath) throws(Failure) {
    let directory = ShortFile.canonical(directory) ?? directory
    let own = Set(ProcessEntry.ancestors.map(\.identity.id)).union([getpid()])
    let children = Dictionary(grouping: ProcessEntry.all, by: \.parent)
    var holders = [Int32(clamping: pid)]
    var seen = Set(holders)
    while let holder = holders.popLast() {
      var waiting = [holder]
      while let process = waiting.popLast() {
        waiting += children[process, default: []].map(\.identity.id)
        for next in FileLock.holders(awaitedBy: process, in: directory) {
          guard !own.contains(next) else {
            throw Failure("cannot wait for \(self): it waits for the end of what has started this")
          }
          if seen.insert(next).inserted { holders.append(next) }
        }
      }
    }
  }
}

extension FileLock {
  /// Who holds the locks that a process waits for.
  fileprivate static func holders(awaitedBy process: Int32, in directory: FilePath) -> [Int32] {
    let files = FilePath("/proc/\(process)/fd")
    return Directory.names(in: files).compactMap { name in
      guard let file = ShortFile.target(of: files.appending(name)), file.extension == "lock",
        file.removingLastComponent() == directory, let holder = holder(of: file)
      else { return nil }
      let id = Int32(clamping: holder.pid)
      return id == process ? nil : id
    }
  }
}
