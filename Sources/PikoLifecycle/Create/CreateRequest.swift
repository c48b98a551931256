/// What `piko create` was asked for.
package struct CreateRequest: Sendable {
  /// The name or branch as typed.
  package var typed: String
  /// `--branch`: the branch, where it is not the one typed.
  package var branch: String?
  /// `--from`: the revision that a new branch begins at; HEAD where nil.
  package var from: String?
  /// Whether containers are started.
  package var starts = true
  /// `--reuse`: an environment that exists is brought up instead of refused.
  package var reuses = false
  /// `--fresh-volumes`: volumes that an earlier environment of this name kept are emptied.
  package var freshVolumes = false
  /// `--strict`: refuses what cannot be isolated.
  package var isStrict = false
  /// `--explain`: says every rewrite.
  package var explains = false
  /// `--yes`: approves the project's scripts.
  package var approves = false

  package init(typed: String) { self.typed = typed }

  /// The branch that is wanted.
  package var wantedBranch: String { branch ?? typed }
}
