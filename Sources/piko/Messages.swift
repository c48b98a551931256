#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `piko` itself says: the answer on standard output, everything else on standard error.
enum Messages {
  /// The descriptor that answers go to.
  static let answers = STDOUT_FILENO

  /// Whether a terminal shows them.
  static var answersTerminal: Bool { isatty(answers) == 1 }

  /// Gives the answer, or a part of it, and ends this process where it cannot be written, as git does.
  /// A reader that went away is no trouble of the answer's.
  static func answer(_ text: String) { answer(Array(text.utf8)) }

  /// The same with bytes.
  static func answer(_ bytes: [UInt8]) {
    let error = write(bytes, to: answers)
    guard error != 0, error != EPIPE else { return }
    fail("cannot write to standard output: \(String(cString: strerror(error)))", status: 128)
  }

  /// Reports an error in git's form and ends this process.
  static func fail(_ message: String, hint: String? = nil, status: Int32) -> Never {
    let hint = hint.map { "\(label("hint:", "36")) \($0)\n" } ?? ""
    write(Array("\(label("error:", "31")) \(message)\n\(hint)".utf8), to: STDERR_FILENO)
    end(status)
  }

  /// Reports wrong usage and ends this process.
  static func refuse(_ message: String, usage: String) -> Never {
    let text = "\(label("error:", "31")) \(message)\nusage: \(usage)\n"
    write(Array(text.utf8), to: STDERR_FILENO)
    end(129)
  }

  /// The word in colour where standard error takes it (no-color.org).
  private static func label(_ word: String, _ code: String) -> String {
    let colourless = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let dumb = getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? false
    guard isatty(STDERR_FILENO) == 1, !colourless, !dumb else { return word }
    return "\u{1B}[\(code)m\(word)\u{1B}[0m"
  }

  /// Gives the number of the error that kept it from being written; 0 for none.
  @discardableResult
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { raw in
        #if canImport(Glibc)
          Glibc.write(descriptor, raw.baseAddress, raw.count)
        #else
          Darwin.write(descriptor, raw.baseAddress, raw.count)
        #endif
      }
      let error = count < 0 ? errno : 0
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if error == EAGAIN {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } else if error != EINTR {
        return error == 0 ? EIO : error
      }
    }
    return 0
  }
}

extension String {
  /// The text with its control characters made visible: no typed word can move the cursor or forge
  /// a line.
  var masked: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0A: text += "\\n"
      case 0x09: text += "\\t"
      case 0..<0x20, 0x7F..<0xA0: text += "?"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
