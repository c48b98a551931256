import PikoCore

/// Networks: a private name and a leased subnet each; what is tied to a subnet is reset.
enum NetworksRule: Rule {
  static func apply(to draft: inout Draft) {
    for network in draft.original.networks {
      if network.isExternal {
        draft.sharedNetworks.insert(network.name)
        if draft.choices.choice(for: network.key, network.name) == nil {
          draft.remark(
            .shared, .networks, at: network.path,
            "external network \(network.name.quoted) stays shared: the services on it answer "
              + "there beside those of the main checkout")
        }
      } else if let parent = network.parentInterface {
        rename(network, &draft)
        draft.remark(
          .cannotIsolate, .networks, at: network.path,
          "network \(network.key.quoted) lies on the host's interface \(parent.quoted), "
            + "which all environments share", refusedWhenStrict: true)
      } else if network.ownsSubnet {
        rename(network, &draft)
        subnet(network, &draft)
      } else {
        rename(network, &draft)
      }
    }
  }

  private static func rename(_ network: ModelNetwork, _ draft: inout Draft) {
    draft.set(
      network.path.key("name"), to: draft.identity.networkName(network.key), .networks,
      because: "each environment has networks of its own")
  }

  private static func subnet(_ network: ModelNetwork, _ draft: inout Draft) {
    guard let leased = draft.subnets[network.key] else { return }
    let old = network.document["ipam"] ?? .object([:])
    var pools = [JSONValue.object(["subnet": .string(leased.ipv4)])]
    if let ipv6 = leased.ipv6 { pools.append(.object(["subnet": .string(ipv6)])) }
    var ipam = old.object ?? [:]
    let hadSubnets = ipam["config"] != nil
    ipam["config"] = .array(pools)
    draft.replace(
      network.path.key("ipam"), by: .object(ipam), .networks,
      because: hadSubnets
        ? "the main checkout uses that subnet" : "the engine's own pool ends at 30 networks")
    draft.reset(
      network.path.key("driver_opts").key("com.docker.network.bridge.name"), .networks,
      because: "an interface's name can be used once on a machine")
    addresses(on: network, &draft)
  }

  /// Static addresses lie in the old subnet.
  private static func addresses(on network: ModelNetwork, _ draft: inout Draft) {
    var reset: [String: String] = [:]
    for service in draft.original.services {
      let path = service.path.key("networks").key(network.key)
      for member in ["ipv4_address", "ipv6_address"] {
        guard let address = draft.document[path.key(member)]?.string else { continue }
        reset[address] = service.name
        draft.reset(
          path.key(member), .networks, because: "the network has another subnet here")
      }
    }
    for (address, owner) in reset.sorted(by: { $0.key < $1.key }) {
      mentions(of: address, owner, &draft)
    }
  }

  private static func mentions(of address: String, _ owner: String, _ draft: inout Draft) {
    for service in draft.original.services {
      let hosts = (service.document["extra_hosts"]?.array ?? []).map(\.brief)
      let values = service.environment.filter { $0.value.mentions(address: address) }
      for variable in values.map({ "variable \($0.name.quoted)" })
        + hosts.filter({ $0.mentions(address: address) }).map({ "extra host \($0.quoted)" })
      {
        draft.remark(
          .warning, .networks, at: service.path,
          "\(variable) of service \(service.name.quoted) names \(address), the address of service "
            + "\(owner.quoted), which has another one in this environment",
          hint: "to reach it everywhere, use its name: '\(owner)'")
      }
    }
  }
}

extension String {
  /// Whether the text has the address as a whole: `10.0.0.5` is not in `10.0.0.50`.
  fileprivate func mentions(address: String) -> Bool {
    let text = Array(utf8)
    let wanted = Array(address.utf8)
    guard text.count >= wanted.count else { return false }
    return (0...(text.count - wanted.count)).contains { start in
      let end = start + wanted.count
      guard Array(text[start..<end]) == wanted else { return false }
      let before = start > 0 ? text[start - 1] : UInt8(ascii: " ")
      let after = end < text.count ? text[end] : UInt8(ascii: " ")
      return !before.isAddressDigit && !after.isAddressDigit
    }
  }
}

extension UInt8 {
  fileprivate var isAddressDigit: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
  }
}
