/// How far `piko destroy` goes.
package struct DestroyRequest: Sendable {
  /// `--volumes`: the data too.
  package var volumes = false
  /// `--delete-branch`: the branch too.
  package var deletesBranch = false
  /// `--force`: whatever would be lost.
  package var isForced = false

  package init() {}
}
