import PikoCore

/// The example project's model as Compose prints it, and what an environment's has to look like:
/// written down here once more by hand, since piko's own rules are what is tested.
struct EverythingModel {
  private var document: JSONValue

  init(_ document: JSONValue) { self.document = document }

  /// Makes the main checkout's model the one that an environment must have.
  mutating func isolate(as environment: String, ports: [LiveProject.Port]) {
    let name = "piko-everything-\(environment)"
    document["name"] = .string(name)
    publish(ports)
    for (service, network) in [("admin", "default"), ("db", "backend")] {
      let old = value(["services", service, "container_name"])
      remove(["services", service, "container_name"])
      let own = value(["services", service, "networks", network])?.object ?? [:]
      set(
        ["services", service, "networks", network],
        .object(own.merging(["aliases": .array([old ?? .null])]) { $1 }))
    }
    remove(["services", "db", "networks", "backend", "ipv4_address"])
    for volume in ["web-data", "api-data", "db-data"] {
      set(["volumes", volume, "name"], .string("\(name)_\(volume)"))
    }
    set(["networks", "backend", "name"], .string("\(name)_backend"))
    set(["networks", "default", "name"], .string(name))
    set(["networks", "backend", "ipam"], .object([:]))
    set(["services", "app", "image"], .string("\(name)/everything-app:dev"))
    set(["services", "app", "pull_policy"], .string("never"))
  }

  /// Gives every original mapping the one leased port that its service, target, protocol and address
  /// have; a mapping without exactly one keeps the text that says so.
  private mutating func publish(_ ports: [LiveProject.Port]) {
    for (service, body) in document["services"]?.object ?? [:] {
      guard let mappings = body["ports"]?.array else { continue }
      let published = mappings.map { mapping -> JSONValue in
        var mapping = mapping
        let leased = ports.filter {
          $0.service == service && $0.target == mapping["target"]?.integer
            && $0.protocol == mapping["protocol"]?.string
            && $0.address == (mapping["host_ip"]?.string ?? "")
        }
        mapping["published"] = .string(
          leased.count == 1 ? "\(leased[0].port)" : "\(leased.count) leases")
        return mapping
      }
      set(["services", service, "ports"], .array(published))
    }
  }

  /// Takes piko's labels out wherever a service, a build, a network or a volume has them.
  mutating func removeLabels() { document = EverythingModel.withoutLabels(document) }

  private static func withoutLabels(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let items): return .array(items.map(withoutLabels))
    case .object(var members):
      if case .object(let labels) = members["labels"] {
        let others = labels.filter { !$0.key.hasPrefix("dev.piko.") }
        members["labels"] = others.isEmpty ? nil : .object(others)
      }
      return .object(members.mapValues(withoutLabels))
    default: return value
    }
  }

  /// Empties the address pools of networks, which must each have one subnet out of piko's.
  mutating func leaveSubnetsOut(expecting networks: [String]) {
    for network in networks {
      let pool = value(["networks", network, "ipam", "config"])?.array ?? []
      guard pool.count == 1, pool[0]["subnet"]?.string?.hasPrefix("10.213.") == true else {
        continue
      }
      set(["networks", network, "ipam"], .object([:]))
    }
  }

  /// The places at which two models are not the same, with both values.
  func differences(from other: EverythingModel) -> [String] {
    EverythingModel.differences(document, other.document, at: "")
  }

  private static func differences(
    _ found: JSONValue?, _ expected: JSONValue?, at place: String
  ) -> [String] {
    if case .object(let one)? = found, case .object(let two)? = expected {
      return Set(one.keys).union(two.keys).sorted().flatMap {
        differences(one[$0], two[$0], at: "\(place).\($0)")
      }
    }
    guard found != expected else { return [] }
    let texts = [found, expected].map { $0.map { "\($0)" } ?? "nothing" }
    return ["\(place): \(texts[0]) instead of \(texts[1])"]
  }

  // MARK: - Places

  private func value(_ path: [String]) -> JSONValue? {
    path.reduce(JSONValue?(document)) { $0?[$1] }
  }

  private mutating func set(_ path: [String], _ value: JSONValue) {
    document = EverythingModel.setting(document, path[...], value)
  }

  private mutating func remove(_ path: [String]) {
    document = EverythingModel.setting(document, path[...], nil)
  }

  private static func setting(
    _ document: JSONValue, _ path: ArraySlice<String>, _ value: JSONValue?
  ) -> JSONValue {
    guard let key = path.first else { return value ?? .null }
    var document = document
    if path.count == 1 {
      document[key] = value
    } else {
      document[key] = setting(document[key] ?? .object([:]), path.dropFirst(), value)
    }
    return document
  }
}
