import PikoCore

/// How much of a long test is run: all of it with `Tests/run --soak`, a taste of it else.
package enum Soak {
  /// Whether all of it was asked for.
  package static let isWhole = ProcessEnvironment.value("PIKO_TEST_SOAK") == "1"

  /// How many cases a test goes through.
  package static func count(_ few: Int, whole: Int) -> Int { isWhole ? whole : few }

  /// Says what was gone through, for the log of the run.
  package static func note(_ text: String) { print("· \(text)") }
}

/// Numbers that look random and are the same for the same seed (SplitMix64, Steele et al. 2014).
package struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var number = state
    number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
    number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
    return number ^ (number >> 31)
  }
}
