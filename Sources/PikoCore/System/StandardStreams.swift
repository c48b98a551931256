#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The three descriptors that every program expects to be open.
enum StandardStreams {
  /// Opens those that the caller closed (`piko list >&-`): the next file that is opened would take
  /// their number, and the answer would be written into it.
  ///
  /// As with closed ones, nothing can be read from them, and writing an answer is an error (git's
  /// `sanitize_stdfds` lets it be lost; gnulib's stdopen is the model). The narration is nobody's loss.
  static func fill() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number, which is this one as those below it are open.
      _ = open("/dev/null", mode)
    }
  }
}
