/// A variable of the environment's own that containers get.
package struct ContainerVariable: Sendable, Equatable {
  package let name: String
  /// The value as a container is to see it.
  package let value: String
  package let services: [String]

  package init(name: String, value: String, services: [String]) {
    self.name = name
    self.value = value
    self.services = services
  }
}
