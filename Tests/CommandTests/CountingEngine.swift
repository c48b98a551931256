import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A socket that passes everything on to the real engine and writes down what was asked; it can be
/// slow, and break in the middle.
struct CountingEngine {
  let address: String
  private let log: FilePath
  private let sandbox: Sandbox

  /// - Parameters:
  ///   - name: of its socket, where a test has more than one.
  ///   - limit: how many requests it passes on; from then on it does what `fault` says.
  ///   - delay: how long it takes for each request.
  init(
    for sandbox: Sandbox, named name: String = "counting", limit: Int? = nil,
    then fault: BrokenEngine.Fault = .closing, delay: Duration = .zero
  ) throws {
    self.sandbox = sandbox
    let socket = sandbox.root.appending("\(name).sock")
    log = sandbox.root.appending("\(name).log")
    address = "unix://\(socket)"
    try sandbox.write(BrokenEngine.answers + CountingEngine.program, to: "counting.pl")
    try sandbox.write("", to: log)
    let real = try #require(sandbox.variables["DOCKER_HOST"]).dropFirst("unix://".count)
    let pid = try sandbox.output(
      "sh",
      [
        "-c", "perl counting.pl \"$@\" </dev/null >/dev/null 2>&1 & echo $!", "sh", socket.string,
        String(real), log.string, "\(limit ?? -1)", fault.rawValue, "\(delay / .seconds(1))",
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
    use IO::Select;
    my ($path, $real, $log, $limit, $fault, $delay) = @ARGV;
    $SIG{CHLD} = 'IGNORE';
    my $server = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die;
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
            open(my $in, '<', $log); my $count = () = <$in>; close $in;
            if ($limit >= 0 && $count > $limit) { answer($client, $fault); exit }
            select(undef, undef, undef, $delay);
          }
          syswrite($from == $client ? $engine : $client, $bytes);
        }
      }
      exit;
    }

    """
}
