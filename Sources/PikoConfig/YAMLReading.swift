internal import CYaml
import PikoCore

/// Builds the tree from libyaml's events.
///
/// Events, not libyaml's own tree: that one neither counts what aliases expand to nor ends.
struct YAMLReading: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let size: Int
  private let purpose: YAML.Purpose
  private var anchors: [String: YAML.Node] = [:]
  /// The values read so far, those that aliases repeat included.
  private var weight = 0
  private var depth = 0
  /// What was wrong and passed over, as it is where the file is checked.
  private(set) var mistakes: [YAMLMistake] = []

  private static let maximumDepth = 64
  private var maximumWeight: Int { purpose == .places ? 1_000_000 : 10_000 }

  init(_ bytes: [UInt8], _ purpose: YAML.Purpose) throws(YAMLMistake) {
    self.purpose = purpose
    size = bytes.count
    input = .allocate(capacity: max(bytes.count, 1))
    _ = input.initialize(from: bytes)
    parser = .allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      throw YAMLMistake(YAML.Position(line: 1, column: 1), "out of memory")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// The one document of the stream; nil where it is empty.
  mutating func document() throws(YAMLMistake) -> YAML.Node? {
    _ = try next()  // the stream's start
    guard try next().kind == .documentStart else { return nil }
    let root = try node(from: try next())
    _ = try next()  // the document's end
    let after = try next()
    guard after.kind == .streamEnd else {
      throw YAMLMistake(
        after.position, "a second document, where one is read",
        hint: "remove what follows, from this '---' on")
    }
    return root
  }

  // MARK: The tree

  private mutating func node(from event: Event) throws(YAMLMistake) -> YAML.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw YAMLMistake(event.position, "more than \(Self.maximumDepth) levels deep")
    }
    if event.kind == .alias { return try repeated(event) }
    try count(1, at: event.position)
    let isText = try isForcedText(event)
    let start = weight
    let content: YAML.Content =
      switch event.kind {
      case .sequenceStart: .sequence(try items())
      case .mappingStart: .mapping(try entries())
      default: .scalar(event.text, plain: event.isPlain && !isText)
      }
    let node = YAML.Node(
      content: content, position: event.position, weight: 1 + weight - start)
    if let anchor = event.anchor { anchors[anchor] = node }
    return node
  }

  private mutating func repeated(_ event: Event) throws(YAMLMistake) -> YAML.Node {
    // An anchor is known once its value ends, so a value that holds itself is unknown too.
    guard let node = anchors[event.text] else {
      let alias = "*\(event.text)".quoted
      try complain(
        YAMLMistake(
          event.position, "unknown alias \(alias)",
          hint: "a text that begins with '*' needs quotes: \(alias)"))
      return YAML.Node(
        content: .scalar(event.text, plain: false), position: event.position, weight: 1)
    }
    try count(node.weight, at: event.position)
    return YAML.Node(content: node.content, position: event.position, weight: node.weight)
  }

  private mutating func items() throws(YAMLMistake) -> [YAML.Node] {
    var items: [YAML.Node] = []
    while true {
      let event = try next()
      if event.kind == .sequenceEnd { return items }
      items.append(try node(from: event))
    }
  }

  private mutating func entries() throws(YAMLMistake) -> [YAML.Entry] {
    var entries: [YAML.Entry] = []
    var lines: [String: Int] = [:]
    var merged: [YAML.Entry] = []
    while true {
      let event = try next()
      if event.kind == .mappingEnd { break }
      let isMerge = event.kind == .scalar && event.isPlain && event.text == "<<"
      let key = try node(from: event)
      guard case .scalar(let name, _) = key.content else {
        throw YAMLMistake(key.position, "a key must be text, not \(key.kind)")
      }
      if let line = lines.updateValue(key.position.line, forKey: name) {
        try complain(
          YAMLMistake(
            key.position, "the key \(name.quotedShort) is given twice",
            hint: "the first one is on line \(line); remove one of them"))
      }
      let value = try node(from: try next())
      if isMerge {
        merged = try mergeable(value)
      } else {
        entries.append(YAML.Entry(key: name, position: key.position, value: value))
      }
    }
    for entry in merged where lines.updateValue(0, forKey: entry.key) == nil {
      entries.append(entry)
    }
    return entries
  }

  /// The entries that `<<` brings in: of one mapping, or of several of which the first ones win.
  private func mergeable(_ value: YAML.Node) throws(YAMLMistake) -> [YAML.Entry] {
    switch value.content {
    case .mapping(let entries): return entries
    case .sequence(let items):
      var all: [YAML.Entry] = []
      for item in items {
        guard case .mapping(let entries) = item.content else {
          throw YAMLMistake(item.position, "'<<' merges mappings, not \(item.kind)")
        }
        all += entries
      }
      return all
    case .scalar:
      throw YAMLMistake(value.position, "'<<' merges mappings, not \(value.kind)")
    }
  }

  private mutating func count(_ more: Int, at position: YAML.Position) throws(YAMLMistake) {
    weight += more
    guard weight <= maximumWeight else {
      throw YAMLMistake(position, "more than \(maximumWeight) values, aliases expanded")
    }
  }

  /// Whether a tag says that a scalar is text whatever it looks like.
  private mutating func isForcedText(_ event: Event) throws(YAMLMistake) -> Bool {
    guard let tag = event.tag, purpose != .places else { return false }
    switch (tag, event.kind) {
    case ("tag:yaml.org,2002:str", .scalar), ("!", .scalar): return true
    case ("tag:yaml.org,2002:seq", .sequenceStart): return false
    case ("tag:yaml.org,2002:map", .mappingStart): return false
    default:
      try complain(
        YAMLMistake(
          event.position, "unknown tag \(tag.quotedShort)",
          hint: "a text that begins with '!' needs quotes: '!…'"))
      return false
    }
  }

  /// Stops at what is wrong, or notes it where reading can go on and all that is wrong is wanted.
  private mutating func complain(_ mistake: YAMLMistake) throws(YAMLMistake) {
    guard purpose == .check else { throw mistake }
    mistakes.append(mistake)
  }

  // MARK: libyaml

  private struct Event {
    enum Kind {
      case streamStart, streamEnd, documentStart, documentEnd
      case alias, scalar, sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    let kind: Kind
    let position: YAML.Position
    /// A scalar's value, or the name that an alias repeats.
    var text = ""
    var isPlain = false
    var anchor: String?
    var tag: String?
  }

  private mutating func next() throws(YAMLMistake) -> Event {
    var raw = yaml_event_t()
    guard yaml_parser_parse(parser, &raw) == 1 else { throw mistake() }
    defer { yaml_event_delete(&raw) }
    let position = YAML.Position(raw.start_mark)
    switch raw.type {
    case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, position: position)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, position: position)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, position: position)
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, position: position)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, position: position)
    case YAML_ALIAS_EVENT:
      let name = Self.string(raw.data.alias.anchor) ?? ""
      return Event(kind: .alias, position: position, text: name)
    case YAML_SCALAR_EVENT:
      let scalar = raw.data.scalar
      let value = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let text = String(decoding: value, as: UTF8.self)
      guard !text.utf8.contains(0) else {
        throw YAMLMistake(position, "a text cannot hold a NUL character")
      }
      return Event(
        kind: .scalar, position: position, text: text,
        isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
        anchor: Self.string(scalar.anchor), tag: Self.string(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let sequence = raw.data.sequence_start
      return Event(
        kind: .sequenceStart, position: position,
        anchor: Self.string(sequence.anchor), tag: Self.string(sequence.tag))
    case YAML_MAPPING_START_EVENT:
      let mapping = raw.data.mapping_start
      return Event(
        kind: .mappingStart, position: position,
        anchor: Self.string(mapping.anchor), tag: Self.string(mapping.tag))
    default: return Event(kind: .streamEnd, position: position)
    }
  }

  private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    text.map { String(cString: $0) }
  }

  /// The parser's own complaint, with a hint for the slips that people make most.
  private func mistake() -> YAMLMistake {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no YAML"
    let context = parser.pointee.context.map { String(cString: $0) } ?? ""
    let position = YAML.Position(parser.pointee.problem_mark)
    let begin = parser.pointee.context_mark.line + 1
    var reason = context.isEmpty ? problem : "\(problem) \(context) that begins on line \(begin)"
    var hint: String?
    switch problem {
    case "found character that cannot start any token":
      let character = character(at: Int(parser.pointee.problem_mark.index))
      reason = character == "\t" ? "indented with a tab" : "a text begins with '\(character)'"
      hint = character == "\t" ? "indent with spaces" : "such a text needs quotes: '\(character)…'"
    case "did not find expected alphabetic or numeric character":
      let sign = context.contains("anchor") ? "&" : "*"
      hint = "a text that begins with '\(sign)' needs quotes: '\(sign)…'"
    case "mapping values are not allowed in this context":
      reason = problem
      hint =
        "keys of one mapping need the same indentation, and a text that holds ': ' needs quotes: "
        + "KEY: 'TEXT'"
    case "found unexpected end of stream":
      hint = "a quote that is opened must be closed: 'TEXT'"
    case "found unknown escape character":
      hint = #"in double quotes a '\' is written '\\'; in single ones it stands for itself: '\'"#
    case "did not find expected ',' or ']'":
      hint = "a list that '[' begins ends with ']', and a ',' stands between its items: [A, B]"
    case "did not find expected ',' or '}'":
      hint = "a mapping that '{' begins ends with '}', and a ',' stands between its keys: {A: B}"
    case "did not find expected '-' indicator":
      hint = "the items of one list need the same indentation, and each begins with '- '"
    case "did not find expected key":
      hint = "keys of one mapping need the same indentation, and each ends with ': '"
    case "could not find expected ':'":
      hint = "a key ends with ': ', and a text of several lines needs '|': KEY: |"
    default:
      hint = "to see what the file may hold, run 'man 5 piko-config'"
    }
    return YAMLMistake(position, reason.masked, hint: hint)
  }

  /// The character that has `index` others before it.
  private func character(at index: Int) -> String {
    let text = String(decoding: input.prefix(size), as: UTF8.self).unicodeScalars
    guard let place = text.index(text.startIndex, offsetBy: index, limitedBy: text.endIndex),
      place < text.endIndex
    else { return "" }
    return String(text[place])
  }
}

extension YAML.Position {
  /// libyaml counts from 0.
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}
