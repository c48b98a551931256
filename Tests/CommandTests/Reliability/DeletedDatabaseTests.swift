import Support
import SystemPackage
import Testing

/// `state.db` deleted again and again beside verbs that use it, each in a process of its own.
@Suite struct DeletedDatabaseTests {
  /// Four readers for some seconds; what one of them missed is left in the file `missed`.
  private static let script = #"""
    touch ../reading
    read_on() {
      while test -e ../reading; do
        piko-list -q > ../list.$1 2> ../error.$1 && grep -qx one ../list.$1 ||
          { echo "piko list, $?"; cat ../list.$1 ../error.$1; } >> ../missed
        piko-env one > ../env.$1 2> ../error.$1 && grep -q PIKO_ENV_NAME= ../env.$1 ||
          { echo "piko env, $?"; cat ../error.$1; } >> ../missed
        echo >> ../rounds
      done
    }
    for reader in 1 2 3 4; do read_on $reader & done
    end=$((SECONDS + 5))
    while test $SECONDS -lt $end; do
      rm -f .piko/state.db
      echo >> ../deletions
      sleep 0.0$((RANDOM % 3))
    done
    rm ../reading
    wait
    cat ../missed 2> /dev/null
    true
    """#

  @Test(.timeLimit(.minutes(2))) func isMadeAgainWithoutAWordToTheVerbs() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    try sandbox.create("one", in: project)
    let missed = try sandbox.output("bash", ["-c", Self.script], in: project)
    #expect(missed.isEmpty)
    #expect(try sandbox.read("deletions").count > 20)
    #expect(try sandbox.read("rounds").count >= 4)
    #expect(try sandbox.piko("doctor", in: project).status == 0)
  }
}
