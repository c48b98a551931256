import PikoConfig
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// Whether the user's file and every project's can be read: a mistake in one stops the verbs that
/// need it.
struct ConfigurationCheck: Check {
  let name = "configuration"

  func run(in site: Site) throws -> [Finding] {
    var findings: [Finding] = []
    do throws(Failure) {
      _ = try UserConfiguration.load()
    } catch {
      findings.append(finding(error, try Paths.userConfiguration()))
    }
    for project in site.projects {
      for directory in [project.root] + (try project.environments().map(\.path)) {
        do throws(Failure) {
          _ = try Configuration.file(in: directory)
        } catch {
          findings.append(finding(error, directory.appending(ProjectConfiguration.fileName)))
        }
      }
    }
    return findings
  }

  private func finding(_ failure: Failure, _ file: FilePath) -> Finding {
    .problem(
      .error, failure.message,
      command: FileCopy.exists(file)
        ? "${EDITOR:-vi} \(Paths.argument(file))"
        : "cd \(Paths.argument(file.removingLastComponent())) && mv .piko.yaml .piko.yml")
  }
}
