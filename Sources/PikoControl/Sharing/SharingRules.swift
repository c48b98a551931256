import PikoCompose
import PikoCore
import PikoProject

/// What can be shared.
enum SharingRules {
  /// - Parameter verb: what is to be done with it.
  /// - Throws: where neither the model nor the main checkout's has the service.
  static func requireService(
    _ name: String, in model: Model, _ main: Model?, to verb: String = "share"
  ) throws(Failure) {
    guard model.service(name) == nil, main?.service(name) == nil else { return }
    let names = (main ?? model).services.map(\.name)
    let failure = Failure("cannot \(verb) \(name.quoted): the project has no such service")
    guard let near = NearestName.of(name, among: names) else {
      throw names.isEmpty ? failure : failure.hinting("it has \(names.joined(separator: ", "))")
    }
    throw failure.hinting("the most similar service is \(near.quoted)")
  }

  /// - Parameter shared: all services that are shared.
  /// - Throws: where the service cannot run apart from the others of the model.
  static func check(
    _ name: String, in model: Model, _ main: Model?, shared: Set<String>, project: Project
  ) throws(Failure) {
    let subject = "cannot share service \(name.quoted)"
    guard let definition = main?.service(name), let main else {
      throw Failure(
        "\(subject): the main checkout does not define it, and it would run from there",
        hints: [
          "see what Compose makes of '\(Paths.display(project.root))': "
            + "'docker compose config --services'",
          "to give each environment its own, run 'piko isolate \(name)'",
        ])
    }
    if let mode = definition.document["network_mode"]?.string {
      throw Failure("\(subject): it is on no network of its own ('network_mode: \(mode)')")
    }
    if let dependency = needs(of: definition).first(where: { !shared.contains($0) }) {
      throw Failure(
        "\(subject): it depends on service \(dependency.quoted), of which each environment has "
          + "its own", hint: "to share that first, run 'piko share \(dependency)'")
    }
    for other in main.services + model.services where other.name != name {
      guard !shared.contains(other.name), let tie = tie(of: other, to: name) else { continue }
      throw Failure("\(subject): service \(other.name.quoted) uses its \(tie)")
    }
  }

  /// - Parameter shared: all services that are shared.
  /// - Throws: where one of them could not stay shared without the service.
  static func checkGivingUp(
    _ name: String, in main: Model, shared: Set<String>
  ) throws(Failure) {
    let dependent = main.services.map(\.name).sorted().first { other in
      other != name && shared.contains(other)
        && main.service(other).map { needs(of: $0).contains(name) } == true
    }
    guard let dependent else { return }
    throw Failure(
      "cannot isolate service \(name.quoted): shared service \(dependent.quoted) depends on it",
      hint: "to isolate that first, run 'piko isolate \(dependent)'")
  }

  /// The services that one cannot be shared without, in order. One that does its work and ends runs
  /// beside it without a name that could be mistaken.
  private static func needs(of definition: ModelService) -> [String] {
    definition.dependencies.sorted().filter { dependency in
      let condition = definition.document["depends_on"]?[dependency]?["condition"]?.string
      return condition != "service_completed_successfully"
    }
  }

  /// What of a service another one uses that only containers of one Compose project can share.
  private static func tie(of other: ModelService, to name: String) -> String? {
    for (member, noun) in [
      ("network_mode", "network"), ("pid", "processes"), ("ipc", "shared memory"),
    ] where other.document[member]?.string == "service:\(name)" { return noun }
    let volumes = (other.document["volumes_from"]?.array ?? []).compactMap(\.string)
    return volumes.contains { $0 == name || $0.hasPrefix("\(name):") } ? "volumes" : nil
  }
}
