/// A hundred host ports that belong to one environment: number N stands for 10000 + N·100 … + 99.
package struct PortBlock: Sendable, Hashable, Comparable {
  /// The numbers that there are; the last one ends at 65499.
  package static let numbers = 1...554
  /// How many ports a block has.
  package static let size = 100

  package let number: Int

  package init(_ number: Int) { self.number = number }

  /// The block's ports.
  package var ports: ClosedRange<Int> {
    let first = 10_000 + number * PortBlock.size
    return first...(first + PortBlock.size - 1)
  }

  /// The port that a container's port would like to have: its last two digits in this block.
  package func preferred(for target: Int) -> Int { ports.lowerBound + target % PortBlock.size }

  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
