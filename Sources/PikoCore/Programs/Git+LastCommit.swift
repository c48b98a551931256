extension Git {
  /// The commit that is checked out.
  package struct Commit: Sendable, Hashable {
    /// Its hash in hex.
    package let id: String
    /// The first line of its message.
    package let subject: String
    /// When it was committed, in seconds since 1970.
    package let committedAt: Int
  }

  /// HEAD's commit; nil before the first one.
  package func lastCommit(timeout: Duration? = nil) throws(Failure) -> Commit? {
    let result = try run(
      [
        "--no-optional-locks", "log", "-1", "--no-show-signature", "--format=%H%x00%ct%x00%s", "-z",
      ],
      timeout: timeout)
    let fields = result.text.split(separator: "\0", omittingEmptySubsequences: false)
    guard result.succeeded, fields.count >= 3, let time = Int(fields[1]) else { return nil }
    return Commit(id: String(fields[0]), subject: String(fields[2]), committedAt: time)
  }
}
