import Hummingbird
import PikoCore

/// The parameters of a request's address, of which each may be there once: of two that differ none is
/// what was meant.
struct Query {
  private let values: [String: String]

  /// - Throws: status 129 where one is there twice, or is none of the known ones.
  init(of request: Request, knowing known: [String]) throws(Failure) {
    var values: [String: String] = [:]
    for (name, value) in request.uri.queryParameters {
      let name = String(name)
      guard known.contains(name) else {
        throw Failure(
          "unknown parameter \(name.quoted)",
          hint: known.isEmpty
            ? "leave it out" : "the parameters are \(known.sorted().joined(separator: ", "))",
          status: .usage)
      }
      guard values.updateValue(String(value), forKey: name) == nil else {
        throw Failure("the parameter \(name.quoted) is given twice", status: .usage)
      }
    }
    self.values = values
  }

  /// Their names.
  var names: [String] { values.keys.sorted() }

  subscript(name: String) -> String? { values[name] }

  /// Whether something is wanted: by the parameter alone, `1` or `true`; nil where it is not there.
  ///
  /// - Throws: status 129 where it is neither that nor `0` or `false`.
  func flag(_ name: String) throws(Failure) -> Bool? {
    switch values[name] {
    case nil: return nil
    case "", "1", "true": return true
    case "0", "false": return false
    case let other?:
      throw Failure(
        "the parameter \(name.quoted) is 1 or 0, not \(other.quoted)", status: .usage)
    }
  }
}
