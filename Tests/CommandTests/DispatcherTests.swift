import FoundationEssentials
import Support
import SystemPackage
import Testing

/// `piko` itself and `git-piko`, as they were built.
@Suite struct DispatcherTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  // MARK: - Finding verbs

  @Test func becomesTheVerbAndPassesArgumentsOn() throws {
    try stranger("tell", "printf '<%s>' \"$@\"; exit 7")
    let told = try sandbox.piko("tell", "a b", "", "-x", "é\n", environment: withTools)
    #expect(told.stdout == "<a b><><-x><é\n>")
    #expect(told.status == 7)
  }

  @Test func passesSignalsOfTheVerbOn() throws {
    try stranger("die", "kill -TERM $$")
    #expect(try sandbox.piko("die", environment: withTools).status == 128 + 15)
  }

  @Test func passesStandardInputOn() throws {
    try stranger("read", "cat")
    let read = try sandbox.piko("read", input: "line\n", environment: withTools)
    #expect(read.text == "1| line\nstatus 0")
  }

  @Test func putsItsOwnDirectoryFirstOnThePathOnce() throws {
    try stranger("where", "printf '%s\\n' \"$PATH\"; test \"$1\" = again || exec piko where again")
    let path = "\(sandbox.root)/tools:/usr/bin:/bin"
    let told = try sandbox.piko("where", environment: ["PATH": path])
    let line = "<bin>:<root>/tools:/usr/bin:/bin\n"
    #expect(told.stdout == line + line)
  }

  @Test func prefersTheVerbsOfItsOwnInstallation() throws {
    try stranger("list", "echo intruder")
    let help = try sandbox.piko("list", "-h", environment: withTools)
    #expect(!help.stdout.contains("intruder"))
    #expect(help.status == 0)
  }

  @Test func isFoundThroughASymbolicLink() throws {
    let link = sandbox.root.appending("link")
    try FileManager.default.createSymbolicLink(
      atPath: link.string, withDestinationPath: BuiltPrograms.path(of: "piko").string)
    let listed = try sandbox.run(link.string, "--list", environment: ["PATH": "/usr/bin:/bin"])
    #expect(listed.stdout.split(separator: "\n").contains("create"))
  }

  @Test func runsAScriptWithoutAnInterpreterLine() throws {
    try sandbox.write("echo plain $1\n", to: "tools/piko-plain", mode: 0o755)
    let said = try sandbox.piko("plain", "script", environment: withTools)
    #expect(said.text == "1| plain script\nstatus 0")
  }

  @Test func saysWhyAVerbCannotBeRun() throws {
    try sandbox.write("echo no", to: "tools/piko-forbidden", mode: 0o644)
    try sandbox.write("#!/no/such/shell\n", to: "tools/piko-lost", mode: 0o755)
    try sandbox.write("\u{7F}ELF\u{0}\u{0}", to: "tools/piko-alien", mode: 0o755)
    #expect(
      try sandbox.piko("forbidden", environment: withTools).text == """
        2| error: cannot run '<root>/tools/piko-forbidden': Permission denied
        status 128
        """)
    #expect(
      try sandbox.piko("lost", environment: withTools).text == """
        2| error: cannot run '<root>/tools/piko-lost': its interpreter is missing
        status 128
        """)
    #expect(
      try sandbox.piko("alien", environment: withTools).text == """
        2| error: cannot run '<root>/tools/piko-alien': Exec format error
        status 128
        """)
  }

  // MARK: - Words that are no verbs

  /// The nearest one, and what others call it.
  @Test(
    arguments: [
      ("crate", "create"), ("destory", "destroy"), ("lst", "list"), ("prots", "ports"),
      ("pat", "path"), ("hlep", "help"), ("evn", "env"),
    ].map { ($0, "the most similar command is '\($1)'") }
      + [("ls", "list"), ("rm", "destroy"), ("start", "up"), ("stop", "down")]
      .map { ($0, "the command for that is '\($1)'") })
  func saysWhichVerbIsMeant(typed: String, hint: String) throws {
    #expect(
      try sandbox.piko(typed, environment: bare).text == """
        2| error: '\(typed)' is not a piko command
        2| hint: \(hint)
        status 1
        """)
  }

  @Test func suggestsAStrangersVerbToo() throws {
    try stranger("frobnicate", "true")
    let refused = try sandbox.piko("frobnicat", environment: withTools)
    #expect(refused.stderr.contains("the most similar command is 'frobnicate'"))
  }

  @Test(arguments: ["entirely-different", "nope", "", "../piko-create", "a\nerror: b"])
  func refusesWhatIsNoVerb(word: String) throws {
    let shown = word.replacing("\n", with: "\\n")
    #expect(
      try sandbox.piko(word, environment: bare).text == """
        2| error: '\(shown)' is not a piko command
        2| hint: to list the commands, run 'piko help'
        status 1
        """)
  }

  // MARK: - Its own options

  @Test func changesTheDirectoryBeforeTheVerb() throws {
    try stranger("here", "pwd -P")
    try sandbox.write("", to: "one/two three/file")
    let told = try sandbox.piko(
      "-C", "one", "-C", "", "-C", "two three", "here", environment: withTools)
    #expect(told.text == "1| <root>/one/two three\nstatus 0")
    #expect(
      try sandbox.piko("-C", "absent", "here").text == """
        2| error: cannot change to 'absent': No such file or directory
        status 128
        """)
    let refused = try sandbox.piko("-C")
    #expect(refused.stderr.hasPrefix("error: no directory given for '-C'\nusage: piko "))
    #expect(refused.status == 129)
  }

  @Test func refusesAnUnknownOption() throws {
    let refused = try sandbox.piko("--frob", "create")
    #expect(refused.stderr.hasPrefix("error: unknown option '--frob'\nusage: piko "))
    #expect(refused.status == 129)
    #expect(refused.stdout.isEmpty)
  }

  @Test func printsItsVersion() throws {
    let version = try sandbox.piko("--version")
    #expect(try version.stdout.wholeMatch(of: Regex("piko [0-9]+\\.[0-9]+\\.[0-9]+\n")) != nil)
    #expect(version.status == 0)
  }

  @Test func listsEveryVerbOnceAndSorted() throws {
    try stranger("list", "true")
    try stranger("zebra", "true")
    try sandbox.write("not a program", to: "tools/piko-notes", mode: 0o644)
    let listed = try sandbox.piko("--list", environment: withTools)
    let verbs = listed.stdout.split(separator: "\n").map(String.init)
    #expect(verbs == Set(verbs).sorted())
    #expect(verbs.filter { $0 == "list" }.count == 1)
    #expect(verbs.contains("create"))
    #expect(verbs.contains("zebra"))
    #expect(!verbs.contains("notes"))
  }

  // MARK: - Help

  @Test func showsItsUsageShortly() throws {
    let asked = try sandbox.piko("-h")
    #expect(asked.stdout.hasPrefix("usage: piko "))
    #expect(asked.status == 0)
    let lost = try sandbox.piko()
    #expect(lost.stdout == asked.stdout)
    #expect(lost.status == 1)
  }

  @Test func groupsTheVerbsAndThenThoseFromElsewhere() throws {
    try stranger("zebra", "true")
    let help = try sandbox.piko("help", environment: withTools)
    let commands = try String(
      contentsOfFile: SourceTree.root.pushing("share/piko/commands").string, encoding: .utf8)
    for line in commands.split(separator: "\n") where !line.hasPrefix("#") {
      let columns = line.split(separator: "\t")
      #expect(help.stdout.contains("   \(columns[0]) "))
      #expect(help.stdout.contains("   \(columns[2])\n"))
      #expect(help.stdout.contains("\n\n\(columns[1])\n"))
    }
    #expect(help.stdout.contains("\nfrom elsewhere on PATH\n   zebra\n"))
    let pages = try #require(help.stdout.split(separator: "\n").last)
    #expect(pages.hasPrefix("'piko help tutorial' is a first project"))
    for page in SourceTree.names(in: "man") where page.hasSuffix(".7") {
      #expect(pages.contains(page.dropFirst("piko-".count).dropLast(".7".count)), "\(page)")
    }
    #expect(try sandbox.piko("--help", environment: withTools) == help)
    #expect(help.status == 0)
  }

  @Test(arguments: [["help", "create"], ["create", "--help"], ["--help", "create"]])
  func opensTheManualOfAVerb(words: [String]) throws {
    try sandbox.write("#!/bin/sh\nprintf 'page %s\\n' \"$@\"\n", to: "tools/man", mode: 0o755)
    let shown = try sandbox.run(
      BuiltPrograms.path(of: "piko").string, words, environment: withTools)
    #expect(shown.text == "1| page \(SourceTree.root)/man/piko-create.1\nstatus 0")
  }

  /// man(1) ends with 0 whatever became of what it wrote.
  @Test(arguments: [["create", "--help"], ["help", "create"], ["help"], ["create", "-h"]])
  func helpThatCannotBeWrittenIsAnError(_ words: [String]) throws {
    let said = try sandbox.run("sh", ["-c", "exec piko \"$@\" > /dev/full", "sh"] + words)
    #expect(said.status == 128, "\(said)")
    #expect(said.stderr.hasPrefix("error: cannot write to standard output: "), "\(said)")
  }

  @Test func theManualsOwnStatusIsGiven() throws {
    try sandbox.write("#!/bin/sh\necho page; exit 3\n", to: "tools/man", mode: 0o755)
    let shown = try sandbox.run(
      BuiltPrograms.path(of: "piko").string, ["help", "create"], environment: withTools)
    #expect(shown.text == "1| page\nstatus 3")
  }

  @Test func manualIsReadableInThePagerOfTheSystem() throws {
    let shown = try sandbox.piko("create", "--help")
    #expect(shown.stdout.contains("piko-create"))
    #expect(shown.stdout.contains("EXIT STATUS"))
    #expect(shown.status == 0)
    // The verb's page, of the two of that name: as `git help config`.
    for topic in ["config", "piko-config"] {
      #expect(try sandbox.piko("help", topic).stdout.contains("--check"))
    }
    for topic in ["cli", "piko-cli"] {
      #expect(try sandbox.piko("help", topic).stdout.contains("Naming an environment"))
    }
    #expect(try sandbox.piko("help", "piko-create").stdout == shown.stdout)
    #expect(try sandbox.piko("help", "piko").stdout.contains("PIKO_STATE_HOME"))
  }

  @Test func gitFindsItsManual() throws {
    let page = try SourceTree.text(of: "man/git-piko.1")
    try sandbox.write(page, to: "prefix/share/man/man1/git-piko.1")
    let manuals = sandbox.root.pushing("prefix/share/man").string
    let shown = try sandbox.run("git", "piko", "--help", environment: ["MANPATH": manuals])
    #expect(shown.stdout.contains("piko as a command of git"))
    #expect(shown.status == 0)
  }

  @Test func showsTheVerbsOwnHelpWithoutAManProgram() throws {
    let plain = try sandbox.run(BuiltPrograms.path(of: "piko-create").string, "-h")
    let shown = try sandbox.piko("help", "create", environment: bare)
    #expect(shown == plain)
    #expect(shown.status == 0)
  }

  @Test func showsTheOwnHelpOfAVerbWithoutAPage() throws {
    try stranger("zebra", "echo zebra \"$@\"")
    #expect(try sandbox.piko("help", "zebra", environment: withTools).stdout == "zebra -h\n")
    #expect(try sandbox.piko("zebra", "--help", environment: withTools).stdout == "zebra -h\n")
  }

  @Test func refusesHelpOnNothing() throws {
    #expect(
      try sandbox.piko("help", "crate", environment: bare).text == """
        2| error: 'crate' is not a piko command
        2| hint: the most similar command is 'create'
        status 1
        """)
  }

  // MARK: - An installation

  @Test func findsItsDocumentsInAnInstallation() throws {
    let bin = sandbox.root.pushing("prefix/bin")
    try sandbox.install("piko", to: "prefix/bin/piko")
    try sandbox.install("git-piko", to: "prefix/bin/git-piko")
    try sandbox.write(
      "#!/bin/sh\necho fake \"$@\"\n", to: "prefix/bin/piko-create", mode: 0o755)
    try sandbox.write(
      "# names\ncreate\tmaking\tMake it\n", to: "prefix/share/piko/commands")
    try sandbox.write(".Dd", to: "prefix/share/man/man1/piko-create.1")
    try sandbox.write("#!/bin/sh\necho page \"$@\"\n", to: "tools/man", mode: 0o755)
    let piko = bin.appending("piko").string
    let path = ["PATH": "\(sandbox.root)/tools:/usr/bin:/bin"] as [String: String?]
    #expect(
      try sandbox.run(piko, "help", environment: path).stdout.contains(
        "\nmaking\n   create   Make it\n"))
    #expect(
      try sandbox.run(piko, "help", "create", environment: path).stdout
        == "page <root>/prefix/share/man/man1/piko-create.1\n")
    #expect(try sandbox.run(piko, "create", "x", environment: path).stdout == "fake x\n")
    let git = bin.appending("git-piko").string
    #expect(try sandbox.run(git, "create", "y z", environment: path).stdout == "fake y z\n")
  }

  @Test func isACommandOfGit() throws {
    let listed = try sandbox.run("git", "piko", "--list")
    #expect(listed == (try sandbox.piko("--list")))
    let refused = try sandbox.run("git", "piko", "crate", environment: bare)
    #expect(refused.stderr.contains("hint: the most similar command is 'create'"))
    #expect(refused.status == 1)
  }

  // MARK: - Surroundings

  /// A `PATH` with a third party's programs on it.
  private var withTools: [String: String?] { ["PATH": "\(sandbox.root)/tools:/usr/bin:/bin"] }

  /// A `PATH` that leads to piko alone, and to git.
  private var bare: [String: String?] {
    let empty = sandbox.root.appending("empty")
    try? FileManager.default.createDirectory(
      atPath: empty.string, withIntermediateDirectories: true)
    for (name, target) in [("git", "/usr/bin/git"), ("git-piko", "")] {
      let program = target.isEmpty ? BuiltPrograms.path(of: name).string : target
      try? FileManager.default.createSymbolicLink(
        atPath: empty.appending(name).string, withDestinationPath: program)
    }
    return ["PATH": empty.string]
  }

  private func stranger(_ verb: String, _ script: String) throws {
    try sandbox.write(
      "#!/bin/sh\n\(script)\n", to: FilePath("tools/piko-\(verb)"), mode: 0o755)
  }
}
