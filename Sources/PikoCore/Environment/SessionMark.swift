package import SystemPackage

/// Whose session it is: written into an option of the session, so that a session of the user's which
/// happens to have an environment's name is told apart from the environment's.
package struct SessionMark: Sendable, Hashable {
  package let environment: EnvironmentName
  package let root: FilePath

  package init(environment: EnvironmentName, root: FilePath) {
    self.environment = environment
    self.root = root
  }

  /// The environment's name, a blank, and the root with every byte as `%XX` that could end a line or
  /// a column.
  package var text: String {
    var text = "\(environment) "
    for byte in root.string.utf8 {
      if byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") || byte >= 0x80 {
        text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      } else {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text
  }

  /// Reads what ``text`` wrote; nil where it is none.
  package init?(_ text: String) {
    guard let blank = text.firstIndex(of: " "), blank != text.startIndex else { return nil }
    var bytes: [UInt8] = []
    var rest = text[blank...].dropFirst().utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    environment = EnvironmentName(stored: String(text[..<blank]))
    root = FilePath(String(decoding: bytes, as: UTF8.self))
  }
}
