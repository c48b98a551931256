import Support
import SystemPackage
import Testing

/// The hook in the real shells, each on a terminal of its own.
@Suite struct HookTests {
  enum Shell: String, CaseIterable {
    case bash, zsh, fish
  }

  private let sandbox: Sandbox
  private let project: FilePath

  /// A value in which every shell would find something to run.
  private static let nasty = #"a'b $(touch ran) `touch ran` \ "q" * (touch ran) ; touch ran"#

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.repository(
      "a project",
      files: [
        ".piko.yml": """
        env:
          NASTY: '\(Self.nasty.replacing("'", with: "''").replacing("$", with: "$$"))'
          LINED: "one\\nexport INTRUDER='x';\\nset -gx INTRUDER 'x';"
          OUTER: inside
        ports:
          web: 3000
        """
      ])
    for name in ["one", "two"] {
      let made = try sandbox.piko("create", name, "--yes", "-q", in: project)
      try #require(made.status == 0, "\(made)")
    }
    // Counts how often piko is started, and is what every shell here finds.
    try sandbox.write(
      """
      #!/bin/sh
      echo "$@" >> '\(sandbox.root)/calls'
      exec '\(BuiltPrograms.path(of: "piko"))' "$@"
      """, to: "tools/piko", mode: 0o755)
  }

  @Test(arguments: Shell.allCases)
  func setsOnEnteringAndRestoresOnLeaving(shell: Shell) throws {
    let seen = try visit(
      [
        see("before"), cd("one"), see("one"), "mkdir -p deep/er", "cd deep/er", see("deep"),
        cd("two"), see("two"), "cd /", see("after"),
      ], in: shell)
    #expect(seen["before"] == seen["after"])
    #expect(seen["before"]?["OUTER"] == "outside\nworld")
    #expect(seen["before"]?["PIKO_ENV_NAME"] == nil)
    #expect(seen["one"]?["PIKO_ENV_NAME"] == "one")
    #expect(seen["one"]?["OUTER"] == "inside")
    #expect(seen["one"]?["NASTY"] == Self.nasty)
    #expect(seen["one"]?["LINED"]?.hasPrefix("one\nexport INTRUDER") == true)
    #expect(seen["one"]?["COMPOSE_PROFILES"] == nil)
    #expect(seen["one"] == seen["deep"])
    #expect(seen["two"]?["PIKO_ENV_NAME"] == "two")
    #expect(seen["two"]?["PIKO_WEB_PORT"] != seen["one"]?["PIKO_WEB_PORT"])
    #expect(seen.values.allSatisfy { $0["INTRUDER"] == nil })
    #expect(seen["after"]?["COMPOSE_PROFILES"] == "dev")
    for place in [project, sandbox.root, project.pushing(".piko/worktrees/one")] {
      #expect(!sandbox.exists(place.appending("ran")))
    }
    // Once to print the hook, once for each worktree that was entered.
    #expect(try calls() == 3)
  }

  @Test(arguments: Shell.allCases)
  func aShellInsideLeavesToo(shell: Shell) throws {
    let inner = shell == .fish ? "fish" : "\(shell.rawValue) -i"
    let seen = try visit(
      [cd("one"), inner, see("inner"), "cd /", see("left"), "exit", see("back")], in: shell)
    #expect(seen["inner"]?["PIKO_ENV_NAME"] == "one")
    #expect(seen["left"]?["PIKO_ENV_NAME"] == nil)
    #expect(seen["left"]?["OUTER"] == "outside\nworld")
    #expect(seen["back"]?["PIKO_ENV_NAME"] == "one")
  }

  /// Into a project whose directory's name is one that an evaluation would run.
  @Test(arguments: Shell.allCases)
  func pcdGoesWhereThePathLeadsAndEvaluatesNothing(shell: Shell) throws {
    let odd = try sandbox.repository(
      "odd $(touch ran) `touch ran`; touch ran", files: ["deep/er/file": "x\n"])
    try #require(sandbox.piko("create", "three", "--yes", "-q", in: odd).status == 0)
    let place = "\(odd)".replacing("$", with: "\\$").replacing("`", with: "\\`")
    let go = shell == .fish ? "cd '\(odd)'" : "cd \"\(place)\""
    let failed = sandbox.root.appending("failed")
    let pwd = { (name: String) in "pwd > '\(sandbox.root)/\(name)'" }
    let seen = try visit(
      [
        go, "pcd three; \(see("three"))", "cd deep/er", "pcd", pwd("top"),
        shell == .fish
          ? "pcd no-such; echo $status > '\(failed)'" : "pcd no-such; echo $? > '\(failed)'",
        pwd("stayed"),
      ], in: shell)
    let worktree = odd.pushing(".piko/worktrees/three")
    #expect(seen["three"]?["PIKO_ENV_PATH"] == worktree.string)
    #expect(try sandbox.read("top") == "\(worktree)\n")
    #expect(try sandbox.read("stayed") == "\(worktree)\n")
    #expect(try sandbox.read("failed") == "1\n")
    for place in [odd, worktree, project, sandbox.root] {
      #expect(!sandbox.exists(place.appending("ran")))
    }
  }

  @Test(arguments: Shell.allCases)
  func leavesWhatWasNotExportedUnexported(shell: Shell) throws {
    let local = shell == .fish ? "set -e OUTER; set -g OUTER mine" : "unset OUTER; OUTER=mine"
    let file = sandbox.root.appending("kept")
    let seen = try visit(
      [local, cd("one"), see("one"), "cd /", see("after"), "echo \"$OUTER\" > '\(file)'"],
      in: shell)
    #expect(seen["one"]?["OUTER"] == "inside")
    #expect(seen["after"]?["OUTER"] == nil)
    #expect(try sandbox.read(file) == "mine\n")
  }

  @Test(arguments: Shell.allCases)
  func showsAFailureOnceAndGoesOn(shell: Shell) throws {
    try sandbox.write(
      "env:\n  NEW: unapproved\n", to: project.pushing(".piko/worktrees/one/.piko.yml"))
    let errors = sandbox.root.appending("errors")
    let seen = try visit(
      [
        cd("one"), see("one"), "true", "mkdir -p deep", "cd deep", see("deep"), cd("two"),
        see("two"),
      ],
      in: shell, errors: errors)
    #expect(seen["one"]?["NEW"] == nil)
    #expect(seen["deep"]?["OUTER"] == "outside\nworld")
    #expect(seen["two"]?["PIKO_ENV_NAME"] == "two")
    let said = try sandbox.read(errors)
    #expect(said.ranges(of: "are not approved").count == 1, "\(said)")
  }

  @Test(arguments: [
    ("bash", "set -eu"), ("zsh", "set -eu"), ("zsh", "setopt ksharrays shwordsplit"),
  ])
  func worksInAStrictShell(shell: String, options: String) throws {
    let seen = try visit(
      [options, cd("one"), see("one"), cd("two"), see("two"), "cd /", see("after")],
      in: try #require(Shell(rawValue: shell)))
    #expect(seen["one"]?["NASTY"] == Self.nasty)
    #expect(seen["two"]?["PIKO_ENV_NAME"] == "two")
    #expect(seen["after"]?["OUTER"] == "outside\nworld")
  }

  @Test(arguments: [
    (Shell.bash, "PROMPT_COMMAND='echo mine >> $HOME/prompts;'"),
    (Shell.bash, "PROMPT_COMMAND=('echo mine >> $HOME/prompts' 'true')"),
    (Shell.zsh, "precmd() { echo mine >> $HOME/prompts }"),
    (Shell.fish, "function mine --on-event fish_prompt; echo mine >> $HOME/prompts; end"),
  ])
  func coexistsWithTheUsersOwnHook(shell: Shell, own: String) throws {
    let seen = try visit([cd("one"), see("one")], in: shell, before: own, times: 2)
    #expect(seen["one"]?["PIKO_ENV_NAME"] == "one")
    #expect(try sandbox.read("home/prompts").hasPrefix("mine\nmine\n"))
    #expect(try calls() == 3)
  }

  @Test(arguments: Shell.allCases)
  func delaysAPromptByUnderTenMilliseconds(shell: Shell) throws {
    let result = sandbox.root.appending("took")
    let loop =
      switch shell {
      case .bash:
        """
        s=$(date +%s%N); for ((i = 0; i < 200; i++)); do eval "$PROMPT_COMMAND"; done
        echo $((($(date +%s%N) - s) / 200)) > '\(result)'
        """
      case .zsh:
        """
        s=$(date +%s%N); repeat 200; do for f in $precmd_functions; do $f; done; done
        echo $((($(date +%s%N) - s) / 200)) > '\(result)'
        """
      case .fish:
        """
        set s (date +%s%N); for i in (seq 100); cd deep; cd ..; end
        math --scale=0 "("(date +%s%N)" - $s) / 200" > '\(result)'
        """
      }
    _ = try visit(["mkdir -p '\(sandbox.root)/deep'", "cd '\(sandbox.root)'", loop], in: shell)
    let outside = try #require(Int(try sandbox.read(result).filter(\.isNumber)))
    #expect(outside < 10_000_000, "\(outside) ns outside")
    _ = try visit([cd("one"), "mkdir -p deep", loop], in: shell)
    let inside = try #require(Int(try sandbox.read(result).filter(\.isNumber)))
    #expect(inside < 10_000_000, "\(inside) ns inside")
    // 400 prompts, and piko was asked once: at the entrance.
    #expect(try calls() == 3)
  }

  @Test func refusesAShellItDoesNotKnow() throws {
    let refused = try sandbox.piko("hook", "tcsh")
    #expect(refused.status == 129)
    #expect(
      refused.stderr.hasPrefix("error: there is no hook for 'tcsh': it can be bash, zsh, fish\n"))
    #expect(try sandbox.piko("hook").status == 129)
  }

  // MARK: - Visiting

  private func cd(_ name: String) -> String { "cd '\(project)/.piko/worktrees/\(name)'" }

  /// Writes the variables that a program would get to a file of this name.
  private func see(_ name: String) -> String { "env -0 > '\(sandbox.root)/seen-\(name)'" }

  private func calls() throws -> Int {
    try sandbox.read("calls").split(separator: "\n").count
  }

  /// Types lines into an interactive shell with the hook, and gives what was seen.
  private func visit(
    _ lines: [String], in shell: Shell, before own: String = "", times: Int = 1,
    errors: FilePath? = nil
  ) throws -> [String: [String: String]] {
    let hook =
      shell == .fish ? "piko hook fish | source" : "eval \"$(piko hook \(shell.rawValue))\""
    let redirect = errors.map { shell == .fish ? "" : "exec 2> '\($0)'\n" } ?? ""
    let text =
      "\(own)\n" + [String](repeating: hook, count: times).joined(separator: "\n") + "\n\(redirect)"
    let file: FilePath =
      switch shell {
      case .bash: "home/.bashrc"
      case .zsh: "home/.zshrc"
      case .fish: "config/fish/config.fish"
      }
    try sandbox.write(text, to: file)
    var command = shell == .fish ? "fish" : "\(shell.rawValue) -i"
    if shell == .fish, let errors { command += " 2> '\(errors)'" }
    let path = sandbox.variables["PATH"] ?? ""
    let said = try sandbox.run(
      "script", ["-qec", command, "/dev/null"],
      input: (lines + ["exit 0", ""]).joined(separator: "\n"),
      environment: [
        "PATH": "\(sandbox.root)/tools:\(path)", "OUTER": "outside\nworld",
        "COMPOSE_PROFILES": "dev", "SHELL": "/bin/sh",
      ])
    #expect(said.status == 0, "\(said)")
    var seen: [String: [String: String]] = [:]
    for line in lines where line.contains("env -0 > ") {
      guard let name = line.split(separator: "/seen-").last?.dropLast() else { continue }
      guard sandbox.exists(FilePath("seen-\(name)")) else {
        Issue.record("nothing was seen at '\(name)': \(said)")
        continue
      }
      var variables: [String: String] = [:]
      for entry in try sandbox.read(FilePath("seen-\(name)")).split(separator: "\0") {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !["_", "PWD", "OLDPWD", "SHLVL"].contains(parts[0]) else {
          continue
        }
        variables[String(parts[0])] = String(parts[1])
      }
      seen[String(name)] = variables
    }
    return seen
  }
}
