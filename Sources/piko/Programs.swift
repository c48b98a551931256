#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The programs called `piko-<verb>`: those beside this one first, then those on `PATH`.
struct Programs {
  /// The directory this program lies in, symbolic links resolved; nil where nothing tells.
  let ownDirectory: String?

  /// - Parameter name: the first word of the command line, used where the system does not say which
  ///   file runs.
  init(startedAs name: String) {
    ownDirectory = Programs.runningFile(startedAs: name).map { Programs.parent(of: $0) }
  }

  /// The file to execute for a verb. One that is there but may not be executed is given too, where
  /// there is no better, so that the reason can be told.
  func program(of verb: String) -> String? {
    guard !verb.isEmpty, !verb.contains("/") else { return nil }
    let files = directories.map { "\($0)/piko-\(verb)" }.filter(Programs.isFile)
    return files.first { access($0, X_OK) == 0 } ?? files.first
  }

  /// Every verb that can be run, sorted, each once.
  func verbs() -> [String] {
    var found: Set<String> = []
    for directory in directories {
      guard let stream = opendir(directory) else { continue }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        guard let name = Programs.name(of: entry), name.hasPrefix("piko-") else { continue }
        let verb = String(name.dropFirst("piko-".count))
        let file = "\(directory)/\(name)"
        if !verb.isEmpty, verb == verb.masked, Programs.isFile(file), access(file, X_OK) == 0 {
          found.insert(verb)
        }
      }
    }
    return found.sorted()
  }

  /// Puts this program's directory first on `PATH`, so that a verb's own calls of piko reach the
  /// same installation.
  func putFirstOnPath() {
    guard let ownDirectory else { return }
    // By bytes: what others put there may be no text.
    let path = getenv("PATH").map { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
    let own = ownDirectory.utf8.map { CChar(bitPattern: $0) }
    let others = path ?? Programs.searchPath.utf8.map { CChar(bitPattern: $0) }
    if others != own, !others.starts(with: own + [Programs.colon]) {
      setenv("PATH", own + [Programs.colon] + others + [0], 1)
    }
  }

  /// Becomes the program; comes back with the reason where that is impossible.
  static func replace(by program: String, _ arguments: [Argument]) -> String {
    fflush(nil)
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map(\.bytes)
    argv.append(nil)
    if program.contains("/") { execv(program, argv) } else { execvp(program, argv) }
    let error = errno
    // A script without a first line that names its interpreter is the shell's, as execvp(3) has it.
    // A program for another machine is not: the shell would call it a syntax error.
    if error == ENOEXEC, isText(program) {
      argv.insert(strdup("/bin/sh"), at: 0)
      argv[1] = strdup(program)
      execv("/bin/sh", argv)
    }
    if error == ENOENT, program.contains("/") { return "its interpreter is missing" }
    return String(cString: strerror(error))
  }

  /// Runs a program of `PATH` to its end; nil where it cannot be started.
  ///
  /// - Returns: what it answers, and its status as a shell gives it.
  static func output(
    of program: String, _ arguments: [Argument]
  ) -> (bytes: [UInt8], status: Int32)? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], Messages.answers)
    for end in ends where end != Messages.answers {
      posix_spawn_file_actions_addclose(&actions, end)
    }
    var process: pid_t = 0
    let argv = arguments.map(\.bytes) + [nil]
    let error = posix_spawnp(&process, program, &actions, nil, argv, environ)
    close(ends[1])
    defer { close(ends[0]) }
    guard error == 0 else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(ends[0], &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return (bytes, signal == 0 ? status >> 8 & 0xFF : 128 + signal)
  }

  // MARK: - Documents

  /// The file of the verbs' groups and summaries.
  var commandsFile: String? { shared("share/piko/commands", inTree: "share/piko/commands") }

  /// The manual page of a verb, or of a topic such as `config`.
  func page(for topic: String) -> String? {
    guard !topic.isEmpty, !topic.contains("/") else { return nil }
    let names = topic == "piko" || topic == "git-piko" ? [topic] : ["piko-\(topic)"]
    for name in names {
      for section in ["1", "5", "7"] {
        let file = "\(name).\(section)"
        if let found = shared("share/man/man\(section)/\(file)", inTree: "man/\(file)") {
          return found
        }
      }
      // A third party's page lies beside its program.
      if let program = program(of: topic) {
        let tree = Programs.parent(of: Programs.parent(of: program))
        let page = "\(tree)/share/man/man1/\(name).1"
        if let found = [page, "\(page).gz"].first(where: Programs.isFile) { return found }
      }
    }
    return nil
  }

  /// A file of the installation, or of the source tree that this program was built in.
  private func shared(_ installed: String, inTree source: String) -> String? {
    guard let ownDirectory else { return nil }
    var directory = Programs.parent(of: ownDirectory)
    let candidate = "\(directory)/\(installed)"
    if let found = [candidate, "\(candidate).gz"].first(where: Programs.isFile) { return found }
    while directory != "/" {
      if Programs.isFile("\(directory)/Package.swift") {
        let file = "\(directory)/\(source)"
        return Programs.isFile(file) ? file : nil
      }
      directory = Programs.parent(of: directory)
    }
    return nil
  }

  // MARK: - Files

  private var directories: [String] {
    let path = Programs.searchPath.split(separator: ":", omittingEmptySubsequences: false)
    return (ownDirectory.map { [$0] } ?? []) + path.map { $0.isEmpty ? "." : String($0) }
  }

  private static let colon = CChar(bitPattern: UInt8(ascii: ":"))

  private static var searchPath: String {
    getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
  }

  private static func runningFile(startedAs name: String) -> String? {
    if let file = resolved("/proc/self/exe"), isFile(file) { return file }
    if name.contains("/") { return resolved(name) }
    for directory in searchPath.split(separator: ":") where isFile("\(directory)/\(name)") {
      return resolved("\(directory)/\(name)")
    }
    return nil
  }

  private static func resolved(_ path: String) -> String? {
    guard let raw = realpath(path, nil) else { return nil }
    defer { free(raw) }
    return String(cString: raw)
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether the file's first bytes hold no NUL.
  private static func isText(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    return count >= 0 && !bytes[..<count].contains(0)
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
    withUnsafePointer(to: &entry.pointee.d_name) { tuple in
      tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
    }
  }
}
