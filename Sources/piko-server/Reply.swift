import HTTPTypes
import Hummingbird
import PikoCore

/// Answers as JSON, of the form that the verbs' `--json` has.
enum Reply {
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok
  ) throws -> Response {
    document(try Output.document(value), status: status)
  }

  /// A failure in the verbs' words.
  ///
  /// - Parameter status: nil for what its exit status says: wrong usage is 400, what is not there or
  ///   cannot be done 404 or 409, what could not even begin 503.
  static func failure(_ failure: Failure, status: HTTPResponse.Status? = nil) -> Response {
    error(FailureAnswer(failure), status: status ?? Self.status(of: failure.status.code))
  }

  static func error(
    _ error: FailureAnswer, action: Action? = nil, status: HTTPResponse.Status
  ) -> Response {
    struct Answer: Encodable {
      let error: FailureAnswer
      let action: Action?
    }
    let bytes = (try? Output.document(Answer(error: error, action: action))) ?? []
    return document(bytes, status: status)
  }

  /// The most of a refused request's content that is read: more than anything the API takes, and not
  /// for ever.
  private static let patience = 64 << 20

  /// An answer to a request whose content nobody wants. It goes out at once, and then what comes is
  /// taken and thrown away: a caller who sends before it reads would find the connection broken and no
  /// answer (RFC 9112, 9.6).
  static func draining(_ request: Request, _ response: Response) -> Response {
    var response = response
    let body = response.body
    response.body = ResponseBody(contentLength: body.contentLength) { writer in
      try await body.write(writer)
      var left = patience
      for try await part in request.body {
        left -= part.readableBytes
        if left < 0 { break }
      }
    }
    return response
  }

  static func status(of code: Int32) -> HTTPResponse.Status {
    switch code {
    case ExitStatus.usage.code: .badRequest
    case ExitStatus.cannotStart.code: .serviceUnavailable
    default: .conflict
    }
  }

  /// The fields of every answer: nothing is kept, guessed at, framed or told to other sites.
  static let headers: HTTPFields = [
    .cacheControl: "no-store", .contentTypeOptions: "nosniff", .referrerPolicy: "no-referrer",
    .resourcePolicy: "same-origin", .openerPolicy: "same-origin", .frameOptions: "DENY",
  ]

  private static func document(_ bytes: [UInt8], status: HTTPResponse.Status) -> Response {
    var headers = headers
    headers[.contentType] = "application/json"
    return Response(
      status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

extension HTTPField.Name {
  static let contentTypeOptions = name("X-Content-Type-Options")
  static let referrerPolicy = name("Referrer-Policy")
  static let resourcePolicy = name("Cross-Origin-Resource-Policy")
  static let openerPolicy = name("Cross-Origin-Opener-Policy")
  static let frameOptions = name("X-Frame-Options")
  static let prefer = name("Prefer")

  private static func name(_ text: String) -> HTTPField.Name {
    HTTPField.Name(text) ?? .server  // all of these are well-formed
  }
}

/// Something that a request names is not there.
struct NotFound: Error {
  let failure: Failure

  init(_ failure: Failure) { self.failure = failure }
}
