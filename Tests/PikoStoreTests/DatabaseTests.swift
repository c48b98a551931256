import Glibc
import PikoCore
import SystemPackage
import Testing

@testable import PikoStore

struct DatabaseTests {
  private static let one = Schema(
    migrations: ["CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);"], durability: .normal)
  private static let three = Schema(
    migrations: one.migrations + [
      "ALTER TABLE t ADD COLUMN c TEXT; UPDATE t SET c = b || '!';",
      "CREATE TABLE u (a INTEGER NOT NULL REFERENCES t(a));",
    ], durability: .normal)

  private func creating(_ file: FilePath, _ schema: Schema = one) throws -> Database {
    try Database.creating(file, schema: schema, directoryMode: 0o700)
  }

  @Test func makesItsDirectoriesForThisUserAlone() throws {
    let scratch = try Scratch()
    let file = scratch.path.pushing("a b/ü'%?#/x.db")
    _ = try creating(file)
    var status = stat()
    #expect(stat(file.removingLastComponent().string, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
    #expect(try scratch.sqlite(file, "PRAGMA journal_mode; PRAGMA user_version") == "wal\n1\n")
  }

  @Test func aReaderMakesNothing() throws {
    let scratch = try Scratch()
    let file = scratch.path.pushing("none/x.db")
    #expect(try Database.existing(file, schema: Self.one) == nil)
    #expect(access(file.removingLastComponent().string, F_OK) != 0)
    #expect(try Database.existing("/dev/null/x.db", schema: Self.one) == nil)
  }

  @Test func migratesFromEveryEarlierVersionAndKeepsTheRows() throws {
    for version in 0..<Self.three.version {
      let scratch = try Scratch()
      let file = scratch.path.appending("x.db")
      let earlier = Schema(
        migrations: Array(Self.three.migrations.prefix(version)), durability: .normal)
      do {
        let database = try creating(file, earlier)
        if version > 0 { try database.execute("INSERT INTO t (a, b) VALUES (7, 'x')") }
      }
      let database = try #require(try Database.existing(file, schema: Self.three))
      #expect(try database.row("PRAGMA user_version") { $0.integer(0) } == 3)
      let found = try database.row("SELECT c FROM t") { $0.text(0) }
      #expect(found == [nil, "x!", ""][version])
      #expect(throws: Failure.self) { try database.execute("INSERT INTO u VALUES (99)") }
    }
  }

