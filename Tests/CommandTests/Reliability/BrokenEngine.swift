import Support
import SystemPackage
import Testing

/// A socket that takes what is asked of an engine and answers wrongly, late or not at all.
struct BrokenEngine {
  enum Fault: String, CaseIterable {
    /// Answers every request with an error of its own.
    case failing
    /// Hangs up without an answer.
    case closing
    /// Answers with what is no HTTP.
    case babbling
  }

  let address: String

  init(_ fault: Fault, in sandbox: Sandbox) throws {
    let socket = sandbox.root.appending("broken.sock")
    address = "unix://\(socket)"
    try sandbox.write(BrokenEngine.answers + BrokenEngine.program, to: "broken.pl")
    let pid = try sandbox.output(
      "sh",
      [
        "-c", "perl broken.pl \"$@\" </dev/null >/dev/null 2>&1 & echo $!", "sh", socket.string,
        fault.rawValue,
      ])
    sandbox.whenDone { try $0.output("kill", [pid]) }
    let end = ContinuousClock.now + .seconds(10)
    while !sandbox.exists(socket) { try #require(ContinuousClock.now < end) }
  }

  /// What answers with a fault, in Perl.
  static let answers = """
    use strict; use IO::Socket::UNIX;
    sub answer {
      my ($client, $fault) = @_;
      return if $fault eq 'closing';
      my $text = '{"message":"the disk is on fire"}';
      my $head = "HTTP/1.1 500 Internal Server Error\\r\\nContent-Type: application/json\\r\\n"
        . "Api-Version: 1.45\\r\\nContent-Length: " . length($text) . "\\r\\n\\r\\n";
      syswrite($client, $fault eq 'failing' ? $head . $text : "\\0\\1nonsense\\r\\n\\r\\n");
    }

    """

  private static let program = """
    my ($path, $fault) = @ARGV;
    $SIG{CHLD} = 'IGNORE';
    my $server = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die;
    while (1) {
      my $client = $server->accept() or next;
      next if fork;
      while (sysread($client, my $bytes, 65536)) {
        answer($client, $fault);
        last if $fault ne 'failing';
      }
      exit;
    }
    """
}
