import PikoCore
package import SystemPackage

/// A YAML file as a tree that knows where each part stands.
///
/// Scalars keep whether they were written plain, because only a plain one can be a number, true,
/// false or nothing (YAML 1.2, core schema, of which configuration needs no more). Aliases and
/// merge keys (`<<`) are already resolved.
package struct YAML: Sendable, Equatable {
  /// A place in the file, both counted from 1; columns count Unicode scalars.
  package struct Position: Sendable, Hashable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  /// A value with its place.
  package struct Node: Sendable, Equatable {
    package let content: Content
    package let position: Position
    /// How many values it holds, itself and repetitions by aliases included.
    let weight: Int
  }

  /// The three kinds of value.
  package enum Content: Sendable, Equatable {
    case scalar(String, plain: Bool)
    case sequence([Node])
    case mapping([Entry])
  }

  /// A key and its value, in the order of the file.
  package struct Entry: Sendable, Equatable {
    package let key: String
    package let position: Position
    package let value: Node
  }

  /// What the file is for, which decides how strictly it is read.
  package enum Purpose: Sendable {
    /// piko's own configuration: no tags but those of plain YAML, and small.
    case configuration
    /// The same, to find all that is wrong in it.
    case check
    /// Another program's file, of which only places are wanted: tags are passed over.
    case places
  }

  /// The file that it was read from.
  package let file: FilePath
  /// The document; nil where the file holds none.
  package let root: Node?

  init(file: FilePath, root: Node?) {
    self.file = file
    self.root = root
  }

  /// Where the value at `path` stands: keys of mappings, and indices (from 0) of sequences, from
  /// the top. For a key it is the key's place, not its value's. Nil where there is none.
  package func locate(path: [String]) -> Position? {
    guard var node = root else { return nil }
    var position = node.position
    for step in path {
      switch node.content {
      case .mapping(let entries):
        guard let entry = entries.first(where: { $0.key == step }) else { return nil }
        (node, position) = (entry.value, entry.position)
      case .sequence(let items):
        guard let index = Int(step), items.indices.contains(index) else { return nil }
        node = items[index]
        position = node.position
      case .scalar: return nil
      }
    }
    return position
  }
}

extension YAML.Node {
  /// Whether it is nothing: a plain empty scalar, `~` or `null`.
  package var isNull: Bool {
    guard case .scalar(let text, plain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// True or false where it is written plain as one of the core schema's words.
  package var bool: Bool? {
    guard case .scalar(let text, plain: true) = content else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }

  /// A decimal whole number that is written plain; the nearest there is where it is too great.
  package var integer: Int? {
    guard case .scalar(let text, plain: true) = content else { return nil }
    let isNegative = text.hasPrefix("-")
    let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(text) ?? (isNegative ? .min : .max)
  }

  /// What kind of value it is, as messages name it.
  package var kind: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let text, plain: true): isNull ? "nothing" : text.quotedShort
    case .scalar(let text, plain: false): "the text \(text.quotedShort)"
    }
  }
}

extension String {
  /// The text in single quotes, cut where it is long or has several lines.
  var quotedShort: String {
    let line = prefix { !$0.isNewline }
    let short = line.prefix(40)
    return (short.count < count ? short + "…" : self[...]).description.quoted
  }
}
