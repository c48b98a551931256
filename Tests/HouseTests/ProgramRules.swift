import PikoCore
import Support
import SystemPackage
import Testing

/// What every built program does, whatever it is for.
@Suite struct ProgramRules {
  @Test(arguments: SourceTree.verbs)
  func refusesAnUnknownOption(verb: String) throws {
    let sandbox = try Sandbox()
    let refused = try sandbox.piko(verb, "--no-such-option")
    #expect(refused.status == 129)
    #expect(refused.stdout.isEmpty)
    #expect(refused.stderr.hasPrefix("error: unknown option '--no-such-option'\n"))
    #expect(refused.stderr.contains("\nusage: piko \(verb)"))
  }

  @Test(arguments: SourceTree.verbs, ["-h", "--help"])
  func showsItsHelpOnStandardOutput(verb: String, option: String) throws {
    let sandbox = try Sandbox()
    let help = try sandbox.run(BuiltPrograms.path(of: "piko-\(verb)").string, option)
    #expect(help.status == 0)
    let lines = help.stdout.split(separator: "\n", omittingEmptySubsequences: false)
    let forms = lines.prefix { !$0.isEmpty }
    #expect(forms.first?.hasPrefix("usage: piko \(verb)") == true, "\(help)")
    for form in forms.dropFirst() {
      #expect(form.hasPrefix("   or: piko \(verb) ") || form.hasPrefix("          "), "\(form)")
    }
    #expect(lines.contains("    -h, --help            show help information"))
    for line in lines { #expect(line.count <= 80, "\(line)") }
    #expect(help.stderr.isEmpty)
  }

  @Test(arguments: SourceTree.verbs)
  func suggestsTheOptionThatWasMeant(verb: String) throws {
    let sandbox = try Sandbox()
    let known = try HelpDump(of: verb).options.filter { $0.hasPrefix("--") && $0.count > 6 }
    for option in known {
      let refused = try sandbox.piko(verb, String(option.dropLast()))
      #expect(refused.status == 129)
      #expect(
        refused.stderr.hasPrefix(
          """
          error: unknown option '\(option.dropLast())'
          hint: the most similar option is '\(option)'
          usage: piko \(verb)
          """), "\(refused)")
    }
  }

  /// What is missing and cannot be told from where it is typed is wrong usage, and the pages say so.
  @Test(arguments: [
    "attach", "down", "edit", "env", "exec", "logs", "open", "path", "ports", "restart", "run",
    "shell",
    "status", "switch", "tmux", "up", "wait",
  ])
  func aMissingNameIsWrongUsage(verb: String) throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository()
    #expect(
      try sandbox.piko(verb, in: project).text == """
        2| error: no environment was named and the current directory is in none
        2| hint: to make the first one, run 'piko create NAME'
        status 129
        """)
    let page = try SourceTree.text(of: FilePath("man/piko-\(verb).1"))
    let status = try #require(page.firstRange(of: "\n.It 129\n")).upperBound
    #expect(page[status...].hasPrefix("Wrong usage, or no\n.Ar name\n"), "man/piko-\(verb).1")
  }

  /// An environment that forces nothing: with its output piped, a program paints nothing.
  @Test(arguments: SourceTree.verbs)
  func paintsNothingIntoAPipe(verb: String) throws {
    let sandbox = try Sandbox()
    let colourful: [String: String?] = ["NO_COLOR": nil, "TERM": "xterm-256color"]
    // What serves until it is stopped has no end to wait for.
    let bare: [[String]] = verb == "server" ? [] : [[]]
    for arguments in bare + [["-h"], ["--no-such-option"]] {
      let said = try sandbox.run(
        BuiltPrograms.path(of: "piko-\(verb)").string, arguments, environment: colourful)
      #expect(!(said.stdout + said.stderr).contains("\u{1B}"))
    }
  }

  /// The libraries that only some programs may load: each costs every start.
  @Test(arguments: SourceTree.verbs.map { "piko-\($0)" } + ["piko", "git-piko"])
  func loadsOnlyWhatItNeeds(program: String) throws {
    let loaded = try Program("ldd").output(
      [BuiltPrograms.path(of: program).string], failing: "cannot ask ldd")
    #expect(loaded.contains("libswiftCore"))
    #expect(!loaded.contains("libFoundation.so"))
    #expect(!loaded.contains("libFoundationInternationalization"))
    #expect(!loaded.contains("lib_FoundationICU"))
    if !["piko-create", "piko-destroy", "piko-doctor"].contains(program) {
      #expect(!loaded.contains("libgit2"))
    }
    if ["piko", "git-piko"].contains(program) {
      for library in ["FoundationEssentials", "sqlite3", "libyaml"] {
        #expect(!loaded.contains(library))
      }
    }
  }

  /// Reaching a verb through `piko` costs less than the verb itself once more. The two take turns
  /// and the best of each counts: what else the machine does falls on both.
  @Test func theDispatcherCostsLessThanAVerb() throws {
    let sandbox = try Sandbox()
    let direct = BuiltPrograms.path(of: "piko-path").string
    let dispatcher = BuiltPrograms.path(of: "piko").string
    var best: [String: Duration] = [:]
    for _ in 1...25 {
      for (program, arguments) in [(direct, ["-h"]), (dispatcher, ["path", "-h"])] {
        let took = try ContinuousClock().measure {
          _ = try sandbox.run(program, arguments)
        }
        best[program] = min(best[program] ?? took, took)
      }
    }
    let alone = try #require(best[direct])
    let dispatched = try #require(best[dispatcher])
    #expect(dispatched < alone * 2)
  }
}
