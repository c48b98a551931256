#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A word of the command line: handed on to a verb as it came, whether it is text or not.
struct Argument {
  /// As C has it, for as long as the process lasts.
  let bytes: UnsafeMutablePointer<CChar>
  /// As it is compared and shown.
  let text: String

  /// Those that this process was started with, its name first.
  static var all: [Argument] {
    (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map { Argument(bytes: $0, text: String(cString: $0)) }
    }
  }

  private init(bytes: UnsafeMutablePointer<CChar>, text: String) {
    self.bytes = bytes
    self.text = text
  }

  /// A word of piko's own.
  init(_ text: String) {
    // Kept until the process ends or is another.
    self.init(bytes: strdup(text), text: text)
  }
}
