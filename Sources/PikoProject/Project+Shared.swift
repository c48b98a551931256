package import PikoCore
package import PikoStore

extension Project {
  /// The shared services that stand for all containers of an environment: those it uses where none of
  /// its own would be up; empty where some would, and where it uses none.
  package func sharedInsteadOfOwn(of record: EnvironmentRecord) throws(Failure) -> Set<String> {
    try sharedInsteadOfOwn(of: record, active: activeServices(of: record))
  }

  /// The same where it is known which of its own services would be up; nil where that is not recorded.
  package func sharedInsteadOfOwn(
    of record: EnvironmentRecord, active: Set<String>?
  ) throws(Failure) -> Set<String> {
    guard record.name != .sharedServices, active?.isEmpty ?? true else { return [] }
    if active == nil, try !services(of: record).isEmpty { return [] }
    return Set(try sharedUses(of: record))
  }

  /// The shared services that are meant to run: those of environments that were not put down.
  package func sharedNeeded() throws(Failure) -> Set<String> {
    var needed: Set<String> = []
    for record in try environments() where !record.isPutDown {
      needed.formUnion(try sharedUses(of: record))
    }
    return needed
  }

  /// Whether an environment is up though nothing runs in it: all that it would run runs shared.
  package func isUpByShared(_ record: EnvironmentRecord) throws(Failure) -> Bool {
    guard record.isUp else { return false }
    return try !sharedInsteadOfOwn(of: record).isEmpty
  }
}
