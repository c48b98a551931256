import PikoCore

/// Environment values that name a port published by the main checkout: inside the environment they
/// would reach the main checkout, or nothing.
enum LocalhostRule: Rule {
  static func apply(to draft: inout Draft) {
    var owners: [Int: PortMapping] = [:]
    for port in draft.requirements.ports {
      for number in port.published.map(Array.init) ?? [] where owners[number] == nil {
        owners[number] = port.mapping
      }
    }
    for service in draft.original.services {
      for variable in service.environment {
        // What 'env:' passes instead is what the container will see.
        let passed = draft.variables.first {
          $0.name == variable.name && $0.services.contains(service.name)
        }
        for (host, port) in localPorts(in: passed?.value ?? variable.value) {
          guard let owner = owners[port] else { continue }
          draft.remark(
            .warning, .localhost, at: service.path.key("environment").key(variable.name),
            "variable \(variable.name.quoted) of service \(service.name.quoted) names "
              + "\(host):\(port), which only the main checkout publishes",
            hint: "this environment's is in \(variableName(of: owner)); to pass it, set "
              + "\(variable.name) under 'env:' in '.piko.yml', with "
              + "'containers: [\(service.name)]'")
        }
      }
    }
  }

  /// `PIKO_<SERVICE>_PORT_<TARGET>`: upper case, other characters `_`.
  private static func variableName(of mapping: PortMapping) -> String {
    let service = mapping.service.uppercased().map { character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
    }
    return "PIKO_\(String(service))_PORT_\(mapping.target)"
  }

  /// The ports of this machine that a text names; `host.docker.internal` is the host as containers
  /// see it.
  static func localPorts(in text: String) -> [(host: String, port: Int)] {
    var found: [(String, Int)] = []
    for host in ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal"] {
      var rest = text[...]
      while let range = rest.firstRange(of: host + ":") {
        let before = range.lowerBound == text.startIndex ? nil : text[..<range.lowerBound].last
        let digits = rest[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
        let isWhole = before.map { !($0.isLetter || $0.isNumber || "-_.".contains($0)) } ?? true
        if isWhole, let port = Int(digits), !found.contains(where: { $0 == (host, port) }) {
          found.append((host, port))
        }
        rest = rest[range.upperBound...]
      }
    }
    return found
  }
}
