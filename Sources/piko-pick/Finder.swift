import PikoCore
import SystemPackage

/// The `fzf` program: a list that narrows as one types.
struct Finder {
  private let fzf = Program("fzf")

  /// Whether it is installed and the terminal can show it.
  var isUsable: Bool { fzf.exists && !Terminal.isDumb }

  /// Has the user choose a row, with what is known of it beside the list.
  ///
  /// - Returns: the row's first cell.
  /// - Throws: fzf's status where nothing was chosen: 130 after escape, 1 where nothing matches.
  func choose(from table: Table) throws -> String {
    // What fzf gives to a shell is this text, in which it quotes the name itself.
    let directory = try Installation.program("piko-pick").removingLastComponent()
    let path = ProcessEnvironment.value("PATH") ?? "/usr/bin:/bin"
    var chosen: [UInt8] = []
    let status = try fzf.stream(
      [
        "--header-lines=1", "--layout=reverse", "--no-multi", "--prompt=piko> ",
        "--preview=piko-pick --preview {1}", "--preview-window=right,60%,<70(down,50%)",
      ],
      environment: .inherited().setting(["PATH": "\(directory):\(path)"]),
      input: Array(table.text.utf8)
    ) { chosen += $0 }
    guard status == 0 else { throw Finished(ExitStatus(code: status)) }
    let line = String(decoding: chosen, as: UTF8.self)
    return String(line.prefix { !$0.isWhitespace })
  }
}
