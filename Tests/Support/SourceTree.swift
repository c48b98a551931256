import FoundationEssentials
package import SystemPackage

/// The repository that the tests were built from.
package enum SourceTree {
  package static let root = FilePath(#filePath)
    .removingLastComponent().removingLastComponent().removingLastComponent()

  /// The verbs that have a program here, sorted.
  package static let verbs: [String] = names(in: "Sources")
    .filter { $0.hasPrefix("piko-") }.map { String($0.dropFirst("piko-".count)) }

  /// The names in a directory of the tree, sorted; none where there is no such directory.
  package static func names(in directory: FilePath) -> [String] {
    let path = root.pushing(directory).string
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// The text of a file of the tree.
  package static func text(of file: FilePath) throws -> String {
    String(
      decoding: try Data(contentsOf: URL(filePath: root.pushing(file).string)), as: UTF8.self)
  }

  /// Whether the tree has the file.
  package static func has(_ file: FilePath) -> Bool {
    FileManager.default.fileExists(atPath: root.pushing(file).string)
  }

  /// The Swift files below a directory of the tree, sorted, as paths from its root.
  package static func swiftFiles(below directory: String) -> [String] {
    let path = root.pushing(FilePath(directory)).string
    let found = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    return found.filter { $0.hasSuffix(".swift") }.map { "\(directory)/\($0)" }.sorted()
  }

  /// A line of `share/piko/commands`.
  package struct Command: Sendable {
    package let verb: String
    package let group: String
    package let summary: String
  }

  /// The lines of `share/piko/commands`, in their order.
  package static func commands() throws -> [Command] {
    try text(of: "share/piko/commands").split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
      let columns = $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return Command(
        verb: columns[0], group: columns.count > 1 ? columns[1] : "",
        summary: columns.count == 3 ? columns[2] : "")
    }
  }
}
