import PikoCore
import Support
import SystemPackage

/// What the engine has, as `docker` tells it.
struct EngineView {
  let sandbox: Sandbox

  /// Every container, network, volume and image tag whose line has one of the words: name, id,
  /// state, networks and mounts.
  func lines(naming words: [String]) throws -> [String] {
    let listings = [
      [
        "ps", "-a", "--no-trunc", "--format",
        "{{.ID}} {{.Names}} {{.State}} {{.Networks}} {{.Mounts}}",
      ],
      ["network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}} "],
      ["volume", "ls", "--format", "{{.Name}} {{.Driver}}"],
      ["images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"],
    ]
    var found: [String] = []
    for listing in listings {
      for line in try sandbox.output("docker", listing).split(separator: "\n").map(String.init)
      where words.contains(where: line.contains) {
        // The engine lists mounts and networks in any order.
        let words = line.split(separator: " ").map {
          $0.split(separator: ",").sorted().joined(separator: ",")
        }
        found.append("\(listing[0]) \(words.joined(separator: " "))")
      }
    }
    return found.sorted()
  }

  /// Everything that carries the labels of an environment: containers, networks, volumes, images.
  func labelled(environment: String, root: FilePath) throws -> [String] {
    let labels = ["root=\(root)", "environment=\(environment)"].flatMap {
      ["--filter", "label=dev.piko.\($0)"]
    }
    var found: Set<String> = []
    for listing in [
      ["ps", "-aq"], ["network", "ls", "-q"], ["volume", "ls", "-q"], ["images", "-aq"],
    ] {
      let ids = try sandbox.output("docker", listing + labels)
      found.formUnion(ids.split(separator: "\n").map { "\(listing[0]) \($0)" })
    }
    return found.sorted()
  }

  /// What a shell command prints inside a service of an environment.
  func inside(
    _ environment: String, _ service: String, _ command: String, of project: FilePath
  ) throws -> String {
    let told = try sandbox.piko(
      "env", environment, "--", "docker", "compose", "exec", "-T", service, "sh", "-c", command,
      in: project)
    guard told.status == 0 else { throw Failure("'\(command)' failed", detail: told.text) }
    return told.stdout.hasSuffix("\n") ? String(told.stdout.dropLast()) : told.stdout
  }
}
