import PikoCompose
import PikoCore

/// The text of a first `.piko.yml`: what is needed stands in it, what might be wanted is commented
/// out with the project's own names.
///
/// A line that begins with `#` and no blank, or with `#` and two, is such an example; without its `#`
/// the whole is still a configuration.
struct Starter {
  let text: String

  init(_ found: Findings) {
    var parts = [Starter.head(found), Starter.name(found)]
    if !found.files.isEmpty { parts.append(Starter.compose(found)) }
    parts += [Starter.files(found), Starter.scripts(found), Starter.variables(found)]
    parts += found.services.isEmpty ? [Starter.processes] : Starter.services(found)
    text = parts.joined(separator: "\n")
  }

  private static func head(_ found: Findings) -> String {
    var lines = [
      "piko's configuration of this project; 'man 5 piko-config' explains every key.",
      "Nothing has to stand in here. A key behind a '#' is an example: take the '#' away.",
    ]
    if !found.services.isEmpty {
      lines += ["", "Services in \(found.files.joined(separator: ", ")):"]
      for service in found.services {
        let ports = service.targets.map(String.init).joined(separator: ", ")
        lines.append("- \(service.name)\(ports.isEmpty ? "" : " (\(ports))")")
      }
    }
    return comment(lines)
  }

  private static func name(_ found: Findings) -> String {
    comment(["The project's name, instead of the directory's."]) + "#name: \(value(found.name))\n"
  }

  private static func compose(_ found: Findings) -> String {
    comment(["The Compose files, the later ones over the earlier."])
      + "#compose: [\(found.files.map(value).joined(separator: ", "))]\n"
  }

  private static func files(_ found: Findings) -> String {
    var text: String
    if found.ignored.isEmpty {
      text =
        comment(["Files that git ignores and every worktree needs, by patterns as in .gitignore."])
        + "#copy: [.env.local]\n"
    } else {
      text =
        comment(["Files that git ignores and Compose needs: they are copied into every worktree."])
        + "copy:\n" + found.ignored.map { "  - \(value(pattern($0)))\n" }.joined()
    }
    text +=
      comment(["Ignored folders to link instead, where all may use the same one."])
      + "#link: [node_modules]\n"
    return text
  }

  private static func scripts(_ found: Findings) -> String {
    let service = found.web?.name ?? found.services.first?.name
    let setup = service.map { "docker compose exec -T \($0) true" } ?? "make setup"
    return comment([
      "What to run, by /bin/sh -e in the worktree: before Compose reads anything, when all is",
      "ready, by 'piko run', and before an environment goes. Asked for once: 'piko trust'.",
    ]) + """
      #scripts:
      #  prepare: cp -n .env.example .env
      #  setup: \(setup)
      #  run: make run
      #  destroy: make clean

      """
  }

  private static func variables(_ found: Findings) -> String {
    let service = found.web ?? found.services.first { !$0.targets.isEmpty }
    let name = service.map { Variables.name(of: $0.name) } ?? "WEB"
    var text =
      comment(["Variables made of those that 'piko env' prints; 'containers' get them too."])
      + "#env:\n"
    if service != nil || found.services.isEmpty {
      text += "#  \(name)_URL: \"http://localhost:${PIKO_\(name)_PORT}\"\n"
    } else {
      text += "#  BRANCH: \"${PIKO_BRANCH}\"\n"
    }
    if let first = found.services.first {
      text += """
        #  ENVIRONMENT:
        #    value: "${PIKO_ENV_NAME}"
        #    containers: [\(value(first.name))]

        """
    }
    return text
  }

  /// Stores that one running copy can serve all environments with, by what their images are called,
  /// and the command to look into each.
  private static let stores = [
    "postgres": "psql -U postgres", "redis": "redis-cli", "valkey": "valkey-cli",
    "mysql": "mysql", "mariadb": "mariadb", "mongo": "mongosh", "memcached": nil,
    "elasticsearch": nil, "rabbitmq": nil,
  ]

  private static func services(_ found: Findings) -> [String] {
    let stores = found.services.compactMap { service -> (name: String, shell: String?)? in
      let image = service.image ?? service.name
      guard let kind = Starter.stores.keys.sorted().first(where: { image.contains($0) }) else {
        return nil
      }
      return (service.name, Starter.stores[kind] ?? nil)
    }
    var parts: [String] = []
    if !stores.isEmpty {
      let names = stores.map { value($0.name) }.joined(separator: ", ")
      parts.append(
        comment(["Services that run once for all environments."]) + "#shared: [\(names)]\n")
    }
    let shells = stores.compactMap { store in store.shell.map { (store.name, $0) } }
    let fallback = found.services.prefix(1).map { ($0.name, "bash") }
    parts.append(
      comment(["What 'piko shell' begins with in a service, instead of a plain shell."])
        + "#shells:\n"
        + (shells.isEmpty ? Array(fallback) : shells)
        .map { "#  \(value($0.0)): \($0.1)\n" }.joined())
    let open = found.web?.name ?? found.services.first?.name ?? ""
    parts.append(
      comment(["The service that 'piko open' shows in a browser."]) + "#open: \(value(open))\n")
    return parts
  }

  private static let processes =
    comment([
      "Ports of processes outside containers: each environment has its own, in PIKO_WEB_PORT."
    ]) + "#ports:\n#  web: 3000\n\n"
    + comment(["Windows of the terminal session, which run such processes."]) + """
      #windows:
      #  - name: web
      #    command: python3 -m http.server $PIKO_WEB_PORT

      """

  // MARK: - YAML

  private static func comment(_ lines: [String]) -> String {
    lines.map { $0.isEmpty ? "#\n" : "# \($0)\n" }.joined()
  }

  /// A text as YAML takes it, in quotes where it is not plainly one.
  private static func value(_ text: String) -> String {
    let isPlain =
      text.utf8.allSatisfy { byte in
        Template.isVariableName("_\(Unicode.Scalar(byte))") || "./-".utf8.contains(byte)
      } && text.first.map { $0.isLetter || $0 == "." } == true
    let isWord = ["true", "false", "null"].contains(text.lowercased())
    return isPlain && !isWord ? text : Override.quoted(text)
  }

  /// A path as a pattern of gitignore that means it alone.
  private static func pattern(_ path: String) -> String {
    var text = ""
    for character in path {
      if "\\*?[".contains(character) || text.isEmpty && "!#".contains(character) { text += "\\" }
      text.append(character)
    }
    return text
  }
}
