import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A socket that passes everything on to the real engine and writes down what was asked.
struct CountingEngine {
  let address: String
  private let log: FilePath
  private let sandbox: Sandbox

  init(for sandbox: Sandbox) throws {
    self.sandbox = sandbox
    let socket = sandbox.root.appending("counting.sock")
    log = sandbox.root.appending("requests.log")
    address = "unix://\(socket)"
    try sandbox.write(CountingEngine.program, to: "counting.pl")
    try sandbox.write("", to: log)
    let real = try #require(sandbox.variables["DOCKER_HOST"]).dropFirst("unix://".count)
    let pid = try sandbox.output(
      "sh",
      [
        "-c", "perl counting.pl \"$@\" </dev/null >/dev/null 2>&1 & echo $!", "sh", socket.string,
        String(real), log.string,
      ])
    sandbox.whenDone { try $0.output("kill", [pid]) }
    let end = ContinuousClock.now + .seconds(10)
    while !sandbox.exists(socket), ContinuousClock.now < end { usleep(10_000) }
  }

  /// The request lines so far.
  func all() throws -> [String] {
    try sandbox.read(log).split(separator: "\n").map(String.init)
  }

  private static let program = """
    use strict; use IO::Socket::UNIX; use IO::Select;
    my ($path, $real, $log) = @ARGV;
    $SIG{CHLD} = 'IGNORE';
    my $server = IO::Socket::UNIX->new(Local => $path, Listen => 16) or die;
    while (1) {
      my $client = $server->accept() or next;
      next if fork;
      my $engine = IO::Socket::UNIX->new(Peer => $real) or exit;
      my $both = IO::Select->new($client, $engine);
      while (my @ready = $both->can_read) {
        for my $from (@ready) {
          my $count = sysread($from, my $bytes, 65536);
          if (!$count) {
            exit if $from == $engine;
            shutdown($engine, 1);
            $both->remove($client);
            next;
          }
          if ($from == $client && $bytes =~ m{^([A-Z]+ /[^\\r\\n]*)}) {
            open(my $out, '>>', $log); print $out "$1\\n"; close $out;
          }
          syswrite($from == $client ? $engine : $client, $bytes);
        }
      }
      exit;
    }

    """
}
