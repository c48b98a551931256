import Support
import SystemPackage
import Testing

/// The same verb typed for many environments, several at a time.
struct Crowd {
  let sandbox: Sandbox
  /// How many run at once.
  let atOnce: Int

  /// Types `piko VERB NAME OPTION…` for each name in its directory, and gives what each one said.
  func type(
    _ verb: String, _ names: [(name: String, directory: FilePath)], _ options: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Transcript] {
    let results = sandbox.root.appending("results")
    // Paths of the sandbox and names of tests have no blanks.
    let lines = names.enumerated().map {
      "\($0.offset) \($0.element.directory) \($0.element.name)\n"
    }
    let script = """
      mkdir -p "$0" && cd "$2" && piko \(verb) "$3" \(options.joined(separator: " ")) \
      >"$0/$1.out" 2>"$0/$1.err"; echo $? >"$0/$1.status"
      """
    let ran = try sandbox.run(
      "xargs", ["-P", "\(atOnce)", "-L", "1", "sh", "-c", script, results.string],
      input: lines.joined(), timeout: .seconds(1200))
    try #require(ran.status == 0, "\(ran)", sourceLocation: sourceLocation)
    return try names.indices.map { index in
      func text(_ ending: String) throws -> String {
        sandbox.normalized(try sandbox.read(results.appending("\(index).\(ending)")))
      }
      let status = try #require(Int32(text("status").dropLast()))
      return Transcript(stdout: try text("out"), stderr: try text("err"), status: status)
    }
  }
}
