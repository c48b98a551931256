// git-piko: makes `git piko VERB` the same as `piko VERB`. Becomes the `piko` that lies beside it.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

func ownPath() -> String? {
  guard let raw = realpath("/proc/self/exe", nil) ?? realpath(CommandLine.arguments[0], nil) else {
    return nil
  }
  defer { free(raw) }
  return String(cString: raw)
}

// As they came: an argument need not be text.
var argv = [strdup("piko")] + (1..<max(Int(CommandLine.argc), 1)).map { CommandLine.unsafeArgv[$0] }
argv.append(nil)
fflush(nil)
if let own = ownPath(), let slash = own.lastIndex(of: "/") {
  execv("\(own[..<slash])/piko", argv)
}
// An installation that was taken apart: any piko is better than none.
execvp("piko", argv)
let text = "error: cannot run 'piko': \(String(cString: strerror(errno)))\n"
_ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
exit(128)
