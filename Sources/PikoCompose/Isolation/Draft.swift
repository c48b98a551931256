import PikoCore
import SystemPackage

/// The model under isolation: rules read it as the rules before them left it, and change it only
/// by recording a rewrite, so the override and the expected model cannot drift apart.
struct Draft {
  /// The model as the project has it.
  let original: Model
  let identity: Identity
  let requirements: Requirements
  let ports: (PortMapping) -> Int
  let subnets: [String: LeasedSubnets]
  let choices: Choices
  let files: FileFacts
  let locate: Locate
  let variables: [ContainerVariable]

  private(set) var document: JSONValue
  private(set) var rewrites: [Rewrite] = []
  private(set) var remarks: [Remark] = []
  /// Engine names that stay shared by declaration.
  var sharedVolumes: Set<String> = []
  var sharedNetworks: Set<String> = []
  /// The private image of each built one, by its normalised reference in the project.
  var images: [String: String] = [:]

  init(
    _ model: Model, identity: Identity, requirements: Requirements,
    ports: @escaping (PortMapping) -> Int, subnets: [String: LeasedSubnets], choices: Choices,
    files: FileFacts, locate: @escaping Locate, variables: [ContainerVariable]
  ) {
    original = model
    self.identity = identity
    self.requirements = requirements
    self.ports = ports
    self.subnets = subnets
    self.choices = choices
    self.files = files
    self.locate = locate
    self.variables = variables
    document = model.document
  }

  /// The model with the rewrites so far.
  var model: Model { Model(document, unresolved: original.unresolved) }

  // MARK: - Rewrites

  mutating func set(_ path: ModelPath, to new: String, _ feature: Feature, because reason: String) {
    set(path, to: .string(new), feature, because: reason)
  }

  /// Sets a member; silent where it has that value already.
  mutating func set(
    _ path: ModelPath, to new: JSONValue, _ feature: Feature, because reason: String
  ) {
    guard document[path] != new else { return }
    record(.set(new), path, feature, reason)
    document = document.with(new, at: path)
  }

  /// Replaces a member that Compose would merge.
  mutating func replace(
    _ path: ModelPath, by new: JSONValue, _ feature: Feature, because reason: String
  ) {
    record(.replace(new), path, feature, reason)
    // Compose leaves a list that was emptied out of its model.
    document = document.with(new == .array([]) ? nil : new, at: path)
  }

  mutating func reset(_ path: ModelPath, _ feature: Feature, because reason: String) {
    guard document[path] != nil else { return }
    record(.reset, path, feature, reason)
    document = document.with(nil, at: path)
  }

  /// Adds an item to a list that Compose appends to.
  mutating func append(
    _ path: ModelPath, _ item: String, _ feature: Feature, because reason: String
  ) {
    let items = document[path]?.array ?? []
    guard !items.contains(.string(item)) else { return }
    rewrites.append(
      Rewrite(
        feature: feature, path: path, change: .append(.string(item)), old: document[path],
        reason: reason))
    document = document.with(.array(items + [.string(item)]), at: path)
  }

  /// Records what Compose will add by itself.
  mutating func imply(
    _ path: ModelPath, _ new: JSONValue, _ feature: Feature, because reason: String
  ) {
    guard document[path] == nil else { return }
    record(.implied(new), path, feature, reason)
    document = document.with(new, at: path)
  }

  private mutating func record(
    _ change: Rewrite.Change, _ path: ModelPath, _ feature: Feature, _ reason: String
  ) {
    rewrites.append(
      Rewrite(feature: feature, path: path, change: change, old: document[path], reason: reason))
  }

  // MARK: - Remarks

  /// Tells the user something about the place `path`.
  mutating func remark(
    _ kind: Remark.Kind, _ feature: Feature, at path: ModelPath, _ message: String,
    hint: String? = nil, refusedWhenStrict: Bool = false
  ) {
    let remark = Remark(
      kind: kind, feature: feature, message: message, hint: hint, place: place(of: path.keys),
      isRefusedWhenStrict: refusedWhenStrict)
    if !remarks.contains(remark) { remarks.append(remark) }
  }

  /// The place of the longest beginning of `keys` that a compose file has.
  private func place(of keys: [String]) -> String? {
    var keys = keys
    while !keys.isEmpty {
      if let found = locate(keys) { return "\(found.file):\(found.line)" }
      keys.removeLast()
    }
    return nil
  }

  // MARK: - Questions several rules ask

  /// The service of each container name.
  var containerNames: [String: String] {
    Dictionary(
      original.services.compactMap { service in service.containerName.map { ($0, service.name) } },
      uniquingKeysWith: { first, _ in first })
  }
}

/// One row of the table: it finds what it is about in the draft and records rewrites and remarks.
protocol Rule: Sendable {
  static func apply(to draft: inout Draft)
}
