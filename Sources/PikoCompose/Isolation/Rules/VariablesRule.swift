import PikoCore

/// The variables of `env:` that name services: set in those services' environments, over what the
/// compose files say there.
enum VariablesRule: Rule {
  static func apply(to draft: inout Draft) {
    for variable in draft.variables {
      for service in variable.services {
        guard let model = draft.model.service(service) else { continue }
        draft.set(
          model.path.key("environment").key(variable.name),
          to: variable.value.escapedForCompose, .variables,
          because: "'env:' of '.piko.yml' gives it to this service")
      }
    }
  }
}
