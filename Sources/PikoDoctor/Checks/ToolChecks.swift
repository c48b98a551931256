import PikoCompose
import PikoCore
import SystemPackage

/// git, without which nothing is done.
struct GitCheck: Check {
  let name = "git"

  func run(in site: Site) throws -> [Finding] {
    guard Program("git").exists else {
      return [.problem(.error, "not found on PATH", command: "sudo apt-get install git")]
    }
    return [.ok(try Tools.version(of: "git", ["--version"]))]
  }
}

/// The docker command line, needed only by projects with containers.
struct DockerCheck: Check {
  let name = "docker"

  func run(in site: Site) throws -> [Finding] {
    guard Program("docker").exists else {
      guard try site.usesContainers() else { return [.ok("not found, and not needed here")] }
      return [.problem(.error, "not found on PATH", command: "sudo apt-get install docker.io")]
    }
    return [.ok(try Tools.version(of: "docker", ["--version"]))]
  }
}

/// Docker Compose, new enough for the overrides that piko writes.
struct ComposeCheck: Check {
  let name = "compose"

  func run(in site: Site) throws -> [Finding] {
    let isNeeded = try site.usesContainers()
    do throws(Failure) {
      return [Self.verdict(on: try ComposeInstallation.found().version, isNeeded: isNeeded)]
    } catch {
      guard isNeeded else { return [.ok("not found, and not needed here")] }
      return [.problem(.error, error.message, command: Self.installation)]
    }
  }

  /// What a version means.
  static func verdict(on version: ComposeVersion, isNeeded: Bool) -> Finding {
    guard version < .minimum else { return .ok("\(version)") }
    return .problem(
      isNeeded ? .error : .warning,
      "version \(version) is too old: \(ComposeVersion.minimum) or later is needed",
      command: installation)
  }

  /// What installs the plug-in, by the name that the distribution gives it.
  private static var installation: String {
    let isUbuntu = ShortFile.text("/etc/os-release")?.contains("\nID=ubuntu\n") ?? false
    return "sudo apt-get install \(isUbuntu ? "docker-compose-v2" : "docker-compose")"
  }
}

/// tmux, needed only for sessions.
struct TmuxCheck: Check {
  let name = "tmux"

  func run(in site: Site) throws -> [Finding] {
    guard Program("tmux").exists else {
      return [.ok("not found; environments have no sessions then")]
    }
    return [.ok(try Tools.version(of: "tmux", ["-V"]))]
  }
}

/// Whether the engine answers.
struct EngineCheck: Check {
  let name = "engine"

  func run(in site: Site) throws -> [Finding] {
    switch site.engine.answer {
    case .success: return [.ok("answers")]
    case .failure(let failure):
      guard try site.usesContainers() else {
        return [.ok("does not answer, and is not needed here")]
      }
      return [.problem(.error, failure.message, command: failure.command)]
    }
  }
}

/// Versions of programs.
private enum Tools {
  /// The first word with a number in what a program says of itself.
  static func version(of program: String, _ arguments: [String]) throws -> String {
    let text = try Program(program).output(arguments, failing: "cannot run \(program.quoted)")
    let word = text.split(whereSeparator: \.isWhitespace).first { $0.contains(where: \.isNumber) }
    return word.map { String($0.prefix { $0 != "," }) } ?? "of an unknown version"
  }
}
