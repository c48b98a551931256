package import SystemPackage

/// What the rules may ask about files; a value, so that the rules stay pure.
package struct FileFacts: Sendable {
  package enum Kind: Sendable, Equatable {
    case file
    case directory
    /// A socket, device or pipe.
    case other
  }

  /// What lies at a path, symbolic links followed; nil where nothing does.
  package let kind: @Sendable (FilePath) -> Kind?

  package init(_ kind: @escaping @Sendable (FilePath) -> Kind?) { self.kind = kind }

  package func exists(_ path: FilePath) -> Bool { kind(path) != nil }
}
