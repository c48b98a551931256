import FoundationEssentials
import PikoCore
import SystemPackage

/// An image with the machine's own PostgreSQL, for tests that need a real database: the programs of
/// the test image beside it.
package enum DatabaseImage {
  /// Its name; the number counts changes of its contents.
  package static let tag = "piko-test-postgres:1"

  /// The command of a server that makes its database in `/data` where there is none, and lets
  /// everybody in.
  package static let server = """
    sh -c 'chown postgres /data; exec su -s /bin/sh postgres -c "
    test -e /data/pg_hba.conf ||
    { initdb -D /data -A trust -N --locale=C -E UTF8 && echo host all all all trust
    >> /data/pg_hba.conf; }; exec postgres -D /data -k /tmp -h 0.0.0.0 -F"'
    """

  /// Makes the image unless the engine has it.
  package static func make(for sandbox: Sandbox) throws {
    try TestImage.make(
      tag, reaching: sandbox.variables.filter { $0.key == "DOCKER_HOST" },
      changes: ["CMD [\"sh\"]", "ENV PATH=\(try home())/bin:/bin", "ENV PGUSER=postgres"]
    ) { tree in
      try TestImage.fill(tree)
      let home = try home()
      for program in ["postgres", "initdb", "psql", "pg_isready"] {
        try TestImage.copy("\(home)/bin/\(program)", into: tree)
      }
      for library in ["plpgsql.so", "dict_snowball.so"] {
        try TestImage.copy("\(home)/lib/\(library)", into: tree)
      }
      let share = "/usr/share/postgresql/\(FilePath(home).lastComponent?.string ?? "")"
      for directory in [share, "/usr/share/zoneinfo/Etc"] {
        let copy = tree.pushing(FilePath(String(directory.dropFirst())))
        try FileManager.default.createDirectory(
          atPath: copy.removingLastComponent().string, withIntermediateDirectories: true)
        _ = try Program("cp").output(
          ["-RL", directory, copy.string], failing: "cannot copy \(directory)")
      }
      for (file, text) in [
        ("passwd", "root:x:0:0::/:/bin/sh\npostgres:x:70:70::/tmp:/bin/sh\n"),
        ("group", "root:x:0:\npostgres:x:70:\n"),
      ] {
        try Data(text.utf8).write(to: URL(filePath: tree.pushing("etc").appending(file).string))
      }
    }
  }

  /// Where the newest PostgreSQL of the machine is.
  private static func home() throws -> String {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))
    guard let newest = (versions ?? []).compactMap({ Int($0) }).max() else {
      throw Failure("no PostgreSQL to make a database of", hint: "apt-get install postgresql")
    }
    return "/usr/lib/postgresql/\(newest)"
  }
}
