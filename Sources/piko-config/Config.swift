import ArgumentParser
import PikoConfig
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// Shows what is configured and who said it, or everything that is wrong.
struct Config: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-config",
    abstract: "Show the configuration and where each value is from",
    usage: "piko-config [--check] [--json] [NAME]")

  @Flag(name: .long, help: "Print every mistake in the files instead.") var check = false
  @Flag(name: .long, help: "Print JSON.") var json = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    let project = try Project.current()
    // Outside every environment it is the main checkout's configuration.
    let environment = name == nil ? try? project.environment(nil) : try project.environment(name)
    if check { return try check(environment, in: project) }
    let settings = try Configuration.settings(
      root: project.root, worktree: environment?.path,
      named: project.root.lastComponent?.string ?? "", user: Paths.userConfiguration())
    if json { return try Output.json(Answer(settings: settings)) }
    let rows = settings.map { [$0.key, $0.origin?.shortDisplay ?? $0.source.rawValue, $0.text] }
    Output.table(header: ["KEY", "FROM", "VALUE"], rows: rows)
  }

  // MARK: - Checking

  private func check(_ environment: EnvironmentRecord?, in project: Project) throws {
    var mistakes = ConfigurationCheck.mistakes(inUserFile: try Paths.userConfiguration())
    var worktree = environment?.path ?? project.location.worktree
    if worktree == project.root { worktree = nil }
    let known = environment.flatMap { variables(of: $0, in: project) }
    let main = project.location.isBare ? nil : ComposeCheck(of: project.root, root: project.root)
    let own = worktree.map { ComposeCheck(of: $0, root: project.root) }
    // Without a file of its own a worktree has the root's whole.
    let hasOwn = worktree.map { ConfigurationCheck.hasFile(in: $0) } ?? false
    let missing = Set(main?.missing ?? []).union(own?.missing ?? [])
    mistakes += ConfigurationCheck.mistakes(
      in: project.root, known: hasOwn ? nil : known,
      names: hasOwn ? main?.names : main?.names.map { $0 + (own?.names ?? .init()) } ?? own?.names,
      missing: missing.sorted())
    if hasOwn, let worktree {
      mistakes += ConfigurationCheck.mistakes(in: worktree, known: known, names: own?.names)
    }
    mistakes += (main?.mistakes ?? []) + (own?.mistakes ?? [])
    if json {
      try Output.json(CheckAnswer(mistakes: mistakes))
    } else {
      for mistake in mistakes { Output.line(mistake.line) }
    }
    if !mistakes.isEmpty { throw Finished(.failed) }
  }

  /// The variables that an environment has, for `env:`; nil where they are not known.
  private func variables(
    of environment: EnvironmentRecord, in project: Project
  ) -> [String: String]? {
    do {
      return try project.ownVariables(of: environment).values
    } catch {
      Output.warn("\(error.message); the variables of 'env:' are not held against its ports")
      return nil
    }
  }

  // MARK: - Answers

  private struct Answer: Encodable {
    let settings: [Value]

    init(settings: [Setting]) { self.settings = settings.map(Value.init) }
  }

  private struct Value: Encodable {
    let key: String
    let value: JSONValue
    let source: String
    let file: String?
    let line: Int?
    let column: Int?

    init(_ setting: Setting) {
      key = setting.key
      value = setting.value
      source = setting.source.rawValue
      file = setting.origin?.file.string
      line = setting.origin?.position.line
      column = setting.origin?.position.column
    }
  }

  private struct CheckAnswer: Encodable {
    let errors: [Entry]

    init(mistakes: [ConfigurationCheck.Mistake]) { errors = mistakes.map(Entry.init) }
  }

  private struct Entry: Encodable {
    let file: String
    let line: Int
    let column: Int
    let message: String
    let hints: [String]

    init(_ mistake: ConfigurationCheck.Mistake) {
      file = mistake.place.file.string
      line = mistake.place.line
      column = mistake.place.column
      message = mistake.reason
      hints = mistake.hints
    }
  }
}

extension Origin {
  /// `FILE:LINE`.
  fileprivate var shortDisplay: String { "\(Paths.display(file)):\(position.line)" }
}
