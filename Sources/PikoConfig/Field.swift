import PikoCore
import SystemPackage

/// A value that is being read: what it is called, where it stands, what it may look like.
struct Field {
  let node: YAML.Node
  /// Its path from the top, as in `scripts.setup`; empty for the document itself.
  let name: String
  let file: FilePath
  /// What is right in its place, shown where something else stands there.
  let example: String
  /// Whether it is one of the entries of a list with that name.
  var isEntry = false

  var origin: Origin { Origin(file, node.position) }
  /// Whether the key stands there with nothing after it, which counts as not given.
  var isNull: Bool { node.isNull }
  private var subject: String {
    if name.isEmpty { return "the file" }
    return isEntry ? "an entry of \(name.quotedShort)" : name.quotedShort
  }

  /// The same value with another example.
  func showing(_ example: String) -> Field {
    Field(node: node, name: name, file: file, example: example, isEntry: isEntry)
  }

  // MARK: Complaints

  /// A failure about this value; without hints it shows the example.
  func failure(_ reason: String, hint: String? = nil) -> Failure {
    Failure(at: origin, reason, hints: [hint ?? "for example: \(example.quoted)"])
  }

  private func mustBe(_ kind: String) -> Failure {
    failure("\(subject) must be \(kind), not \(node.kind)")
  }

  // MARK: Scalars

  /// The text of any scalar that is something: `8080` and `true` are taken as they are written.
  func text() throws(Failure) -> String {
    guard case .scalar(let text, _) = node.content, !isNull else { throw mustBe("text") }
    return text
  }

  /// A text that is not empty.
  func filledText() throws(Failure) -> String {
    let text = try text()
    guard !text.isEmpty else { throw failure("\(subject) is empty") }
    return text
  }

  /// A text that is not empty, of one line and without control characters.
  func line() throws(Failure) -> String {
    let text = try filledText()
    guard text.masked == text else { throw failure("\(subject) must be a single line of text") }
    return text
  }

  func bool() throws(Failure) -> Bool {
    guard let flag = node.bool else { throw mustBe("true or false") }
    return flag
  }

  func number(in range: ClosedRange<Int>) throws(Failure) -> Int {
    guard let number = node.integer else { throw mustBe("a whole number") }
    guard range.contains(number) else {
      throw mustBe("\(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One of the enumeration's words.
  func choice<Choice>(of _: Choice.Type) throws(Failure) -> Choice
  where Choice: RawRepresentable<String> & CaseIterable {
    let words = Choice.allCases.map(\.rawValue.quoted).joined(separator: " or ")
    guard case .scalar(let text, _) = node.content, let choice = Choice(rawValue: text) else {
      throw mustBe(words)
    }
    return choice
  }

  /// A Compose service's name.
  func service() throws(Failure) -> String {
    let name = try filledText()
    guard Self.isServiceName(name) else {
      throw failure(
        "\(name.quotedShort) is no service name",
        hint: "a service name is made of letters, digits, '.', '_' and '-'")
    }
    return name
  }

  /// What Compose accepts as a service's name (its schema's `^[a-zA-Z0-9._-]+$`).
  static func isServiceName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
          || Template.isVariableName("_\(Unicode.Scalar($0))")
      }
  }

  // MARK: Lists

  /// The elements of a list.
  func list() throws(Failure) -> [Field] {
    guard !isNull else { return [] }
    guard case .sequence(let items) = node.content else { throw mustBe("a list") }
    return fields(of: items)
  }

  /// The elements of a list, or the one text that stands in its place.
  func oneOrMore() throws(Failure) -> [Field] {
    guard !isNull else { return [] }
    switch node.content {
    case .scalar: return [self]
    case .sequence(let items): return fields(of: items)
    case .mapping: throw mustBe("text or a list")
    }
  }

  private func fields(of items: [YAML.Node]) -> [Field] {
    items.map { Field(node: $0, name: name, file: file, example: example, isEntry: true) }
  }

  // MARK: Mappings

  /// A key, where it stands, and its value.
  struct Member {
    let key: String
    let origin: Origin
    let value: Field

    /// A failure about the key.
    func failure(_ reason: String, hint: String? = nil) -> Failure {
      Failure(at: origin, reason, hints: [hint ?? "for example: \(value.example.quoted)"])
    }
  }

  /// The members of a mapping with any keys.
  func members() throws(Failure) -> [Member] {
    guard !isNull else { return [] }
    guard case .mapping(let entries) = node.content else { throw mustBe("a mapping") }
    return entries.map { entry in
      let path = name.isEmpty ? entry.key : "\(name).\(entry.key)"
      return Member(
        key: entry.key, origin: Origin(file, entry.position),
        value: Field(node: entry.value, name: path, file: file, example: example))
    }
  }

  /// The members of a mapping that has only the keys of `known`.
  ///
  /// `misplaced` says for keys that are right in another place where that is.
  func members<Key>(
    of known: Key.Type, misplaced: (String) -> String? = { _ in nil }
  ) throws(Failure) -> [(key: Key, member: Member)]
  where Key: RawRepresentable<String> & CaseIterable {
    let names = Key.allCases.map(\.rawValue)
    var found: [(key: Key, member: Member)] = []
    for member in try members() {
      guard let key = Key(rawValue: member.key) else {
        let hint: String
        if let place = misplaced(member.key) {
          hint = place
        } else if let nearest = NearestName.of(member.key, among: names) {
          hint = "the most similar key is '\(nearest)'"
        } else {
          hint = "the keys known here are \(names.map(\.quoted).joined(separator: ", "))"
        }
        let place = name.isEmpty ? "" : " in \(name.quotedShort)"
        throw member.failure("unknown key \(member.key.quotedShort)\(place)", hint: hint)
      }
      found.append((key, member))
    }
    return found
  }

  /// Gives every member of a file that has a value to `read`, with the example of its key.
  ///
  /// - Parameters:
  ///   - key: the key whose example shows what a file is made of.
  ///   - misplaced: where a key that is wrong here belongs.
  /// - Returns: where each given key stands, also one without a value.
  static func members<Key: FileKey>(
    of yaml: YAML, like key: Key, misplaced: (String) -> String?,
    read: (Key, Field) throws(Failure) -> Void
  ) throws(Failure) -> [Key: Origin] {
    guard let root = yaml.root else { return [:] }
    let document = Field(node: root, name: "", file: yaml.file, example: key.example)
    var origins: [Key: Origin] = [:]
    for (key, member) in try document.members(of: Key.self, misplaced: misplaced) {
      origins[key] = member.origin
      let value = member.value.showing(key.example)
      if !value.isNull { try read(key, value) }
    }
    return origins
  }
}

/// A key at the top of a configuration file.
protocol FileKey: RawRepresentable<String>, CaseIterable, Hashable {
  /// The key with a value that is right.
  var example: String { get }
}
