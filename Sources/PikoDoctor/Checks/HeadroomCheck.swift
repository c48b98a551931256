import PikoConfig
import PikoCore
import PikoStore

/// How many environments and networks can still be made.
struct HeadroomCheck: Check {
  let name = "headroom"

  /// Fewer than this is worth a word.
  static let few = 10

  func run(in site: Site) throws -> [Finding] {
    var leased: [Subnet] = []
    var blocks = PortBlock.numbers.count
    if let register = site.register {
      for environment in try register.environments() {
        blocks -= environment.blocks.count
        leased += try register.subnets.leases(of: environment).map(\.subnet)
      }
    }
    let pool =
      (try? UserConfiguration.load())?.subnetPool.flatMap { Subnet($0) }.map { SubnetPool($0) }
      ?? .ipv4
    let taken = HostRoutes.load() + leased + (site.engine.contents?.subnets ?? [])
    let networks = Self.free(in: pool, avoiding: taken, upTo: 100)
    let problems = [
      Self.finding(blocks, "block", of: "ports", command: "piko list --all"),
      Self.finding(networks, "network", of: "\(pool.range)", command: "man piko-config"),
    ].compactMap(\.self)
    guard problems.isEmpty else { return problems }
    let more = networks == 100 ? "100 or more" : "\(networks)"
    return [.ok("\(blocks) blocks of ports and \(more) networks left")]
  }

  /// What so many left mean; nil where they are enough.
  static func finding(_ left: Int, _ noun: String, of what: String, command: String) -> Finding? {
    guard left < few else { return nil }
    let count = left == 0 ? "no \(noun)" : "\(left) \(noun)\(left == 1 ? "" : "s")"
    return .problem(left == 0 ? .error : .warning, "\(count) left of \(what)", command: command)
  }

  /// How many of the smallest networks a pool has left, counted up to a limit.
  static func free(in pool: SubnetPool, avoiding taken: [Subnet], upTo limit: Int) -> Int {
    var taken = taken.filter { $0.overlaps(pool.range) }
    var count = 0
    while count < limit, let next = pool.next(forHosts: 1, avoiding: taken) {
      count += 1
      taken.append(next)
    }
    return count
  }
}
