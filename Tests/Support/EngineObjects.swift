import PikoCore
import SystemPackage

/// What piko made in the engine for the projects of one sandbox.
enum EngineObjects {
  /// Removes every container, network and volume whose label `dev.piko.root` names a directory in
  /// the sandbox. Nothing else is touched.
  static func remove(below root: FilePath, using sandbox: Sandbox) throws {
    let containers = try labelled(["ps", "-a"], "{{.ID}}", below: root, sandbox)
    if !containers.isEmpty {
      try sandbox.output("docker", ["rm", "-f", "-v"] + containers, in: "/")
    }
    for (kind, name) in [("network", "{{.ID}}"), ("volume", "{{.Name}}")] {
      let found = try labelled([kind, "ls"], name, below: root, sandbox)
      if !found.isEmpty { try sandbox.output("docker", [kind, "rm"] + found, in: "/") }
    }
    let images = try labelled(["images"], "{{.ID}}", below: root, sandbox, template: false)
    if !images.isEmpty {
      try sandbox.output("docker", ["rmi", "-f"] + Array(Set(images)), in: "/")
    }
  }

  private static func labelled(
    _ listing: [String], _ name: String, below root: FilePath, _ sandbox: Sandbox,
    template: Bool = true
  ) throws -> [String] {
    let label = "dev.piko.root"
    let filter = ["--filter", "label=\(label)"]
    if template {
      let format = "\(name)\t{{.Label \"\(label)\"}}"
      let text = try sandbox.output("docker", listing + filter + ["--format", format], in: "/")
      return text.split(separator: "\n").compactMap { line in
        let columns = line.split(separator: "\t", maxSplits: 1)
        guard columns.count == 2, FilePath(String(columns[1])).starts(with: root) else {
          return nil
        }
        return String(columns[0])
      }
    }
    // Listings of images cannot show labels.
    let ids = try sandbox.output("docker", listing + filter + ["--format", name], in: "/")
    return try ids.split(separator: "\n").map(String.init).filter { id in
      let format = "{{index .Config.Labels \"\(label)\"}}"
      let value = try sandbox.output(
        "docker", ["image", "inspect", "--format", format, id], in: "/")
      return FilePath(value).starts(with: root)
    }
  }
}
