internal import PikoCore

/// git's effective configuration in one directory, as git itself reads it: every file, condition and
/// variable that counts (git-config(1)).
struct Configuration: Sendable {
  /// Values by key, in the order git read them: the last one holds. Section and last part are in
  /// lower case, what stands between them is as written.
  private let values: [String: [String]]

  /// Asks git once.
  init(from git: Git) throws(Failure) {
    let result = try git.run(["config", "--list", "-z"])
    guard result.succeeded else {
      throw Failure(
        "cannot read git's configuration", detail: result.errors, status: .cannotStart)
    }
    self.init(listing: result.output)
  }

  /// Reads the output of `git config --list -z`: a key, a newline, the value; a key alone is true.
  init(listing bytes: [UInt8]) {
    var values: [String: [String]] = [:]
    for record in bytes.split(separator: 0) {
      let parts = record.split(
        separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(decoding: parts[0], as: UTF8.self)
      let value = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : "true"
      values[key, default: []].append(value)
    }
    self.values = values
  }

  /// The value that holds.
  func string(_ key: String) -> String? { values[key]?.last }

  /// Every value of a key that may be given several times.
  func all(_ key: String) -> [String] { values[key] ?? [] }

  /// The value as a truth; nil where it is absent or none.
  func bool(_ key: String) -> Bool? {
    switch string(key)?.lowercased() {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0", "": false
    default: nil
    }
  }

  /// Whether the key is given at all.
  func has(_ key: String) -> Bool { values[key] != nil }

  /// The keys that begin with `prefix`.
  func keys(below prefix: String) -> [String] { values.keys.filter { $0.hasPrefix(prefix) } }

  /// The names between `section.` and `.last`, sorted: `remote.origin.fetch` gives `origin`.
  func names(in section: String, having last: String) -> [String] {
    keys(below: section + ".").filter { $0.hasSuffix("." + last) }
      .map { String($0.dropFirst(section.count + 1).dropLast(last.count + 1)) }.sorted()
  }
}
