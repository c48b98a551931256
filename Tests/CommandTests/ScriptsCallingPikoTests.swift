import Support
import SystemPackage
import Testing

/// Scripts of the project that turn against the verb which runs them.
@Suite struct ScriptsCallingPikoTests {
  @Test(arguments: [
    ("setup", "piko up $PIKO_ENV_NAME", "create"), ("setup", "piko wait $PIKO_ENV_NAME", "create"),
    ("destroy", "piko destroy --force $PIKO_ENV_NAME", "destroy"),
  ])
  func noneWaitsForTheVerbThatWaitsForIt(script: String, command: String, verb: String) throws {
    let shop = try Workshop(files: [".piko.yml": "scripts: {\(script): \"\(command)\"}\n"])
    let made = try shop.piko("create", "a", "--yes")
    let said = verb == "create" ? made : try shop.piko(verb, "a")
    #expect(said.status == 1, "\(said)")
    #expect(said.stderr.contains("error: cannot wait for 'piko \(verb) a' (pid "), "\(said)")
    #expect(said.stderr.contains("): it has started this, and waits for its end\n"))
    #expect(said.stderr.contains("error: the \(script) script ended with status 1\n"))
  }

  @Test func soHasOneThatIsRunAgain() throws {
    let shop = try Workshop(files: [
      ".piko.yml": "scripts: {setup: 'test ! -e armed || rm -rf \"$PIKO_ENV_PATH\"'}\n",
      ".gitignore": "armed\n",
    ])
    try shop.sandbox.write("", to: shop.create("a").appending("armed"))
    let failed = try shop.piko("run", "a", "--script", "setup")
    #expect(
      failed.text == """
        2| error: the setup script has removed the worktree '<root>/shop/.piko/worktrees/a'
        2| hint: to make it anew, first run 'piko destroy a'
        status 1
        """)
  }

  /// Two creates at once, the setup script of each of which brings the other one up.
  @Test func noneWaitsForOneThatWaitsForIt() throws {
    let setup = """
      scripts:
        setup: |
          case $PIKO_ENV_NAME in a) other=b ;; *) other=a ;; esac
          touch "$PIKO_ROOT/../in-$PIKO_ENV_NAME"
          until test -e "$PIKO_ROOT/../in-$other"; do sleep 0.1; done
          piko up $other

      """
    let shop = try Workshop(files: [".piko.yml": setup])
    try shop.create("c", "--no-start")  // the approval is given
    let said = try shop.sandbox.run(
      "sh", "-c", "timeout 60 piko create a & timeout 60 piko create b; echo $?; wait $!; echo $?",
      in: shop.project)
    #expect(said.stderr.contains("error: cannot wait for 'piko create "), "\(said)")
    #expect(
      said.stderr.contains("): it waits for the end of what has started this\n"), "\(said)")
    #expect(said.stdout.contains("1\n") && !said.stdout.contains("124"), "\(said)")
    #expect(try shop.piko("list", "-q").stdout == "a\nb\nc\n")
  }

  @Test(arguments: [
    "rm -rf \\\"$PIKO_ENV_PATH\\\"", "mv \\\"$PIKO_ENV_PATH\\\" \\\"$PIKO_ROOT/../away\\\"",
  ])
  func aSetupScriptThatRemovesItsWorktreeHasFailed(_ command: String) throws {
    let shop = try Workshop(files: [".piko.yml": "scripts: {setup: \"\(command)\"}\n"])
    let failed = try shop.piko("create", "a", "--yes")
    #expect(failed.status == 1 && failed.stdout.isEmpty, "\(failed)")
    #expect(
      failed.stderr.hasSuffix(
        """
        error: the setup script has removed the worktree '<root>/shop/.piko/worktrees/a'
        hint: to make it anew, first run 'piko destroy a'

        """), "\(failed)")
    #expect(try shop.piko("list").stdout.contains("broken"))
    let up = try shop.piko("up", "a")
    #expect(up.status == 1 && up.stderr.contains("is gone"), "\(up)")
    #expect(try shop.piko("status", "a").stdout.contains("setup failed ("))
    let destroyed = try shop.piko("destroy", "a")
    #expect(destroyed.status == 0, "\(destroyed)")
  }

  @Test(arguments: ["rm -rf \\\"$PIKO_ENV_PATH\\\"", "rm -rf \\\"$PIKO_ROOT/.piko\\\""])
  func aPrepareScriptThatRemovesItsWorktreeHasFailed(_ command: String) throws {
    let shop = try Workshop(files: [".piko.yml": "scripts: {prepare: \"\(command)\"}\n"])
    let refused = try shop.piko("create", "a", "--yes")
    #expect(refused.status == 1 && refused.stdout.isEmpty, "\(refused)")
    #expect(
      refused.stderr.contains(
        """
        error: the prepare script has removed the worktree '<root>/shop/.piko/worktrees/a'
        hint: to try again, mend the script and run 'piko create --yes a'

        """), "\(refused)")
    #expect(try shop.piko("list", "-q").stdout.isEmpty)
    #expect(try shop.sandbox.git("branch", "--format=%(refname:short)", in: shop.project) == "main")
    #expect(
      try shop.sandbox.git("worktree", "list", in: shop.project).split(separator: "\n").count == 1)
  }
}
