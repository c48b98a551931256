import FoundationEssentials
import HTTPTypes
import Hummingbird
import PikoConfig
import PikoCore
import PikoInspection
import PikoProject
import PikoStore

/// The requests that the server answers (piko-server(1)).
struct API: Sendable {
  let live: Live
  let actions: Actions

  typealias Context = BasicRequestContext

  func add(to router: Router<Context>) {
    router.get("api/environments") { _, _ in try await list() }
    router.get("api/environments/:name") { try await one($0, $1) }
    router.get("api/environments/:name/approval") { try await approval($0, $1) }
    router.get("api/environments/:name/logs") { try await logs($0, $1) }
    router.get("api/projects") { _, _ in
      try Reply.json(try await Background.run { try Survey(git: [:]).overview })
    }
    router.get("api/actions") { _, _ in
      struct Answer: Encodable { let actions: [Action] }
      return try Reply.json(Answer(actions: await actions.list()))
    }
    router.get("api/actions/:id") { _, context in
      guard let id = context.parameters.get("id", as: Int.self),
        let action = await actions.action(id)
      else { throw HTTPError(.notFound) }
      struct Answer: Encodable { let action: Action }
      return try Reply.json(Answer(action: action))
    }
    router.get("api/events") { request, _ in await events(request) }
    router.post("api/environments") { try await create($0, $1) }
    for (path, verb) in [("up", "up"), ("down", "down"), ("restart", "restart"), ("open", "edit")] {
      router.post("api/environments/:name/\(path)") { try await act(verb, $0, $1) }
    }
    router.delete("api/environments/:name") { try await act("destroy", $0, $1) }
  }

  // MARK: - Reading

  private func list() async throws -> Response {
    let survey = try await Background.run {
      try Survey(git: Survey(git: [:]).askGit())
    }
    struct Answer: Encodable {
      let environments: [EnvironmentView]
      let notices: [String]
    }
    return try Reply.json(
      Answer(environments: survey.environments, notices: survey.notices))
  }

  private func one(_ request: Request, _ context: Context) async throws -> Response {
    let (name, project) = try subject(of: request, context)
    let isMeasured = request.uri.queryParameters["stats"].map { $0 != "0" } ?? false
    return try await found {
      let (project, record) = try Sites().environment(name, project: project)
      let report = try Report(on: record, in: project, measures: isMeasured)
      return try Reply.json(StatusAnswer(report))
    }
  }

  private func approval(_ request: Request, _ context: Context) async throws -> Response {
    let (name, project) = try subject(of: request, context)
    struct Answer: Encodable { let approval: ApprovalAnswer? }
    return try await found {
      let (project, record) = try Sites().environment(name, project: project)
      let configuration = try Configuration.load(root: project.root, worktree: record.path)
      let approval = Approval.needed(for: configuration)
      return try Reply.json(
        Answer(
          approval: approval.map { ApprovalAnswer($0, isNeeded: try !project.isApproved($0)) }))
    }
  }

  private func logs(_ request: Request, _ context: Context) async throws -> Response {
    let (name, project) = try subject(of: request, context)
    let query = request.uri.queryParameters
    var options: [String] = []
    if query["follow"].map({ $0 != "0" }) ?? false { options.append("--follow") }
    if let tail = query["tail"] { options.append("--tail=\(tail)") }
    if let since = query["since"] { options.append("--since=\(since)") }
    if query["timestamps"].map({ $0 != "0" }) ?? false { options.append("--timestamps") }
    let words = [query["service"].map(String.init)].compactMap(\.self)
    let (root, own) = try await found {
      let (project, record) = try Sites().environment(name, project: project)
      return (project.location.entrance, record.name.text)
    }
    let stream = try LogStream(options + ["--", own] + words, in: root)
    return await stream.response(to: request)
  }

  private func events(_ request: Request) async -> Response {
    let (id, stream) = await live.subscribe()
    var headers = Reply.headers
    headers[.contentType] = "text/event-stream"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        do {
          // The head goes out at once, whenever the first event comes.
          try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
          try await request.body.consumeWithInboundCloseHandler { _ in
            for await event in stream { try await writer.write(event) }
            try await writer.finish(nil)
          } onInboundClosed: {
            Task { await live.unsubscribe(id) }
          }
        } catch {
          await live.unsubscribe(id)
          throw error
        }
        await live.unsubscribe(id)
      })
  }

  // MARK: - Acting

  private func create(_ request: Request, _ context: Context) async throws -> Response {
    var wishes = try await members(of: request)
    guard let name = wishes.removeValue(forKey: "name")?.string else {
      throw Failure("no name or branch given", hint: "add the key 'name'", status: .usage)
    }
    let wanted =
      wishes.removeValue(forKey: "project")?.string
      ?? request.uri.queryParameters["project"].map(String.init)
    let (project, root) = try await found {
      let project = try Sites().project(wanted)
      return (try project.displayName(), project.location.entrance)
    }
    let order = try Order("create", name, wishes: wishes, project: project, root: root)
    return try await perform(order, request, success: .created)
  }

  private func act(
    _ verb: String, _ request: Request, _ context: Context
  ) async throws -> Response {
    let (name, wanted) = try subject(of: request, context)
    var wishes = try await members(of: request)
    for (key, value) in request.uri.queryParameters where key != "project" {
      wishes[String(key)] = .bool(value != "0" && value != "false")
    }
    let (project, root, own) = try await found {
      let (project, record) = try Sites().environment(name, project: wanted)
      return (try project.displayName(), project.location.entrance, record.name.text)
    }
    let order = try Order(verb, own, wishes: wishes, project: project, root: root)
    return try await perform(order, request, success: .ok)
  }

  private func perform(
    _ order: Order, _ request: Request, success: HTTPResponse.Status
  ) async throws -> Response {
    let (begun, end) = try await actions.begin(order)
    struct Answer: Encodable {
      let action: Action
      /// What `piko create --dry-run --json` says.
      var plan: JSONValue?
    }
    // RFC 7240, 4.1: the caller does not wait for what takes long.
    if request.headers[.prefer]?.contains("respond-async") == true {
      return try Reply.json(Answer(action: begun), status: .accepted)
    }
    let action = await end.value
    if let error = action.error {
      return Reply.error(error, action: action, status: Reply.status(of: Int32(error.status)))
    }
    let isPlan = order.isDryRun && order.verb == "create"
    let plan = isPlan ? try JSONValue(parsing: Array(action.output.joined().utf8)) : nil
    return try Reply.json(
      Answer(action: action, plan: plan), status: order.isDryRun ? .ok : success)
  }

  // MARK: - Requests

  /// The environment and project that a request names.
  private func subject(of request: Request, _ context: Context) throws -> (String, String?) {
    let name = try context.parameters.require("name")
    return (
      Self.decoded(name),
      request.uri.queryParameters["project"].map(String.init)
    )
  }

  /// A part of a path without its percent-encoding (RFC 3986, 2.1); as it is where that is malformed.
  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Does `work`, which looks for something: that it is not there is 404.
  private func found<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    do {
      return try await Background.run(work)
    } catch let failure as Failure where failure.status == .failed {
      throw NotFound(failure)
    }
  }

  /// The members of a request's JSON object; none where it has no body.
  private func members(of request: Request) async throws -> [String: JSONValue] {
    let buffer = try await request.body.collect(upTo: 65_536)
    let bytes = Array(buffer.readableBytesView)
    if bytes.isEmpty { return [:] }
    guard let value = try? JSONValue(parsing: bytes), let object = value.object else {
      throw Failure("the request is no JSON object", status: .usage)
    }
    return object
  }
}
