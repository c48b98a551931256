#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `piko` does with its command line: its own options, then a verb.
struct Dispatcher {
  private let arguments: [Argument]
  private let programs: Programs

  init(arguments: [Argument]) {
    self.arguments = arguments
    programs = Programs(startedAs: arguments.first?.text ?? "piko")
  }

  func run() -> Never {
    var rest = arguments.dropFirst()
    while let word = rest.first?.text, word.hasPrefix("-") {
      rest = rest.dropFirst()
      switch word {
      case "-C":
        guard let directory = rest.popFirst() else {
          Messages.refuse("no directory given for '-C'", usage: Help.usage)
        }
        enter(directory)
      case "--version":
        Messages.answer("piko \(version)\n")
        end(0)
      case "--list":
        for verb in programs.verbs() { Messages.answer("\(verb)\n") }
        end(0)
      case "-h":
        Messages.answer(Help.short)
        end(0)
      case "--help":
        help(rest.first?.text)
      default:
        Messages.refuse("unknown option '\(word.masked)'", usage: Help.usage)
      }
    }
    guard let verb = rest.popFirst()?.text else {
      Messages.answer(Help.short)
      end(1)
    }
    if verb == "help" { help(rest.first?.text) }
    // As with git, the long form is the manual and the short form, `-h`, is the verb's own.
    if rest.first?.text == "--help" { help(verb) }
    become(verb, Array(rest))
  }

  /// Goes to the directory of a `-C`; an empty one changes nothing (git(1), `-C`).
  private func enter(_ directory: Argument) {
    guard !directory.text.isEmpty, chdir(directory.bytes) != 0 else { return }
    let reason = String(cString: strerror(errno))
    Messages.fail("cannot change to '\(directory.text.masked)': \(reason)", status: 128)
  }

  /// Replaces this process by the verb's program.
  private func become(_ verb: String, _ arguments: [Argument]) -> Never {
    guard let program = programs.program(of: verb) else { unknown(verb) }
    programs.putFirstOnPath()
    let reason = Programs.replace(by: program, [Argument("piko-\(verb)")] + arguments)
    Messages.fail("cannot run '\(program.masked)': \(reason)", status: 128)
  }

  /// What git, docker and shells call what a verb does.
  private static let synonyms = [
    "add": "create", "new": "create", "rm": "destroy", "remove": "destroy",
    "delete": "destroy", "start": "up", "stop": "down", "ls": "list", "ps": "list",
    "cd": "path", "build": "up --build", "version": "--version",
  ]

  private func unknown(_ verb: String) -> Never {
    let similar = Similarity.closest(to: verb, among: programs.verbs() + ["help"])
    var hint = "to list the commands, run 'piko help'"
    if let meant = Dispatcher.synonyms[verb] {
      hint = "the command for that is '\(meant)'"
    } else if let only = similar.first, similar.count == 1 {
      hint = "the most similar command is '\(only)'"
    } else if !similar.isEmpty {
      hint = "the most similar commands are " + similar.map { "'\($0)'" }.joined(separator: ", ")
    }
    Messages.fail("'\(verb.masked)' is not a piko command", hint: hint, status: 1)
  }

  // MARK: - Help

  private func help(_ topic: String?) -> Never {
    guard var topic else {
      Messages.answer(Help.overview(of: programs))
      end(0)
    }
    // A page's own name does as well: `piko-config`.
    if topic.hasPrefix("piko-") { topic = String(topic.dropFirst("piko-".count)) }
    if let page = programs.page(for: topic) {
      if Messages.answersTerminal {
        _ = Programs.replace(by: "man", ["man", page].map { Argument($0) })
      } else if let manual = Programs.output(of: "man", ["man", page].map { Argument($0) }) {
        // man itself does not tell whether it could write.
        Messages.answer(manual.bytes)
        end(manual.status)
      }
      // No man program: the verb's own words are the next best.
    }
    if programs.program(of: topic) != nil { become(topic, [Argument("-h")]) }
    if let page = programs.page(for: topic) {
      Messages.fail(
        "cannot show '\(page.masked)': 'man' not found", hint: "install man-db or mandoc",
        status: 128)
    }
    unknown(topic)
  }
}

/// Ends this process.
func end(_ status: Int32) -> Never {
  fflush(nil)
  exit(status)
}
