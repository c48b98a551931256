/// How an environment is brought up.
package struct UpRequest: Sendable {
  /// How long all of it may take until the containers are ready; nil for 120 s of waiting beside
  /// what building and downloading take.
  package var timeout: Duration?
  /// `--build`: images are built first.
  package var builds = false
  /// `--fresh-volumes`: volumes that an earlier environment of this name kept are emptied.
  package var freshVolumes = false
  /// Whether a setup script that has not ended well yet is run.
  package var runsSetup = true

  package init() {}
}
