/// The parts of a compose file that piko isolates: the rows of its table.
package enum Feature: String, Sendable, CaseIterable {
  case ports
  case containerNames = "container names"
  case namespaces
  case volumes
  case networks
  case images
  case paths
  case binds
  case files
  case projectName = "project name"
  case localhost = "localhost values"
  case labels
  case variables
  case sharedServices = "shared services"
}
