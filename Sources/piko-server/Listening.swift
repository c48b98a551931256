import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import PikoCore
import Synchronization
import SystemPackage

/// The server from its start to its end: both loopback addresses, one port.
struct Listening: Sendable {
  /// The port; 0 for any that is free.
  let port: Int
  let token: Token

  private typealias Responder = RouterResponder<BasicRequestContext>

  /// Serves until a signal asks for the end and the verbs that run have ended.
  ///
  /// - Parameter ready: called once with the port, when requests are answered.
  /// - Throws: where the port cannot be had, naming who has it; what `ready` throws.
  func run(ready: (Int) throws -> Void) async throws {
    let signals = Signals()
    let live = Live()
    let actions = Actions(telling: live)
    await live.include { await actions.list() }
    let bound = Port()
    let router = Router(context: BasicRequestContext.self)
    router.add(middleware: Gate(token: token, port: bound))
    let page = Page()
    router.get("/") { _, _ in page.response }
    router.head("/") { _, _ in page.response.createHeadResponse() }
    router.get("api/proof") { request, _ in try proof(to: request, by: bound.number) }
    API(live: live, actions: actions).add(to: router)
    let responder = router.buildResponder()
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      let first = try await start("127.0.0.1", port, responder, in: &group)
      bound.settle(first ?? port)
      // A machine without IPv6 has no such address.
      _ = try await start("::1", bound.number, responder, in: &group)
      try ready(bound.number)
      group.addTask { await end(after: signals, actions) }
      _ = try await group.next()
    }
  }

  /// Shows a page that this is the server whose token it has, before it sends that: once a server
  /// has ended, another user's program can have its port. The port is part of it, so that such a
  /// program cannot show the proof of a server that was started elsewhere.
  private func proof(to request: Request, by port: Int) throws -> Response {
    struct Answer: Encodable { let proof: String }
    let nonce = try Query(of: request, knowing: ["nonce"])["nonce"] ?? ""
    guard nonce.count == 64, nonce.allSatisfy(\.isHexDigit) else {
      throw Failure("the nonce is not 64 hex digits", status: .usage)
    }
    return try Reply.json(Answer(proof: token.proof(of: "\(port) \(nonce)")))
  }

  /// Listens on one address.
  ///
  /// - Returns: the port; nil where this machine has no such address.
  private func start(
    _ address: String, _ port: Int, _ responder: Responder,
    in group: inout ThrowingTaskGroup<Void, any Error>
  ) async throws -> Int? {
    let (news, teller) = AsyncStream.makeStream(of: Result<Int?, any Error>.self)
    group.addTask {
      do {
        try await application(address, port, responder) { teller.yield(.success($0)) }.run()
      } catch let error where Self.isMissing(address, error) {
        teller.yield(.success(nil))
        try? await Task.sleep(for: .seconds(1 << 30))  // the other address is served
      } catch let error as IOError {
        teller.yield(.failure(failure(error, address, port)))
        throw error
      } catch {
        teller.yield(.failure(error))
        throw error
      }
    }
    for await result in news { return try result.get() }
    return nil
  }

  /// Whether listening failed because this machine has no IPv6. Where only its loopback interface
  /// has, the resolver does not know even that address (getaddrinfo(3), `AI_ADDRCONFIG`).
  private static func isMissing(_ address: String, _ error: any Error) -> Bool {
    guard address == "::1" else { return false }
    let numbers = [Errno.addressNotAvailable, .addressFamilyNotSupported].map(\.rawValue)
    return error is SocketAddressError.UnknownHost
      || (error as? IOError).map { numbers.contains($0.errnoCode) } ?? false
  }

  private func application(
    _ address: String, _ port: Int, _ responder: Responder,
    running: @escaping @Sendable (Int?) -> Void
  ) -> Application<Responder> {
    var logger = Logger(label: "piko-server")
    logger.logLevel = .critical
    return Application(
      responder: responder,
      // Whoever says nothing, or half of a request, does not keep a connection for ever.
      server: HTTPServerBuilder { responder in
        StrictChannel(
          responder: responder, configuration: .init(idleTimeout: .seconds(20)))
      },
      configuration: .init(address: .hostname(address, port: port)),
      onServerRunning: { running($0.localAddress?.port) }, logger: logger)
  }

  private func failure(_ error: IOError, _ address: String, _ port: Int) -> Failure {
    guard error.errnoCode == Errno.addressInUse.rawValue else {
      return Failure(
        "cannot listen on \(address) port \(port): \(Errno(rawValue: error.errnoCode))",
        hint: "choose another: 'piko server --port 0'", status: .cannotStart)
    }
    let holder = PortHolder.find(port, .tcp).map { "used by \($0)" } ?? "in use"
    return Failure(
      "cannot listen on port \(port): it is \(holder)",
      hint: "choose another: 'piko server --port 0'", status: .cannotStart)
  }

  /// Waits for a signal, then for the verbs that run; a second signal has them end early, which each
  /// of them undoes or journals.
  private func end(after signals: Signals, _ actions: Actions) async {
    await signals.first()
    let running = await actions.close()
    if !running.isEmpty {
      let names = running.map { "'piko \($0.verb) \($0.environment)'" }.joined(separator: ", ")
      Output.narrate("finishing \(names); to interrupt, press Ctrl-C again")
    }
    var isTerminated = false
    while await !actions.isIdle {
      try? await Task.sleep(for: .milliseconds(50))
      if signals.count > 1, !isTerminated {
        isTerminated = true
        await actions.terminate()
      }
    }
  }
}
