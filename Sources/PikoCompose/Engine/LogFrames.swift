/// A container's log as the engine sends it: frames of 8 bytes' header (stream, three zeros, length)
/// and text, or plain text where the container has a terminal (Docker Engine API, "Attach").
struct LogFrames {
  let text: String

  init(_ bytes: [UInt8]) {
    var body: [UInt8] = []
    var rest = bytes[...]
    while rest.count >= 8 {
      let header = Array(rest.prefix(8))
      guard header[0] <= 2, header[1...3].allSatisfy({ $0 == 0 }) else { break }
      let length = header[4...7].reduce(0) { $0 << 8 | Int($1) }
      body += rest.dropFirst(8).prefix(length)
      rest = rest.dropFirst(8 + length)
    }
    text = String(decoding: body + rest, as: UTF8.self)
  }
}
