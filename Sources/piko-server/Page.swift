import HTTPTypes
import Hummingbird
import PikoCore

/// The page: one HTML document with its style and script inside, made of the files in `Page/`.
struct Page: Sendable {
  private let bytes: [UInt8]
  private let headers: HTTPFields

  init() {
    let style = Self.text(PackageResources.style_css)
    let script = [
      PackageResources.elements_js, PackageResources.connection_js, PackageResources.state_js,
      PackageResources.dialogs_js, PackageResources.logs_js, PackageResources.view_js,
      PackageResources.main_js,
    ].map(Self.text).joined()
    let whole = "\n\"use strict\";\n(() => {\n\(script)})();\n"
    bytes = Array(
      Self.text(PackageResources.page_html)
        .replacing("/* style */", with: style).replacing("/* script */", with: whole).utf8)
    // Nothing is loaded from anywhere, and nothing runs or applies but these two texts.
    let policy = [
      "default-src 'none'", "script-src '\(Self.hash(whole))'", "style-src '\(Self.hash(style))'",
      "connect-src 'self'", "img-src data:", "base-uri 'none'", "form-action 'none'",
      "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
    ]
    var headers = Reply.headers
    headers[.contentType] = "text/html; charset=utf-8"
    headers[.contentSecurityPolicy] = policy.joined(separator: "; ")
    self.headers = headers
  }

  var response: Response {
    Response(
      status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The source expression of a text (CSP Level 3, 2.3.1).
  private static func hash(_ text: String) -> String {
    "sha256-" + SHA256.base64(of: Array(text.utf8))
  }
}
