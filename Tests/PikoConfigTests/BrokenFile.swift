import PikoConfig
import PikoCore
import SystemPackage
import Testing

/// A configuration file with something wrong in it, and what piko says to it.
struct BrokenFile: CustomTestStringConvertible {
  let text: String
  /// What follows the file's name and a colon.
  let message: String
  let hints: [String]

  var testDescription: String { text.debugDescription }

  /// The cases of a listing: files, each followed by its `error:` and `hint:` lines, with a line of
  /// `=====` between them.
  static func cases(_ listing: String) -> [BrokenFile] {
    listing.split(separator: "\n=====\n").map { part in
      var text = ""
      var message = ""
      var hints: [String] = []
      for line in part.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("error: ") {
          message = String(line.dropFirst("error: ".count))
        } else if line.hasPrefix("hint: ") {
          hints.append(String(line.dropFirst("hint: ".count)))
        } else {
          text += line + "\n"
        }
      }
      return BrokenFile(text: text, message: message, hints: hints)
    }
  }
}

@Suite struct BrokenFileTests {
  @Test(arguments: BrokenFile.structure + BrokenFile.values)
  func refusesABrokenProjectFile(_ broken: BrokenFile) throws {
    let failure = try #require(throws: Failure.self) {
      try ProjectConfiguration(parsing: Array(broken.text.utf8), from: ".piko.yml")
    }
    #expect(failure.message == ".piko.yml:\(broken.message)")
    let user = Paths.display(try Paths.userConfiguration())
    #expect(failure.hints.map { $0.replacing("USER FILE", with: user) } == hints(broken, user))
    #expect(failure.status == .cannotStart)
  }

  @Test(arguments: BrokenFile.user)
  func refusesABrokenUserFile(_ broken: BrokenFile) throws {
    let failure = try #require(throws: Failure.self) {
      try UserConfiguration(parsing: Array(broken.text.utf8), from: "config.yml")
    }
    #expect(failure.message == "config.yml:\(broken.message)")
    #expect(failure.hints == broken.hints)
    #expect(failure.status == .cannotStart)
  }

  @Test func theListingsAreReadWhole() {
    #expect(BrokenFile.structure.count + BrokenFile.values.count + BrokenFile.user.count == 131)
    for broken in BrokenFile.structure + BrokenFile.values + BrokenFile.user {
      #expect(!broken.text.isEmpty && !broken.message.isEmpty)
    }
  }

  private func hints(_ broken: BrokenFile, _ userFile: String) -> [String] {
    broken.hints.map { $0.replacing("USER FILE", with: userFile) }
  }
}
