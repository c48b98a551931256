import PikoCore
import SystemPackage

/// Lock files that a killed process left. They lock nothing; they only lie about.
struct LocksCheck: Check {
  let name = "locks"

  func run(in site: Site) throws -> [Finding] {
    let directory = site.stateDirectory.appending("locks")
    guard FileCopy.isDirectory(directory) else { return [] }
    return try FileCopy.entries(of: directory).filter { $0.hasSuffix(".lock") }
      .map { directory.appending($0) }
      .filter { FileLock.holder(of: $0) == nil }
      .map { file in
        .mendable(.warning, "\(Paths.display(file).quoted) is nobody's") {
          // Its file goes as the lock is let go.
          try FileLock.acquire(file, activity: "piko doctor", wait: false).release()
          return "removed it"
        }
      }
  }
}
