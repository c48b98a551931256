package import PikoControl
package import PikoCore

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
  /// `--shared` and `--isolate`: whether it uses the shared one of a service, whatever is decided for
  /// the project.
  package var sharing: [String: Bool] = [:]
  /// `--strict`: refuses what cannot be isolated.
  package var isStrict = false
  /// `--explain`: says every rewrite.
  package var explains = false
  /// `--yes`, `--approve`: what the user says of the project's scripts.
  package var consent = Consent.open

  package init(typed: String) { self.typed = typed }

  /// The command that asks for this, as a hint gives it to be typed.
  package func command(adding option: String? = nil) -> String {
    var words = ["piko", "create"]
    if let option { words.append(option) }
    switch consent {
    case .given where option != "--yes": words.append("--yes")
    case .content(let digest) where option != "--yes":
      words += ["--approve", Quoting.word(digest)]
    default: break
    }
    if reuses { words.append("--reuse") }
    if !starts { words.append("--no-start") }
    if freshVolumes { words.append("--fresh-volumes") }
    if isStrict { words.append("--strict") }
    for (service, isShared) in sharing.sorted(by: { $0.key < $1.key }) {
      words += [isShared ? "--shared" : "--isolate", Quoting.word(service)]
    }
    if let branch { words += ["--branch", Quoting.word(branch)] }
    if let from { words += ["--from", Quoting.word(from)] }
    return (words + [Quoting.word(typed)]).joined(separator: " ")
  }

  /// The branch that is wanted.
  package var wantedBranch: BranchName { BranchName(branch ?? typed) }
}
