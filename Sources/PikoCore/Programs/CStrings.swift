#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An array of strings as C wants it, for the time of a call.
enum CStrings {
  static func with<Value>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    with(strings.map { Array($0.utf8) }, body)
  }

  static func with<Value>(
    _ strings: [[UInt8]], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: strings.count + 1)
    for (index, string) in strings.enumerated() {
      array[index] = (string + [0]).withUnsafeBufferPointer {
        $0.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap { strdup($0) } }
      }
    }
    array[strings.count] = nil
    defer {
      for index in strings.indices { free(array[index]) }
      array.deallocate()
    }
    return body(array)
  }
}
