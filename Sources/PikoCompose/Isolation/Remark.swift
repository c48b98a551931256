/// Something about the isolation that the user is told.
package struct Remark: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Stays shared with the main checkout, by declaration.
    case shared
    /// Works, but not as one may think.
    case warning
    /// Compose offers no way to make it private.
    case cannotIsolate
  }

  package let kind: Kind
  package let feature: Feature
  /// The sentence, in the form of a `warning:` line.
  package let message: String
  package let hint: String?
  /// Where it stands in a compose file, `compose.yaml:12`, if that is known.
  package let place: String?
  /// Whether `create --strict` refuses because of it.
  package let isRefusedWhenStrict: Bool

  /// The message with its place before it.
  package var text: String { place.map { "\($0): \(message)" } ?? message }
}
