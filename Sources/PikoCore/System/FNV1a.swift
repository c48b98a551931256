/// The 64-bit FNV-1a hash of bytes: the same across runs and machines, which Swift's own hash is not.
package struct FNV1a {
  /// The hash of all that was added so far.
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// Adds bytes.
  package mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// Adds a number's eight bytes.
  package mutating func add(_ number: some BinaryInteger) {
    withUnsafeBytes(of: UInt64(truncatingIfNeeded: number).littleEndian) { add($0) }
  }

  /// The hash of a text's UTF-8.
  package static func hash(_ text: String) -> UInt64 {
    var hash = FNV1a()
    hash.add(text.utf8)
    return hash.value
  }
}
