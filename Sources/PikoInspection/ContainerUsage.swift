package import PikoCore

/// What a running container uses of the machine, by `docker stats`.
package struct ContainerUsage: Sendable, Equatable {
  /// The container's id.
  package let id: String
  /// Percent of one processor.
  package let cpu: Double
  /// Bytes of memory in use.
  package let memory: Int

  /// One call for all the containers; it takes the engine a second or two to measure.
  package static func measure(_ ids: [String]) throws(Failure) -> [ContainerUsage] {
    guard !ids.isEmpty else { return [] }
    let text = try Program("docker").output(
      ["stats", "--no-stream", "--no-trunc", "--format", "json"] + ids,
      failing: "cannot measure the containers")
    return text.split(separator: "\n").compactMap { ContainerUsage(line: String($0)) }
  }

  /// Reads one line of its output; nil where the container has ended meanwhile.
  package init?(line: String) {
    guard let object = try? JSONValue(parsing: Array(line.utf8)),
      let id = object["ID"]?.string,
      let percent = object["CPUPerc"]?.string, percent.hasSuffix("%"),
      let cpu = Double(percent.dropLast()),
      let used = object["MemUsage"]?.string?.split(separator: " ").first,
      let memory = ContainerUsage.bytes(String(used))
    else { return nil }
    self.id = id
    self.cpu = cpu
    self.memory = memory
  }

  /// A size as docker writes it, `1.5MiB`, in bytes.
  private static func bytes(_ text: String) -> Int? {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    guard let value = Double(number),
      let power = units.firstIndex(of: String(text.dropFirst(number.count)))
    else { return nil }
    return Int((0..<power).reduce(value) { size, _ in size * 1024 })
  }
}
