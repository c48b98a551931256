import PikoCore
import SystemPackage
import Testing

@testable import PikoConfig

/// The schemas for editors, against the keys that the parser knows.
@Suite struct SchemaTests {
  private func schema(_ name: String) throws -> JSONValue {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
      .removingLastComponent()
    let path = root.appending("share").appending("piko").appending("schema").appending(name)
    let descriptor = try FileDescriptor.open(path, .readOnly)
    return try descriptor.closeAfter {
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
      return try JSONValue(parsing: Array(bytes[..<count]))
    }
  }

  /// The keys of an object's schema, none of which lacks a description; no other key is allowed.
  private func keys(_ schema: JSONValue?) throws -> Set<String> {
    let properties = try #require(schema?["properties"]?.object)
    #expect(schema?["additionalProperties"]?.bool == false)
    for (key, value) in properties {
      #expect(value["description"]?.string != nil, "\(key)")
    }
    return Set(properties.keys)
  }

  private func names<Key>(of _: Key.Type) -> Set<String>
  where Key: CaseIterable & RawRepresentable<String> {
    Set(Key.allCases.map(\.rawValue))
  }

  @Test func theProjectsSchemaHasTheParsersKeys() throws {
    let schema = try schema("piko.schema.json")
    let properties = schema["properties"]
    #expect(try keys(schema) == names(of: ProjectConfiguration.Key.self))
    #expect(try keys(properties?["scripts"]) == names(of: Script.self))
    #expect(try keys(properties?["isolation"]) == names(of: Isolation.Key.self))
    #expect(try keys(properties?["windows"]?["items"]) == names(of: Window.Key.self))
    let variable = properties?["env"]?["additionalProperties"]?["anyOf"]?.array
    #expect(try keys(variable?.last) == names(of: DerivedVariable.Key.self))
    let isolation = properties?["isolation"]?["properties"]
    for (key, words) in [
      ("volumes", names(of: Isolation.Choice.self)), ("binds", names(of: Isolation.Choice.self)),
      ("networks", names(of: Isolation.NetworkChoice.self)),
    ] {
      let choices = isolation?[key]?["additionalProperties"]?["enum"]?.array
      #expect(Set(choices?.compactMap(\.string) ?? []) == words)
    }
  }

  @Test func theUsersSchemaHasTheParsersKeys() throws {
    let schema = try schema("config.schema.json")
    #expect(try keys(schema) == names(of: UserConfiguration.Key.self))
    let windows = schema["properties"]?["default_windows"]?["items"]
    #expect(try keys(windows) == names(of: Window.Key.self))
  }
}
