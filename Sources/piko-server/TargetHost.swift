import NIOCore
import NIOHTTP1

/// Makes the host that a request's target names one of its `Host` fields, where it is another one.
///
/// A target may be a whole address (RFC 9112, 3.2.2), whose host counts then. Hummingbird takes the
/// path from it and nothing more: ``Gate`` would see the field alone.
final class TargetHost: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data), let host = Self.host(of: head.uri),
      head.headers["Host"] != [host]
    else { return context.fireChannelRead(data) }
    head.headers.add(name: "Host", value: host)
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  /// The authority of an absolute target; nil for a path.
  static func host(of target: String) -> String? {
    guard !target.utf8.starts(with: "/".utf8), let scheme = target.firstRange(of: "://") else {
      return nil
    }
    return String(target[scheme.upperBound...].prefix { !"/?#".contains($0) })
  }
}