  @Test func aFailedMigrationLeavesTheFileAsItWas() throws {
    let scratch = try Scratch()
    let file = scratch.path.appending("x.db")
    _ = try creating(file)
    let broken = Schema(
      migrations: Self.one.migrations + ["CREATE TABLE v (a); CREATE TABLE t (a);"],
      durability: .normal)
    #expect(throws: Failure.self) { try creating(file, broken) }
    #expect(
      try scratch.sqlite(file, "PRAGMA user_version; SELECT name FROM sqlite_master")
        == "1\nt\n")
  }

  @Test func keepsValuesAsTheyAre() throws {
    let scratch = try Scratch()
    let database = try creating(scratch.path.appending("x.db"))
    let nasty = "'; DROP TABLE t; --\n\u{1F600}\""
    try database.execute("INSERT INTO t VALUES (?, ?)", .integer(.max), .text(nasty))
    try database.execute("INSERT INTO t VALUES (?, ?)", .integer(1), .null)
    let bytes: [CChar] = [47, -1, -2, 10, 120, 0]
    let path = FilePath(platformString: bytes)
    try database.execute("INSERT INTO t VALUES (?, ?)", .integer(2), .path(path))
    let rows = try database.rows("SELECT a, b FROM t ORDER BY a") {
      ($0.integer(0), $0.optionalText(1), $0.path(1))
    }
    #expect(rows.map(\.0) == [1, 2, .max])
    #expect(rows[0].1 == nil)
    #expect(rows[1].2 == path)
    #expect(rows[2].1 == nasty)
  }

  @Test func aTransactionIsWholeOrNothing() throws {
    let scratch = try Scratch()
    let database = try creating(scratch.path.appending("x.db"))
    #expect(throws: Failure("no")) {
      try database.transaction { () throws(Failure) in
        try database.execute("INSERT INTO t VALUES (1, 'x')")
        throw Failure("no")
      }
    }
    #expect(try database.row("SELECT count(*) FROM t") { $0.integer(0) } == 0)
    try database.transaction { () throws(Failure) in
      try database.execute("INSERT INTO t VALUES (1, 'x')")
    }
    #expect(try database.row("SELECT count(*) FROM t") { $0.integer(0) } == 1)
  }

  @Test func saysWhatIsWrongWithAFileAndWhatToDo() throws {
    let scratch = try Scratch()
    func failure(_ file: FilePath) throws -> Failure {
      let failure = try #require(
        #expect(throws: Failure.self) { _ = try Database.existing(file, schema: Self.one) })
      #expect(failure.status == .cannotStart)
      #expect(failure.message.contains(file.string))
      return failure
    }
    let noise = scratch.path.appending("noise.db")
    try scratch.write(String(repeating: "this is no database ", count: 500), to: noise)
    #expect(try failure(noise).hints.first?.hasSuffix("run 'piko doctor --fix'") == true)

    let later = scratch.path.appending("later.db")
    _ = try creating(later, Self.three)
    #expect(try failure(later).message.contains("written by a later piko"))
    #expect(try scratch.sqlite(later, "PRAGMA user_version") == "3\n")

    let damaged = scratch.path.appending("damaged.db")
    do {
      let database = try creating(damaged)
      for row in 0..<2_000 {
        try database.execute(
          "INSERT INTO t VALUES (?, ?)", .integer(row), .text(String(repeating: "x", count: 50)))
      }
    }
    let size = try #require(Int(scratch.sqlite(damaged, "PRAGMA page_count").dropLast()))
    #expect(size > 10)
    let file = try FileDescriptor.open(damaged, .writeOnly)
    try file.closeAfter {
      _ = try file.writeAll(toAbsoluteOffset: 4_096, [UInt8](repeating: 0xA5, count: 40_000))
    }
    let opened = try #require(try Database.existing(damaged, schema: Self.one))
    let found = #expect(throws: Failure.self) {
      _ = try opened.rows("SELECT b FROM t") { $0.text(0) }
    }
    #expect(found?.hints.first?.hasSuffix("run 'piko doctor --fix'") == true)

    let directory = scratch.path.appending("directory.db")
    mkdir(directory.string, 0o755)
    #expect(try failure(directory).message.hasPrefix("cannot open "))
    let blocked = #expect(throws: Failure.self) {
      _ = try creating(noise.appending("x.db"))
    }
    #expect(blocked?.message.hasPrefix("cannot create directory ") == true)
  }

  @Test func aWriterWaitsForAnotherProcess() async throws {
    let scratch = try Scratch()
    let file = scratch.path.appending("x.db")
    _ = try creating(file)
    let script = """
      BEGIN IMMEDIATE;
      INSERT INTO t VALUES (1, 'other');
      .shell touch held
      .shell sleep 0.5
      COMMIT;
      """
    let other = Task.detached {
      try Program("sqlite3").run(
        ["-batch", file.string], in: scratch.path, input: Array(script.utf8))
    }
    var tries = 0
    while access(scratch.path.appending("held").string, F_OK) != 0 {
      tries += 1
      try #require(tries < 3_000, "the other process has not begun")
      try await Task.sleep(for: .milliseconds(5))
    }
    let database = try creating(file)
    try database.transaction { () throws(Failure) in
      try database.execute("INSERT INTO t VALUES (2, 'mine')")
    }
    #expect(try await other.value.succeeded)
    #expect(try database.row("SELECT count(*) FROM t") { $0.integer(0) } == 2)
  }

  @Test func manyOpenAFileThatIsNotThereYet() async throws {
    let scratch = try Scratch()
    let file = scratch.path.pushing("a/b/x.db")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          let database = try creating(file, Self.three)
          try database.execute("INSERT INTO t (a, b) VALUES (?, 'x')", .integer(number))
        }
      }
      try await group.waitForAll()
    }
    let database = try #require(try Database.existing(file, schema: Self.three))
    #expect(try database.row("SELECT count(*) FROM t") { $0.integer(0) } == 40)
  }
}
