import PikoCompose
package import PikoCore
package import PikoGit

/// What git is told to leave out of every status: all that piko makes in a checkout.
package enum Exclusion {
  /// The patterns (gitignore(5)). The first one has no slash at its end: a `.piko` may be a link.
  package static let patterns = ["/.piko", Override.fileName]

  /// Puts the patterns into the repository's `info/exclude`, once.
  ///
  /// - Returns: whether something was written.
  @discardableResult
  package static func apply(to repository: Repository) throws(Failure) -> Bool {
    try repository.excludeFromStatus(patterns, replacing: ["/.piko/": "/.piko"])
  }
}
