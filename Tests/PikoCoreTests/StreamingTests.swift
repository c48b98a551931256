import PikoCore
import Testing

/// What `Program` hands over line by line.
@Suite struct StreamingTests {
  @Test func aProgramEndsWithWhoReadsIt() throws {
    var lines = 0
    let failure = Failure("enough")
    #expect(throws: failure) {
      _ = try Program("yes").stream([], environment: .inherited()) { _ throws(Failure) in
        lines += 1
        if lines == 3 { throw failure }
      }
    }
    #expect(lines == 3)
  }
}
