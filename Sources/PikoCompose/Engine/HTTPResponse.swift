/// An HTTP/1.1 answer read to its end (RFC 9112).
struct HTTPResponse: Sendable, Equatable {
  let status: Int
  /// Field values by their lower-cased names.
  let headers: [String: String]
  let body: [UInt8]

  /// Reads an answer from all the bytes of a connection that was closed after it; nil where it is
  /// cut short or no HTTP.
  init?(_ bytes: [UInt8]) {
    guard let head = HTTPHead(bytes[...]) else { return nil }
    status = head.status
    headers = head.headers
    let rest = bytes[head.end...]
    if head.headers["transfer-encoding"]?.lowercased().hasSuffix("chunked") == true {
      guard let body = HTTPResponse.unchunked(rest) else { return nil }
      self.body = body
    } else if let length = head.headers["content-length"].flatMap({ Int($0) }) {
      guard rest.count >= length else { return nil }
      body = Array(rest.prefix(length))
    } else {
      body = Array(rest)
    }
  }

  private static func unchunked(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var body: [UInt8] = []
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: rest[..<end], as: UTF8.self)
      // A size may be followed by extensions.
      guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else { return nil }
      rest = rest[(end + 1)...]
      if size == 0 { return body }
      guard rest.count >= size + 2 else { return nil }
      body += rest.prefix(size)
      rest = rest.dropFirst(size + 2)
    }
    return nil
  }
}

/// The status line and header fields.
struct HTTPHead: Sendable {
  let status: Int
  let headers: [String: String]
  /// Where the body begins.
  let end: Int

  init?(_ bytes: ArraySlice<UInt8>) {
    var lines: [String] = []
    var start = bytes.startIndex
    while let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      var line = bytes[start..<newline]
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      start = newline + 1
      if line.isEmpty {
        guard let first = lines.first, first.hasPrefix("HTTP/1."),
          let status = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        self.status = status
        headers = HTTPHead.fields(lines.dropFirst())
        end = start
        return
      }
      lines.append(String(decoding: line, as: UTF8.self))
    }
    return nil
  }

  private static func fields(_ lines: ArraySlice<String>) -> [String: String] {
    var fields: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      fields[line[..<colon].lowercased()] = String(value)
    }
    return fields
  }
}
