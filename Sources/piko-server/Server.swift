import ArgumentParser
import Dispatch
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// Serves the page and the API.
struct Server: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-server", abstract: "Serve a page that shows and drives environments")

  @Option(help: "The port to listen on; 0 for any that is free.") var port: UInt16 = 19876
  @Flag(name: .long, help: "Open the page in a browser.") var open = false

  func perform() throws {
    let token = try Token.load()
    let listening = Listening(port: Int(port), token: token)
    let outcome = Outcome()
    let over = DispatchSemaphore(value: 0)
    Task.detached {
      do {
        try await listening.run { port in
          Output.line(Self.address(port, token))
          try Output.requireWritten()
          if open { Background.start { Self.show(Self.address(port, token)) } }
        }
      } catch {
        outcome.set(error)
      }
      over.signal()
    }
    over.wait()
    if let error = outcome.error { throw error }
  }

  /// The address of the page: what follows `#` stays in the browser.
  private static func address(_ port: Int, _ token: Token) -> String {
    "http://127.0.0.1:\(port)/#\(token.text)"
  }

  /// Shows the page through a file of this user alone that leads there: the arguments of programs, a
  /// browser's too, can be read by every user of the machine.
  private static func show(_ address: String) {
    do {
      guard let browser = try Browser.find() else {
        Output.warn("no browser was found; open the address above")
        return
      }
      let file = try Paths.stateDirectory().appending("server-open.html")
      try PrivateFile.replace(
        file,
        with: "<!doctype html><meta http-equiv=\"refresh\" content=\"0; url=\(address)\">\n")
      try browser.start(showing: "file://\(file.string)")
    } catch let failure as Failure {
      Output.report(failure)
    } catch {
      Output.warn("cannot open a browser: \(error)")
    }
  }
}
