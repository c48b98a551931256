/// What the user has said of what a repository supplies to be run, before being shown it.
package enum Consent: Sendable, Equatable {
  /// Nothing: it is asked for.
  case open
  /// `--yes`: it may be run, whatever it is.
  case given
  /// `--approve DIGEST`: the content of this digest may be run, and no other.
  case content(String)

  /// What the options of a verb say.
  package init(yes: Bool, digest: String?) {
    self = yes ? .given : digest.map { .content($0) } ?? .open
  }
}
