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
    let query = try Query(of: request, knowing: ["project", "stats"])
    let (name, project) = (try self.name(in: context), query["project"])
    let isMeasured = try query.flag("stats") ?? false
    return try await found {
      let (project, record) = try Sites().environment(name, project: project)
      let report = try Report(on: record, in: project, measures: isMeasured)
      return try Reply.json(StatusAnswer(report))
    }
  }

  private func approval(_ request: Request, _ context: Context) async throws -> Response {
    let project = try Query(of: request, knowing: ["project"])["project"]
    let name = try name(in: context)
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
    let query = try Query(
      of: request, knowing: ["project", "service", "tail", "since", "follow", "timestamps"])
    let (name, project) = (try self.name(in: context), query["project"])
    var options: [String] = []
    if try query.flag("follow") ?? false { options.append("--follow") }
    if let tail = query["tail"] { options.append("--tail=\(tail)") }
    if let since = query["since"] { options.append("--since=\(since)") }
    if try query.flag("timestamps") ?? false { options.append("--timestamps") }
    let words = [query["service"]].compactMap(\.self)
    let (root, own) = try await found {
      let (project, record) = try Sites().environment(name, project: project)
      try Self.require(words.first, of: record, in: project)
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
    guard let name = try text("name", takenFrom: &wishes) else {
      throw Failure("no name or branch given", hint: "add the key 'name'", status: .usage)
    }
    let query = try Query(of: request, knowing: ["project"])
    let inBody = try text("project", takenFrom: &wishes)
    guard inBody == nil || query["project"] == nil else { throw twice("project") }
    let wanted = inBody ?? query["project"]
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
    let query = try Query(of: request, knowing: ["project"] + Order.flags(of: verb))
    let (name, wanted) = (try self.name(in: context), query["project"])
    var wishes = try await members(of: request)
    for key in query.names where key != "project" {
      guard wishes[key] == nil else { throw twice(key) }
      wishes[key] = try query.flag(key).map { .bool($0) }
    }
    let service = wishes["service"]?.string
    let (project, root, own) = try await found {
      let (project, record) = try Sites().environment(name, project: wanted)
      try Self.require(service, of: record, in: project)
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

  /// The environment that a request's path names.
  private func name(in context: Context) throws -> String {
    let part = try context.parameters.require("name")
    guard let name = PathPart.decoded(part) else {
      throw Failure("\(part.quoted) is not UTF-8", status: .usage)
    }
    return name
  }

  /// Takes a member out that has to be text.
  private func text(
    _ key: String, takenFrom wishes: inout [String: JSONValue]
  ) throws(Failure) -> String? {
    guard let value = wishes.removeValue(forKey: key), value != .null else { return nil }
    guard let text = value.string else { throw Order.wrongType(of: key) }
    return text
  }

  private func twice(_ key: String) -> Failure {
    Failure("\(key.quoted) is given both in the address and in the body", status: .usage)
  }

  /// Makes sure that an environment has a service, where one is named.
  private static func require(
    _ service: String?, of record: EnvironmentRecord, in project: Project
  ) throws(Failure) {
    // What cannot be an argument is wrong usage, as anywhere.
    guard let service, !service.utf8.contains(0) else { return }
    _ = try Subject([record.name.text, service], in: project, of: "logs")
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
    if let key = RepeatedKey.find(in: bytes) {
      throw Failure("the key \(key.quoted) is given twice", status: .usage)
    }
    return object
  }
}
