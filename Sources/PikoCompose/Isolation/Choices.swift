/// What `isolation:` in `.piko.yml` says about what would otherwise be shared.
package struct Choices: Sendable, Equatable {
  package enum Choice: String, Sendable, Equatable {
    /// A volume of the environment's own.
    case `private`
    /// Shared knowingly: nothing is said about it.
    case shared
  }

  private let named: [String: Choice]

  /// - Parameter named: the choice by a volume's key or engine name, or a bind's source as it is
  ///   written or resolved, or `SERVICE:TARGET`.
  package init(_ named: [String: Choice] = [:]) { self.named = named }

  /// The choice for something that goes by these names.
  package func choice(for names: String?...) -> Choice? {
    names.lazy.compactMap { $0 }.compactMap { named[$0] }.first
  }
}
