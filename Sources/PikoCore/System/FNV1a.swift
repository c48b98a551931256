/// The 64-bit FNV-1a hash of a text's UTF-8: the same across runs and machines, which Swift's own
/// hash is not.
package enum FNV1a {
  package static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
