import Dispatch
import Glibc
import PikoCore
import Synchronization
import SystemPackage
import Testing

/// One lock for one environment, among threads with descriptors of their own and among processes.
struct LockTests {
  /// How many are inside, were at most, and have left.
  private final class Count: Sendable {
    private let inside = Mutex([0, 0, 0])

    var values: [Int] { inside.withLock { $0 } }
    func enter() {
      inside.withLock {
        $0[0] += 1
        $0[1] = max($0[0], $0[1])
      }
    }
    func leave() {
      inside.withLock {
        $0[0] -= 1
        $0[2] += 1
      }
    }
  }

  private func withDirectory(_ body: (FilePath) throws -> Void) throws {
    var template = Array("/tmp/piko-lock-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let directory = FilePath(String(cString: made))
    defer { _ = try? Program("rm").run(["-rf", "--", directory.string]) }
    try body(directory)
  }

  @Test func aHeldLockIsRefusedWithItsHolderAndFreeAfterwards() throws {
    try withDirectory { directory in
      let file = FileLock.file(
        of: EnvironmentName(stored: "web"), root: "/srv/a b", in: directory)
      let lock = try FileLock.acquire(file, activity: "piko create", wait: false)
      let holder = FileLock.holder(of: file)
      #expect(holder?.pid == Int(getpid()))
      #expect(holder?.activity == "piko create")
      let refused = #expect(throws: Failure.self) {
        _ = try FileLock.acquire(file, activity: "piko up", wait: false)
      }
      #expect(refused?.message == "in use by 'piko create' (pid \(getpid()))")

      lock.release()
      lock.release()
      #expect(FileLock.holder(of: file) == nil)
      #expect(access(file.string, F_OK) != 0, "no lock file stays")
      _ = try FileLock.acquire(file, activity: "piko up", wait: false)
    }
  }

  @Test func locksOfOtherNamesAndRootsAreOthers() {
    let files = [("web", "/a"), ("web", "/b"), ("api", "/a")].map {
      FileLock.file(of: EnvironmentName(stored: $0.0), root: FilePath($0.1), in: "/s")
    }
    #expect(Set(files).count == 3)
    #expect(files.allSatisfy { $0.starts(with: "/s/locks") })
  }

  @Test func waitersComeInOneAtATimeAndNoFileStays() async throws {
    var template = Array("/tmp/piko-lock-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let directory = FilePath(String(cString: made))
    defer { _ = try? Program("rm").run(["-rf", "--", directory.string]) }
    let file = FileLock.file(of: EnvironmentName(stored: "web"), root: "/r", in: directory)
    let count = Count()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let lock = try FileLock.acquire(file, activity: "piko up", wait: true)
          count.enter()
          usleep(1_000)
          count.leave()
          lock.release()
        }
      }
      try await group.waitForAll()
    }
    #expect(count.values == [0, 1, 20])
    #expect(access(file.string, F_OK) != 0)
  }

  @Test func waitingTellsTheHolderOnce() throws {
    try withDirectory { directory in
      let file = directory.appending("x.lock")
      // Only the block below touches it, once.
      nonisolated(unsafe) let held = try FileLock.acquire(
        file, activity: "piko destroy", wait: true)
      var told: [String?] = []
      _ = try FileLock.acquire(file, activity: "piko up", wait: true) { holder in
        told.append(holder?.description)
        // It waits on for some rounds, in which it could tell again.
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { held.release() }
      }
      #expect(told == ["'piko destroy' (pid \(getpid()))"])
    }
  }

  @Test func aFileThatAKilledProcessLeftIsHarmless() throws {
    try withDirectory { directory in
      let file = directory.appending("x.lock")
      // A shell holds it and kills itself: it has no chance to clean up.
      let script = """
        exec 9<>"$1"; flock -x 9; echo "$$ piko create" >&9; kill -9 $$
        """
      let killed = try Program("sh").run(["-c", script, "sh", file.string])
      #expect(killed.status == 128 + SIGKILL)
      #expect(access(file.string, F_OK) == 0)
      #expect(FileLock.holder(of: file) == nil)
      let lock = try FileLock.acquire(file, activity: "piko up", wait: true)
      #expect(FileLock.holder(of: file)?.activity == "piko up")
      lock.release()
    }
  }
}
