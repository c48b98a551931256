import PikoCore
import Support
import SystemPackage
import Testing

/// `piko edit`.
@Suite struct EditTests {
  private let sandbox: Sandbox
  private let project: FilePath
  private let tools: String

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.repository("shop", files: [".piko.yml": "ports: {web: 3000}\n"])
    for name in ["one", "two"] {
      #expect(try sandbox.piko("create", name, in: project).status == 0)
    }
    tools = "\(sandbox.root)/tools:\(BuiltPrograms.directory):/usr/bin:/bin"
  }

  /// An editor that says how it was called.
  private func editor(_ name: String) throws {
    try sandbox.write(
      "#!/bin/sh\nprintf '<%s>' \"${0##*/}\" \"$@\"\necho \" $PIKO_ENV_NAME $PIKO_WEB_PORT\"\npwd -P\n",
      to: FilePath("tools/\(name)"), mode: 0o755)
  }

  private func edit(
    _ arguments: String..., environment: [String: String?] = [:]
  ) throws -> Transcript {
    try sandbox.piko(
      ["edit"] + arguments, in: project,
      environment: environment.merging(["PATH": tools]) { first, _ in first })
  }

  @Test func becomesTheFirstEditorThereIs() throws {
    let worktree = "<root>/shop/.piko/worktrees/one"
    let missing = try edit("one")
    #expect(missing.status == 128 && missing.stdout.isEmpty)
    #expect(
      missing.stderr.hasPrefix("error: no editor was found\nhint: to name one, set 'editor:'"))
    for name in ["code", "cursor", "by-editor", "by-visual", "by configuration"] {
      try editor(name)
    }
    let port = try sandbox.piko("ports", "one", "-q", in: project).stdout
    #expect(
      try edit("one").text == """
        1| <cursor><\(worktree)> one \(port.filter(\.isNumber))
        1| \(worktree)
        status 0
        """)
    var variables: [String: String?] = ["EDITOR": "by-editor"]
    #expect(try edit("one", environment: variables).stdout.hasPrefix("<by-editor><\(worktree)>"))
    variables["VISUAL"] = #"by-visual --wait 'a  b' "c\"d" $HOME e\ f ''"#
    #expect(
      try edit("one", environment: variables).stdout
        .hasPrefix(#"<by-visual><--wait><a  b><c"d><$HOME><e f><><\#(worktree)>"#))
    try sandbox.write(
      "editor: \"'\(sandbox.root)/tools/by configuration' -n\"\n", to: "config/piko/config.yml")
    #expect(
      try edit("one", environment: variables).stdout
        .hasPrefix("<by configuration><-n><\(worktree)>"))
    // A path with blanks needs no quotes where it is a program.
    try sandbox.write(
      "editor: \(sandbox.root)/tools/by configuration\n", to: "config/piko/config.yml")
    #expect(try edit("one").stdout.hasPrefix("<by configuration><\(worktree)>"))
  }

  @Test func refusesACommandItCannotRead() throws {
    let open = try edit("one", environment: ["EDITOR": "vi 'x"])
    #expect(
      open.text == """
        2| error: cannot read the command 'vi 'x': the quote ' is not closed
        status 128
        """)
    #expect(try edit("one", environment: ["EDITOR": "no-such-editor"]).status == 127)
    #expect(try edit("--all", "one").status == 129)
    try sandbox.output("rm", ["-rf", "\(project)/.piko/worktrees/one"])
    let gone = try edit("one", environment: ["EDITOR": "echo"])
    #expect(gone.status == 1 && gone.stderr.contains("hint: to remove what is left"), "\(gone)")
  }

  @Test func opensAllInOneWorkspace() throws {
    let file = project.pushing(".piko/shop.code-workspace")
    let opened = try edit("--all", environment: ["EDITOR": "echo"])
    #expect(opened.text == "1| <root>/shop/.piko/shop.code-workspace\nstatus 0")
    #expect(try folders(file) == ["one", "two"])
    #expect(try sandbox.git("status", "--porcelain", in: project).isEmpty)

    // What the editor and the user put into it stays; environments come and go.
    try sandbox.write(
      """
      {"folders": [{"path": "/elsewhere", "name": "notes"}, \
      {"path": "\(project)/.piko/worktrees/old", "name": "old"}], "settings": {"a.b": 1}}
      """, to: file)
    #expect(try sandbox.piko("create", "three", in: project).status == 0)
    #expect(try edit("--all", environment: ["EDITOR": "true"]).status == 0)
    #expect(try folders(file) == ["one", "three", "two", "notes"])
    #expect(
      try JSONValue(parsing: Array(sandbox.read(file).utf8))["settings"]?["a.b"]?.integer == 1)

    let text = "{ // mine\n}"
    try sandbox.write(text, to: file)
    let refused = try edit("--all", environment: ["EDITOR": "true"])
    #expect(refused.status == 1 && refused.stderr.contains("no JSON object"), "\(refused)")
    #expect(try sandbox.read(file) == text)
  }

  private func folders(_ file: FilePath) throws -> [String] {
    try (JSONValue(parsing: Array(sandbox.read(file).utf8))["folders"]?.array ?? [])
      .compactMap { $0["name"]?.string }
  }
}
