import PikoCore

/// A key that an object of a JSON document has twice, which reading it as a value does not show: of two
/// values that differ none is what was meant.
enum RepeatedKey {
  /// - Parameter document: one that has been read already, so it is well-formed.
  static func find(in document: [UInt8]) -> String? {
    // The keys of each object that is open; nil for a list.
    var open: [Set<String>?] = []
    var index = document.startIndex
    while index < document.endIndex {
      let byte = document[index]
      index += 1
      switch byte {
      case UInt8(ascii: "{"): open.append([])
      case UInt8(ascii: "["): open.append(nil)
      case UInt8(ascii: "}"), UInt8(ascii: "]"): open.removeLast()
      case UInt8(ascii: "\""):
        let start = index - 1
        index = end(ofTextAt: index, in: document)
        let next = document[index...].first { !" \t\r\n".utf8.contains($0) }
        guard next == UInt8(ascii: ":"), let last = open.indices.last,
          let key = (try? JSONValue(parsing: Array(document[start..<index])))?.string
        else { continue }
        if open[last]?.insert(key).inserted == false { return key }
      default: break
      }
    }
    return nil
  }

  /// The place behind the quote that ends a text.
  private static func end(ofTextAt start: Int, in document: [UInt8]) -> Int {
    var index = start
    while index < document.endIndex, document[index] != UInt8(ascii: "\"") {
      index += document[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, document.endIndex)
  }
}
