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
