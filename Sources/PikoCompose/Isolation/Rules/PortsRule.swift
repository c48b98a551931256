import PikoCore

/// Published ports: the same target once per original mapping, on a leased host port.
enum PortsRule: Rule {
  static func apply(to draft: inout Draft) {
    for port in draft.requirements.ports {
      let first = draft.ports(port.mapping)
      let text = port.count == 1 ? "\(first)" : "\(first)-\(first + port.count - 1)"
      let path = ModelPath("services", port.mapping.service, "ports").index(port.index)
      draft.set(
        path.key("published"), to: text, .ports,
        because: port.published == nil
          ? "a leased port stays the same" : "the main checkout publishes that port")
    }
  }
}
