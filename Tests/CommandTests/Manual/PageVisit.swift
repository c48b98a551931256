/// What the examples of one page count on, and what is seen when they are typed.
struct PageVisit: Sendable {
  let page: String
  /// Where they are typed, below the sandbox.
  var place = "shop"
  /// What is done before, by lines of a shell in the project's root.
  var before: [String] = []
  /// What a page cannot know of this machine.
  var changes: [String: String] = [:]
  /// One for each command of the page.
  var answers: [Answer] = []
  /// One for each text of its EXAMPLES that is no command.
  var texts: [Text] = []
  /// What is done after.
  var after: [String] = []

  /// What a person sees of one command.
  struct Answer: Sendable, ExpressibleByStringLiteral {
    /// Parts of what is seen; where there are none, nothing is.
    var sees: [String]
    /// What is waited for, one after another, and then typed by its name in tmux.
    var steps: [(wait: String, keys: [String])] = []
    /// A command that shows what it did, and a part of what is seen then.
    var proof: (command: String, sees: String)?
    /// Whether it goes on until it is interrupted, on a terminal of its own.
    var stays = false

    init(stringLiteral: String) { self.init(stringLiteral) }

    init(
      _ sees: String..., steps: [(wait: String, keys: [String])] = [],
      proof: (command: String, sees: String)? = nil, stays: Bool = false
    ) {
      self.sees = sees
      self.steps = steps
      self.proof = proof
      self.stays = stays
    }

    /// One that says nothing.
    static let nothing = Answer()
    /// A session, which is looked at and left.
    static let session = Answer("[detached", steps: [("[piko/shop", ["C-b", "d"])])

    static func nothing(_ command: String, shows sees: String) -> Answer {
      Answer(steps: [], proof: (command, sees))
    }

    /// A question, which is answered with yes.
    static func agreed(_ sees: String...) -> Answer {
      var answer = Answer(steps: [("[y/N]", ["y", "Enter"])])
      answer.sees = sees
      return answer
    }
  }

  /// A text that belongs into a file.
  struct Text: Sendable {
    /// Below the place where the examples are typed.
    let file: String
    /// What stands around it, and before each of its lines.
    var start = ""
    var indent = ""
    var end = ""
    /// What is typed then, and a part of what is seen; nil for nothing.
    let shows: [(command: String, sees: String?)]
  }
}
