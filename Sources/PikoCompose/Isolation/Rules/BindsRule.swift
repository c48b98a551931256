import PikoCore
import SystemPackage

/// Directories of the machine mounted into a service: what lies in the worktree is private by
/// itself; a writable one from outside is named, or becomes a volume where the project chose so.
enum BindsRule: Rule {
  static func apply(to draft: inout Draft) {
    var volumes: [FilePath: String] = [:]
    for service in draft.model.services {
      for (index, mount) in service.mounts.enumerated() {
        guard mount["type"]?.string == "bind", mount["read_only"]?.bool != true,
          let source = FilePath(absoluteInModel: mount["source"]?.string),
          !draft.identity.isInWorktree(source), !isEngineSocket(source)
        else { continue }
        let path = service.path.key("volumes").index(index)
        let target = mount["target"]?.string ?? ""
        let choice = draft.choices.choice(
          for: "\(service.name):\(target)", source.string,
          draft.original.unresolved?[path.key("source")]?.string,
          draft.original.document[path.key("source")]?.string)
        switch choice {
        case .shared: continue
        case .private where draft.files.kind(source) != .file:
          makePrivate(path, source, mount, &volumes, &draft)
        default:
          remark(path, service, source, target, choice, &draft)
        }
      }
    }
  }

  private static func makePrivate(
    _ path: ModelPath, _ source: FilePath, _ mount: JSONValue, _ volumes: inout [FilePath: String],
    _ draft: inout Draft
  ) {
    let key = volumes[source] ?? unusedKey(for: source, volumes, draft)
    volumes[source] = key
    var volume: [String: JSONValue] = [
      "type": .string("volume"), "source": .string(key), "volume": .object([:]),
    ]
    volume["target"] = mount["target"]
    draft.set(path, to: .object(volume), .binds, because: "'isolation' makes it private")
    draft.set(
      ModelPath("volumes", key, "name"), to: draft.identity.privateName(key), .binds,
      because: "'isolation' makes it private")
  }

  /// A volume key made from the source's path, that no other volume has.
  private static func unusedKey(
    for source: FilePath, _ volumes: [FilePath: String], _ draft: Draft
  ) -> String {
    let slug = "bind-" + (Slug.make(source.string, atMost: 48) ?? "root")
    let used = Set(draft.model.volumes.map(\.key) + volumes.values)
    var key = slug
    var number = 2
    while used.contains(key) {
      key = "\(slug)-\(number)"
      number += 1
    }
    return key
  }

  private static func remark(
    _ path: ModelPath, _ service: ModelService, _ source: FilePath, _ target: String,
    _ choice: Choices.Choice?, _ draft: inout Draft
  ) {
    let what = "service \(service.name.quoted) writes to \(source.string.quoted)"
    if choice == .private {
      draft.remark(
        .warning, .binds, at: path,
        "\(what), a file, which cannot be made a private volume and stays shared",
        refusedWhenStrict: true)
    } else {
      draft.remark(
        .shared, .binds, at: path, "\(what) outside the worktree, which stays shared",
        hint: "to give each environment its own, add to '.piko.yml': "
          + "isolation: {binds: {\(Override.quoted("\(service.name):\(target)")): private}}",
        refusedWhenStrict: true)
    }
  }

  /// The engine's own socket is meant to be the one of the machine.
  private static func isEngineSocket(_ path: FilePath) -> Bool {
    let name = path.lastComponent?.string
    return name == "docker.sock" || name == "podman.sock" || name == "containerd.sock"
  }
}
