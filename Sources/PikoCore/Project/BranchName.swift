internal import PikoCore

/// The rules for the name of a branch: those of git-check-ref-format(1) with `--branch`.
package enum BranchName {
  /// Whether git accepts `name` for a branch.
  package static func isValid(_ name: String) -> Bool {
    guard name != "HEAD", !name.hasPrefix("-"), !name.hasPrefix("/") else {
      return false
    }
    guard !name.isEmpty, !name.hasSuffix("/"), !name.hasSuffix(".") else { return false }
    guard !name.contains(".."), !name.contains("@{"), !name.contains("//") else { return false }
    let refused = name.utf8.contains { $0 <= 0x20 || $0 == 0x7F || forbidden.contains($0) }
    let parts = name.split(separator: "/")
    return !refused && parts.allSatisfy { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
  }

  private static let forbidden = Set("~^:?*[\\".utf8)
}
