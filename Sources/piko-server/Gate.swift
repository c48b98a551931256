import HTTPTypes
import Hummingbird
import PikoCore

/// Keeps out whoever is not this user at this server's own page: a foreign `Host` (a name that a web
/// site has pointed here: DNS rebinding), a foreign `Origin` (another page's script), and whoever
/// lacks the token. Each refusal is told on standard error.
struct Gate: RouterMiddleware {
  typealias Context = BasicRequestContext

  let token: Token
  /// The port that this server listens on, once it does.
  let port: Port

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let reason = refusal(of: request) {
      let path = String(request.uri.path.prefix(200))
      PikoCore.Output.warn(
        "refused \(request.method.rawValue) \(path.quoted): \(reason.failure.message)")
      return Reply.draining(request, Reply.failure(reason.failure, status: reason.status))
    }
    return await answer(to: request, context: context, next: next)
  }

  private func answer(
    to request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async -> Response {
    do {
      return try await next(request, context)
    } catch let failure as Failure {
      return Reply.failure(failure)
    } catch let missing as NotFound {
      return Reply.failure(missing.failure, status: .notFound)
    } catch let error as any HTTPResponseError {
      let failure = Failure(
        "\(error.status.reasonPhrase.lowercased()): \(request.uri.path.quoted)", status: .usage)
      return Reply.failure(failure, status: error.status)
    } catch {
      return Reply.failure(Failure("internal error: \(error)"), status: .internalServerError)
    }
  }

  private func refusal(of request: Request) -> Refusal? {
    let own = ["127.0.0.1", "localhost", "[::1]"].map { "\($0):\(port.number)" }
    let host = request.head.authority ?? ""
    // RFC 9112, 3.2: what two of them lead to is anybody's guess.
    if let other = HTTPField.Name("Host").flatMap({ request.headers[values: $0].first }) {
      return Refusal(
        Failure("two hosts, \(host.quoted) and \(other.quoted)", status: .usage), .badRequest)
    }
    guard own.contains(host.lowercased()) else {
      return Refusal(Failure("foreign host \(host.quoted)"), .forbidden)
    }
    if let origin = request.headers[.origin],
      !own.contains(where: { "http://\($0)" == origin.lowercased() })
    {
      return Refusal(Failure("foreign origin \(origin.quoted)"), .forbidden)
    }
    if ["/", "/api/proof"].contains(request.uri.path), [.get, .head].contains(request.method) {
      return nil
    }
    let words = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else {
      return missing("no token")
    }
    return token.matches(String(words[1])) ? nil : missing("wrong token")
  }

  private func missing(_ what: String) -> Refusal {
    let hint = "open the address that 'piko server' printed, or send 'Authorization: Bearer TOKEN'"
    return Refusal(Failure(what, hint: hint, status: .usage), .unauthorized)
  }

  /// Why somebody is kept out, and how that is answered.
  private struct Refusal {
    let failure: Failure
    let status: HTTPResponse.Status

    init(_ failure: Failure, _ status: HTTPResponse.Status) {
      self.failure = failure
      self.status = status
    }
  }
}
