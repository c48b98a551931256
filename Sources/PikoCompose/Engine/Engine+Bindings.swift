package import PikoCore

extension Engine {
  /// A target of a container and the host ports it was made to be published on.
  package struct Binding: Sendable, Equatable {
    package let target: Int
    package let transport: Transport
    /// The host address; empty for all.
    package let address: String
    package let ports: ClosedRange<Int>
  }

  /// What a container is bound to whenever it runs, those to ports of the engine's choice left out;
  /// those of one target in their order.
  package func bindings(of container: String) throws(Failure) -> [Binding] {
    let answer: JSONValue = try decode("/containers/\(Engine.encoded(container))/json")
    let bindings = answer["HostConfig"]?["PortBindings"]?.object ?? [:]
    return bindings.sorted { $0.key < $1.key }.flatMap { key, places -> [Binding] in
      let parts = key.split(separator: "/")
      guard parts.count == 2, let target = Int(parts[0]),
        let transport = Transport(rawValue: String(parts[1]))
      else { return [] }
      return (places.array ?? []).compactMap { place in
        let ends = (place["HostPort"]?.string ?? "").split(separator: "-").compactMap { Int($0) }
        guard let low = ends.first, let high = ends.last, low > 0, low <= high else { return nil }
        return Binding(
          target: target, transport: transport, address: place["HostIp"]?.string ?? "",
          ports: low...high)
      }
    }
  }
}
