package import PikoCore
package import SystemPackage

/// How a project becomes an environment's: the rewrites, what comes out, and what to tell the user.
package struct IsolationPlan: Sendable {
  package let identity: Identity
  package let original: Model
  /// What Compose must make of the project's files and the override.
  package let expected: Model
  package let rewrites: [Rewrite]
  package let remarks: [Remark]
  /// The host ports of each mapping.
  package let leases: [(mapping: PortMapping, ports: ClosedRange<Int>)]
  /// Engine names of volumes that stay shared by declaration.
  package let sharedVolumes: Set<String>
  /// Engine names of networks that stay shared by declaration.
  package let sharedNetworks: Set<String>

  /// Refuses what cannot be isolated.
  ///
  /// - Throws: naming the first such thing, the others as its detail.
  package func refuseWhatCannotBeIsolated() throws(Failure) {
    let refused = remarks.filter(\.isRefusedWhenStrict)
    guard let first = refused.first else { return }
    throw Failure(
      "cannot isolate \(identity.environment.quoted): \(first.text)",
      hint: "to create it all the same, leave out '--strict'",
      detail: refused.count > 1 ? refused.dropFirst().map(\.text).joined(separator: "\n") : nil)
  }

  /// What `create --explain` shows: a line for each rewrite with its reason, and one for all the
  /// labels together, last.
  package var explanations: [String] {
    let labels = rewrites.filter { $0.feature == .labels }
    let lines = rewrites.filter { $0.feature != .labels }.map(\.explanation)
    guard let first = labels.first else { return lines }
    let names = Set(labels.compactMap(\.path.keys.last)).sorted().joined(separator: ", ")
    let places = Set(labels.map(\.path.parent))
    let kinds = [("services", "service"), ("volumes", "volume"), ("networks", "network")]
    let counts = kinds.compactMap { part, noun -> String? in
      // Those of a service's build stand beside its own.
      let count = places.filter { $0.keys.first == part && !$0.keys.contains("build") }.count
      return count == 0 ? nil : count.counted(noun)
    }
    return lines + ["labels of \(counts.joined(separator: ", ")): added \(names) (\(first.reason))"]
  }

  /// The text of `docker-compose.piko.yml`.
  ///
  /// - Parameter command: the command that wrote it, for the comment at its head.
  package func override(writtenBy command: String) -> String {
    Override(of: rewrites, expected: expected.document).text(writtenBy: command)
  }

  /// Where the override lies.
  package var overrideFile: FilePath { identity.overrideDirectory.appending(Override.fileName) }

  /// Writes the override by a rename; one that says the same already is left as it is.
  ///
  /// - Returns: whether it says something else than before.
  /// - Throws: where the worktree cannot be written to, and where a file is in its place that piko did
  ///   not write.
  @discardableResult
  package func writeOverride(writtenBy command: String) throws(Failure) -> Bool {
    guard Override.mayReplace(overrideFile) else {
      throw Failure(
        "cannot write \(Paths.display(overrideFile).quoted): a file that piko did not write is there",
        hint: "to move it away, run 'mv \(Paths.argument(overrideFile)) "
          + "\(Paths.argument(FilePath(overrideFile.string + ".old")))'")
    }
    return try Files.replace(overrideFile, with: override(writtenBy: command))
  }
}
