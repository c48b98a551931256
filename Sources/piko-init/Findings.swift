import PikoCompose
import PikoConfig
import PikoCore
import SystemPackage

/// What a project has that its configuration may speak of.
struct Findings {
  /// A service and the container ports that it publishes.
  struct Service {
    let name: String
    let image: String?
    let targets: [Int]
  }

  let name: String
  /// The compose files, as they are named from the root.
  var files: [String] = []
  var services: [Service] = []
  /// The service that a browser would show; nil where there are several, or none.
  var web: Service?
  /// Files that Compose needs and git ignores, from the root.
  var ignored: [String] = []
  var warnings: [String] = []

  /// Looks into the main checkout.
  init(in root: FilePath) throws {
    name = root.lastComponent?.string ?? ""
    let files = try ComposeFiles.find(in: root)
    self.files = files.map { Findings.relative($0, to: root) ?? $0.string }
    guard !files.isEmpty else { return }
    var needed: [FilePath] = [root.appending(".env")]
    let documents = files.compactMap { YAML.places(in: $0) }
    for document in documents { needed += Findings.environmentFiles(in: document) }
    do {
      let model = try Compose().mainModel(in: root, files: files)
      let ports = try Requirements(of: model).ports
      services = model.services.map { service in
        let own = ports.filter { $0.mapping.service == service.name }.map(\.mapping.target)
        return Service(name: service.name, image: service.image, targets: Set(own).sorted())
      }
      let leases = ports.map { PortLease(mapping: $0.mapping, port: 0) }
      let shown = (try? WebPort(among: leases, of: ""))?.lease.mapping.service
      web = services.first { $0.name == shown }
      needed += model.files
    } catch {
      // Suggestions can do without ports; whoever has no Compose yet can have them.
      warnings.append("ports were left out: \(error.message)")
      services = Set(documents.flatMap { $0.keys(of: "services") }).sorted()
        .map { Service(name: $0, image: nil, targets: []) }
    }
    ignored = Findings.ignored(needed.compactMap { Findings.relative($0, to: root) }, in: root)
  }

  private static func relative(_ path: FilePath, to root: FilePath) -> String? {
    let path = path.lexicallyNormalized()
    guard path.starts(with: root), path != root else { return nil }
    return FilePath(root: nil, path.components.dropFirst(root.components.count)).string
  }

  /// Compose's model no longer names its `env_file`s, and without one it has none to show. Where they
  /// stand in the file is read for this suggestion alone.
  private static func environmentFiles(in document: YAML) -> [FilePath] {
    let directory = document.file.removingLastComponent()
    return document.keys(of: "services").flatMap { service -> [FilePath] in
      guard let node = document.value(at: ["services", service, "env_file"]) else { return [] }
      let names: [String] =
        switch node.content {
        case .scalar(let text, _): [text]
        case .sequence(let items): items.compactMap { $0.text ?? $0.member("path")?.text }
        case .mapping: [node.member("path")?.text].compactMap(\.self)
        }
      return names.map { directory.pushing(FilePath($0)) }
    }
  }

  /// Those that exist and that git ignores, in order.
  private static func ignored(_ paths: [String], in root: FilePath) -> [String] {
    let there = Set(paths).sorted().filter { path in
      FileCopy.exists(root.appending(path)) && path.masked == path && !path.hasPrefix(".piko/")
    }
    guard !there.isEmpty,
      let answer = try? Git(in: root).run(
        ["check-ignore", "-z", "--stdin"], input: there.flatMap { Array($0.utf8) + [0] })
    else { return [] }
    return answer.text.split(separator: "\0").map(String.init)
  }
}

extension YAML {
  /// The keys of a mapping at the top.
  fileprivate func keys(of key: String) -> [String] {
    guard case .mapping(let entries) = value(at: [key])?.content else { return [] }
    return entries.map(\.key)
  }

  fileprivate func value(at path: [String]) -> YAML.Node? {
    path.reduce(root) { $0?.member($1) }
  }
}

extension YAML.Node {
  fileprivate func member(_ key: String) -> YAML.Node? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  fileprivate var text: String? {
    if case .scalar(let text, _) = content { text } else { nil }
  }
}
