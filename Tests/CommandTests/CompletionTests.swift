import Support
import SystemPackage
import Testing

/// Completion in the real shells, over the built programs.
@Suite struct CompletionTests {
  enum Shell: String, CaseIterable {
    case bash, zsh, fish

    /// The names of this shell's completions below `share/`, as they are installed.
    var file: FilePath {
      switch self {
      case .bash: "share/bash-completion/completions/piko"
      case .zsh: "share/zsh/site-functions/_piko"
      case .fish: "share/fish/vendor_completions.d/piko.fish"
      }
    }
  }

  private let sandbox: Sandbox
  private let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.repository(files: ["README": "x\n"])
    try sandbox.git("branch", "topic/one", in: project)
    try sandbox.git("tag", "v1.0", in: project)
  }

  // The words that complete are unique, so that every shell puts them in.
  @Test(arguments: Shell.allCases)
  func completesVerbs(shell: Shell) throws {
    #expect(try complete("piko destr", in: shell) == ["destroy"])
    #expect(try complete("piko hel", in: shell) == ["help"])
    #expect(try complete("piko --li", in: shell) == ["--list"])
    #expect(try complete("piko help conf", in: shell) == ["config"])
    #expect(try complete("piko help tuto", in: shell) == ["tutorial"])
  }

  @Test(arguments: Shell.allCases)
  func completesAStrangersVerb(shell: Shell) throws {
    try sandbox.write("#!/bin/sh\n", to: "tools/piko-zebra", mode: 0o755)
    #expect(try complete("piko zeb", in: shell) == ["zebra"])
  }

  @Test(arguments: Shell.allCases)
  func completesTheOptionsOfAVerb(shell: Shell) throws {
    #expect(try complete("piko create --dry", in: shell) == ["--dry-run"])
    #expect(try complete("piko destroy --delete", in: shell) == ["--delete-branch"])
  }

  @Test(arguments: Shell.allCases)
  func completesTheValuesOfOptions(shell: Shell) throws {
    #expect(try complete("piko create new --from v1", in: shell) == ["v1.0"])
    #expect(try complete("piko create new --branch top", in: shell) == ["topic/one"])
    #expect(try complete("piko env --format dot", in: shell) == ["dotenv"])
  }

  @Test(arguments: Shell.allCases)
  func completesEnvironmentsThatExist(shell: Shell) throws {
    let made = try sandbox.piko("create", "topic/one", "--no-start", "--yes", in: project)
    #expect(made.status == 0, "\(made)")
    for verb in ["destroy", "env", "path", "ports"] {
      #expect(try complete("piko \(verb) top", in: shell) == ["topic-one"])
    }
    #expect(try complete("pcd top", in: shell) == ["topic-one"])
    #expect(try complete("piko list --services top", in: shell) == ["topic-one"])
    #expect(try complete("piko destroy other top", in: shell) == ["topic-one"])
    // These take one alone.
    for words in ["path other", "env --format sh other", "up --timeout 5 other"] {
      #expect(try complete("piko \(words) top", in: shell) == [])
    }
    #expect(try complete("pcd other top", in: shell) == [])
    // The value of an option is no environment.
    for words in ["up --timeout", "up --approve", "logs --since", "create --approve"] {
      #expect(try complete("piko \(words) top", in: shell) == [])
    }
    let elsewhere = try complete("piko -C \(project) path top", in: shell, at: sandbox.root)
    #expect(elsewhere == ["topic-one"])
  }

  @Test(arguments: Shell.allCases)
  func completesTheServicesOfTheNamedEnvironment(shell: Shell) throws {
    let shop = try sandbox.repository(
      "shop",
      files: ["compose.yaml": "services: {database: {image: x}, frontend: {image: x}}\n"])
    let made = try sandbox.piko("create", "one", "--no-start", "--yes", in: shop)
    #expect(made.status == 0, "\(made)")
    for verb in ["logs", "exec", "shell", "restart", "wait", "open"] {
      #expect(try complete("piko \(verb) one data", in: shell, at: shop) == ["database"])
    }
    #expect(try complete("piko logs --tail 5 one fro", in: shell, at: shop) == ["frontend"])
    for words in ["share", "isolate", "create new --shared", "create new --isolate"] {
      #expect(try complete("piko \(words) data", in: shell, at: shop) == ["database"])
    }
    // A lone word may be an environment, or a service of the current one.
    let worktree = shop.pushing(".piko/worktrees/one")
    #expect(try complete("piko logs o", in: shell, at: worktree) == ["one"])
    #expect(try complete("piko logs fro", in: shell, at: worktree) == ["frontend"])
    #expect(try complete("piko logs fro", in: shell, at: shop) == [])
  }

  @Test(arguments: Shell.allCases)
  func completesShellsAndScripts(shell: Shell) throws {
    #expect(try complete("piko hook zs", in: shell) == ["zsh"])
  }

  @Test(arguments: Shell.allCases)
  func completesTheScriptsThatAreDefined(shell: Shell) throws {
    let shop = try sandbox.project("shop", configured: "scripts: {setup: 'true', run: 'true'}")
    _ = try sandbox.piko("create", "one", "--yes", in: shop)
    let worktree = shop.pushing(".piko/worktrees/one")
    for (line, place) in [("piko run one --script", shop), ("piko run --script", worktree)] {
      #expect(try complete("\(line) se", in: shell, at: place) == ["setup"])
      #expect(try complete("\(line) r", in: shell, at: place) == ["run"])
      #expect(try complete("\(line) pre", in: shell, at: place) == [])
    }
  }

  @Test(arguments: Shell.allCases)
  func completesBranchesForCreate(shell: Shell) throws {
    #expect(try complete("piko create top", in: shell) == ["topic/one"])
    // The one that is checked out cannot be.
    #expect(try complete("piko create mai", in: shell) == [])
    #expect(try complete("piko create x --branch mai", in: shell) == [])
    #expect(try complete("piko create x --from mai", in: shell) == ["main"])
  }

  @Test(arguments: Shell.allCases)
  func completesRevisionsForTrust(shell: Shell) throws {
    #expect(try complete("piko trust top", in: shell) == ["topic/one"])
    #expect(try complete("piko trust v1", in: shell) == ["v1.0"])
    #expect(try complete("piko trust main v1", in: shell) == [])
    #expect(try complete("piko path v1", in: shell) == [])
  }

  @Test(arguments: Shell.allCases)
  func completesTheSharedServicesOnceThereAreAny(shell: Shell) throws {
    let made = try sandbox.piko("create", "one", "--no-start", "--yes", in: project)
    #expect(made.status == 0, "\(made)")
    let verbs = ["destroy", "destroy one", "up", "down", "ports"]
    for verb in verbs { #expect(try complete("piko \(verb) sha", in: shell) == []) }
    // As `piko share` leaves it, which needs an engine.
    try sandbox.output(
      "sqlite3",
      [
        "-batch", sandbox.root.pushing("state/piko/registry.db").string,
        "UPDATE environments SET compose = '{}', services = '[\"db\"]' WHERE shared",
      ])
    for verb in verbs { #expect(try complete("piko \(verb) sha", in: shell) == ["shared"]) }
    #expect(try complete("piko path sha", in: shell) == [])
  }

  @Test(arguments: Shell.allCases)
  func completesACommandAfterTwoDashes(shell: Shell) throws {
    try sandbox.write("#!/bin/sh\n", to: "tools/uniquely-named", mode: 0o755)
    #expect(try complete("piko env name -- uniquely-n", in: shell) == ["uniquely-named"])
    // Keywords and builtins are this shell's own: nothing else can run them.
    for word in ["whil", "functio", shell == .fish ? "commandlin" : "typese"] {
      #expect(try complete("piko env name -- \(word)", in: shell) == [])
    }
  }

  @Test(arguments: Shell.allCases)
  func neverRunsWhatABranchIsCalled(shell: Shell) throws {
    let name = "evil$(touch${IFS}ran)`touch${IFS}ran`"
    try sandbox.git("branch", name, in: project)
    _ = try complete("piko create ev", in: shell)
    _ = try complete("piko create new --from ev", in: shell)
    #expect(!sandbox.exists(project.appending("ran")))
  }

  /// Where each shell's own completion of git calls that of a program beside it.
  @Test(arguments: Shell.allCases)
  func completesAfterGit(shell: Shell) throws {
    let made = try sandbox.piko("create", "topic/one", "--no-start", "--yes", in: project)
    #expect(made.status == 0, "\(made)")
    #expect(try complete("git piko destr", in: shell) == ["destroy"])
    #expect(try complete("git piko create --dry", in: shell) == ["--dry-run"])
    #expect(try complete("git piko destroy top", in: shell) == ["topic-one"])
    #expect(try complete("git piko env --format dot", in: shell) == ["dotenv"])
    #expect(
      try complete("git -C \(project) piko path top", in: shell, at: sandbox.root)
        == ["topic-one"])
    // Git's own words are still its own.
    #expect(try complete("git commit --signof", in: shell).contains { $0.hasPrefix("--signoff") })
  }

  // MARK: - Asking the shells

  private func complete(
    _ line: String, in shell: Shell, at directory: FilePath? = nil
  ) throws -> [String] {
    let command = line.prefix { $0 != " " }
    // zsh's file has both.
    let own = command == "git" ? "git-piko" : String(command)
    let name = shell == .zsh ? "_piko" : shell == .fish ? "\(command).fish" : own
    var file = SourceTree.root.pushing(shell.file).removingLastComponent().appending(name).string
    if shell == .fish, command == "git" {
      file = SourceTree.root.pushing("share/fish/vendor_conf.d/piko.fish").string
    }
    let path = sandbox.variables["PATH"] ?? ""
    let environment: [String: String?] = ["PATH": "\(sandbox.root)/tools:\(path)"]
    let arguments: [String]
    switch shell {
    case .bash: arguments = ["--norc", "--noprofile", "-c", Self.bashDriver, "bash", file, line]
    case .zsh:
      arguments = [
        "-f", "-c", Self.zshDriver, "zsh", file, line,
        sandbox.root.appending("completed").string,
      ]
    case .fish:
      // Without its configuration it looks for no package's files, nor its own.
      let piko = SourceTree.root.pushing(shell.file).string
      arguments = [
        "--no-config", "-c",
        """
        set -g fish_complete_path $__fish_data_dir/completions
        source $argv[1]; source $argv[2]; complete -C $argv[3]
        """, piko, file, line,
      ]
    }
    let answer = try sandbox.run(
      shell.rawValue, arguments, in: directory ?? project, environment: environment)
    #expect(answer.status == 0, "\(answer)")
    let typed = line.split(separator: " ").last ?? ""
    return answer.stdout.split(separator: "\n")
      .map { String($0.prefix { $0 != "\t" }) }
      .map { shell == .zsh ? String($0.split(separator: " ").last ?? "") : $0 }
      .filter { $0 != typed }
  }

  /// Calls the function that the file registers for `piko`, as readline does.
  private static let bashDriver = """
    source "$1"
    [[ $2 != "git "* ]] || source /usr/share/bash-completion/completions/git
    read -ra COMP_WORDS <<< "$2"
    COMP_LINE=$2 COMP_POINT=${#2} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    [[ $(complete -p "${COMP_WORDS[0]}") =~ -F\\ ([^ ]+) ]] && "${BASH_REMATCH[1]}"
    ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
    """

  /// Types the line and a tab into an interactive zsh, and then around it what writes it to a file.
  private static let zshDriver = #"""
    zmodload zsh/zpty
    TERM=dumb zpty shell zsh -f -i
    zpty -w shell "fpath=(${(qq)1:h} \$fpath); autoload -U compinit; compinit -u -D; bindkey -e"
    zpty -w -n shell "$2"$'\t\001print -r -- \'\005\' > '"${(q)3}"$'.part; mv '"${(q)3}.part ${(q)3}"$'\n'
    for ((i = 0; i < 1000; i++)); do
      [[ -e $3 ]] && break
      zselect -t 1 2>/dev/null || sleep 0.01
    done
    cat $3 && rm $3
    zpty -d shell
    """#
}
