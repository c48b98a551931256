/// What piko made a pane for: written into an option of the pane, which goes with it wherever the
/// user moves it.
package struct PaneMark: Sendable, Hashable {
  /// Which of the environment's windows it is.
  package let key: String
  /// Whether the user's own shell runs in it, and no verb of piko's.
  package let isPlain: Bool
  /// The environment, as ``SessionMark`` writes it.
  package let owner: String

  package init(key: String, isPlain: Bool, owner: String) {
    self.key = key
    self.isPlain = isPlain
    self.owner = owner
  }

  /// The same of another environment, or of this one after its project was moved.
  package func owned(by mark: SessionMark) -> PaneMark {
    PaneMark(key: key, isPlain: isPlain, owner: mark.text)
  }

  /// The key as a word, what runs there, and the environment.
  package var text: String { "\(MarkWord.written(key)) \(isPlain ? "shell" : "verb") \(owner)" }

  /// Reads what ``text`` wrote; nil where it is none.
  package init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 2)
    guard words.count == 3, let key = MarkWord.read(words[0]) else { return nil }
    self.init(key: key, isPlain: words[1] == "shell", owner: String(words[2]))
  }
}

/// A word of a mark, every byte as `%XX` that could end a line, a column or the word.
enum MarkWord {
  static func written(_ word: String) -> String {
    var text = ""
    for byte in word.utf8 {
      if byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") || byte >= 0x80 {
        text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      } else {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text
  }

  static func read(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8
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
    return String(decoding: bytes, as: UTF8.self)
  }
}
