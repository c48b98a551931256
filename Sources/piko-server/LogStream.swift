import Dispatch
import Hummingbird
import PikoCore
import Synchronization
import SystemPackage

/// What containers write, as `piko logs` gives it, for as long as the page listens.
struct LogStream: Sendable {
  private let program: RunningProgram
  private let pieces: AsyncStream<Piece>
  private let room = Room()

  private enum Piece: Sendable {
    case line(String)
    case end(Int32, errors: [String])
    case patience
  }

  /// Starts `piko logs`.
  ///
  /// - Throws: where it cannot be started.
  init(_ arguments: [String], in root: FilePath) throws(Failure) {
    let program = try RunningProgram(
      Order.program("logs"), arguments, in: root, environment: Order.childEnvironment)
    let room = room
    pieces = AsyncStream { continuation in
      Background.start {
        var errors: [String] = []
        let status = program.follow { stream, line in
          if stream == .errors {
            errors.append(line)
          } else if room.take() {
            continuation.yield(.line(line))
          }
        }
        continuation.yield(.end(status, errors: errors))
        continuation.finish()
      }
      Task {
        // Containers that write nothing are no reason to keep the page waiting.
        try? await Task.sleep(for: .milliseconds(1500))
        continuation.yield(.patience)
        // A page that went before it was answered never says so.
        try? await Task.sleep(for: .seconds(30))
        if !room.isUsed { program.terminate() }
      }
    }
    self.program = program
  }

  /// The answer: an error where the program ends at once with one, else its lines as they come.
  func response(to request: Request) async -> Response {
    var iterator = pieces.makeAsyncIterator()
    let first = await iterator.next()
    if case .end(let status, let errors) = first, status != 0 {
      return Reply.error(
        FailureAnswer(narration: errors, verb: "logs", status: status),
        status: Reply.status(of: status))
    }
    var headers = Reply.headers
    headers[.contentType] = "text/plain; charset=utf-8"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        room.use()
        defer { close() }
        try await request.body.consumeWithInboundCloseHandler { _ in
          if let first { try await write(first, to: &writer) }
          for await piece in pieces { try await write(piece, to: &writer) }
          try await writer.finish(nil)
        } onInboundClosed: {
          close()
        }
      })
  }

  private func write(_ piece: Piece, to writer: inout any ResponseBodyWriter) async throws {
    switch piece {
    case .line(let text):
      room.give()
      try await writer.write(ByteBuffer(string: text + "\n"))
    case .end(let status, let errors) where status != 0:
      try await writer.write(ByteBuffer(string: errors.map { $0 + "\n" }.joined()))
    case .end, .patience: break
    }
  }

  /// Ends the program, and lets its reader go where it waits for room.
  private func close() {
    program.terminate()
    room.close()
  }

  /// How many lines may wait for a slow page; then the program waits.
  private final class Room: Sendable {
    private let free = DispatchSemaphore(value: 1000)
    private let isClosed = Atomic<Bool>(false)
    private let wasUsed = Atomic<Bool>(false)

    var isUsed: Bool { wasUsed.load(ordering: .relaxed) }

    func use() { wasUsed.store(true, ordering: .relaxed) }

    /// Waits for room.
    ///
    /// - Returns: whether there still is somebody to have it.
    func take() -> Bool {
      if isClosed.load(ordering: .relaxed) { return false }
      free.wait()
      return !isClosed.load(ordering: .relaxed)
    }

    func give() { free.signal() }

    func close() {
      isClosed.store(true, ordering: .relaxed)
      free.signal()
    }
  }
}
