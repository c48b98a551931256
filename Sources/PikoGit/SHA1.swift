internal import CCheckout
internal import CLibgit2

/// git's digest (FIPS 180-4): the checksum of an index, and the proof that bytes are those a name
/// stands for.
struct SHA1 {
  private static let usesInstructions = piko_sha1_has_instructions()
  private var digest = piko_sha1()

  init() { piko_sha1_begin(&digest, SHA1.usesInstructions) }

  /// Begins the name of a blob of `size` bytes.
  init(ofBlob size: Int) {
    self.init()
    var header = "blob \(size)\0"
    header.withUTF8 { piko_sha1_add(&digest, $0.baseAddress, $0.count) }
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    piko_sha1_add(&digest, bytes.baseAddress, bytes.count)
  }

  /// Ends the digest: whether it is this name.
  mutating func ends(as name: git_oid) -> Bool {
    var own = git_oid()
    withUnsafeMutableBytes(of: &own.id) { end(into: $0) }
    return withUnsafeBytes(of: own.id) { one in
      withUnsafeBytes(of: name.id) { one.elementsEqual($0) }
    }
  }

  /// The 20 bytes of the digest.
  static func digest(of message: [UInt8]) -> [UInt8] {
    var sum = SHA1()
    message.withUnsafeBytes { sum.add($0) }
    return [UInt8](unsafeUninitializedCapacity: 20) { bytes, count in
      sum.end(into: UnsafeMutableRawBufferPointer(bytes))
      count = 20
    }
  }

  private mutating func end(into bytes: UnsafeMutableRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    piko_sha1_end(&digest, base.assumingMemoryBound(to: UInt8.self))
  }
}
