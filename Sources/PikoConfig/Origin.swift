package import PikoCore
package import SystemPackage

/// Where a configured value stands.
package struct Origin: Sendable, Hashable {
  package let file: FilePath
  package let position: YAML.Position

  package init(_ file: FilePath, _ position: YAML.Position) {
    self.file = file
    self.position = position
  }

  /// The same place as a failure carries it.
  var place: Failure.Place {
    Failure.Place(file: file, line: position.line, column: position.column)
  }

  /// `FILE:LINE:COLUMN` as messages show it and editors follow it.
  package var display: String { "\(Paths.display(file)):\(position.line):\(position.column)" }
}

extension Failure {
  /// A failure about what stands at `origin`: the message begins with it, the status is 128.
  package init(at origin: Origin, _ reason: String, hints: [String] = []) {
    self.init("\(origin.display): \(reason)", hints: hints, status: .cannotStart)
    place = origin.place
  }
}
