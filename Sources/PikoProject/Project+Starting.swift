package import PikoCore
package import PikoStore

extension Project {
  /// What to type to have a service's container run, as a hint.
  package func hint(
    toStart service: String, in record: EnvironmentRecord
  ) throws(Failure) -> String {
    let up = "run 'piko up \(record.name)'"
    guard let active = try activeServices(of: record), !active.contains(service),
      try services(of: record).contains(service)
    else { return "to start it, \(up)" }
    return "it is off by its profile; to have it, name that in 'profiles:' of '.piko.yml' and \(up)"
  }
}
