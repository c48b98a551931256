import Synchronization

/// The port that the server listens on, known once it does.
final class Port: Sendable {
  private let value = Atomic<Int>(0)

  var number: Int { value.load(ordering: .acquiring) }

  func settle(_ number: Int) { value.store(number, ordering: .releasing) }
}
