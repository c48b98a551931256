/// What `state.db` knows of a service that is shared, or that the project decided about.
package struct SharedServiceRecord: Sendable, Hashable {
  package var service: String
  /// What `piko share` or `piko isolate` decided for the project; nil where neither did, so that
  /// `shared:` in `.piko.yml` counts.
  package var isShared: Bool?
  /// Its container; nil before it was first made.
  package var container: String?
  package var network: String
  /// A digest of the definition that its container was made by; nil before that.
  package var definition: String?

  package init(
    service: String, isShared: Bool? = nil, container: String? = nil, network: String,
    definition: String? = nil
  ) {
    self.service = service
    self.isShared = isShared
    self.container = container
    self.network = network
    self.definition = definition
  }
}
