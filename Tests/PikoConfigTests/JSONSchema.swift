import PikoCore
import Testing

@testable import PikoConfig

/// As much of JSON Schema (draft 2020-12) as piko's own schemas use, so that they can be held against
/// the parser.
struct JSONSchema {
  private let schema: JSONValue

  init(_ schema: JSONValue) { self.schema = schema }

  /// Whether the schema accepts a document.
  func accepts(_ value: JSONValue) throws -> Bool {
    if case .bool(let verdict) = schema { return verdict }
    for (keyword, rule) in try #require(schema.object) {
      guard try accepts(value, keyword, rule) else { return false }
    }
    return true
  }

  private func accepts(_ value: JSONValue, _ keyword: String, _ rule: JSONValue) throws -> Bool {
    switch keyword {
    case "$schema", "title", "description": return true
    case "type":
      let types = rule.array?.compactMap(\.string) ?? [rule.string].compactMap(\.self)
      return types.contains { value.isOf($0) }
    case "enum": return try #require(rule.array).contains(value)
    case "const": return value == rule
    case "anyOf": return try #require(rule.array).contains { try JSONSchema($0).accepts(value) }
    case "not": return try !JSONSchema(rule).accepts(value)
    case "pattern":
      guard let text = value.string else { return true }
      // The patterns have `^` and `$` of their own where they mean them.
      return try text.firstMatch(of: Regex(#require(rule.string)).matchingSemantics(.unicodeScalar))
        != nil
    case "minLength":
      guard let text = value.string else { return true }
      return try text.unicodeScalars.count >= #require(rule.integer)
    case "minimum": return try value.real.map { try $0 >= #require(rule.real) } ?? true
    case "maximum": return try value.real.map { try $0 <= #require(rule.real) } ?? true
    case "items":
      return try (value.array ?? []).allSatisfy { try JSONSchema(rule).accepts($0) }
    case "required":
      guard let members = value.object else { return true }
      return try #require(rule.array).allSatisfy { members[$0.string ?? ""] != nil }
    case "properties":
      for (key, part) in try #require(rule.object) {
        if let member = value[key], try !JSONSchema(part).accepts(member) { return false }
      }
      return true
    case "additionalProperties":
      let known = Set((schema["properties"]?.object ?? [:]).keys)
      return try (value.object ?? [:]).allSatisfy { key, member in
        try known.contains(key) || JSONSchema(rule).accepts(member)
      }
    case "propertyNames":
      return try (value.object ?? [:]).keys.allSatisfy {
        try JSONSchema(rule).accepts(.string($0))
      }
    default:
      Issue.record("the schemas use a keyword that is not known here: \(keyword)")
      return false
    }
  }
}

extension JSONValue {
  fileprivate func isOf(_ type: String) -> Bool {
    switch (type, self) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array),
      ("object", .object), ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }

  fileprivate var real: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}

extension YAML {
  /// The document as an editor sees it, by the core schema of YAML 1.2.
  var json: JSONValue { root?.json ?? .null }
}

extension YAML.Node {
  fileprivate var json: JSONValue {
    switch content {
    case .mapping(let entries):
      .object(Dictionary(entries.map { ($0.key, $0.value.json) }) { first, _ in first })
    case .sequence(let items): .array(items.map(\.json))
    case .scalar(let text, let plain):
      if isNull {
        .null
      } else if let bool {
        .bool(bool)
      } else if let integer {
        .integer(integer)
      } else if plain, let number = Self.real(text) {
        .number(number)
      } else {
        .string(text)
      }
    }
  }

  private static func real(_ text: String) -> Double? {
    let pattern = /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/
    return text.wholeMatch(of: pattern) == nil ? nil : Double(text)
  }
}
