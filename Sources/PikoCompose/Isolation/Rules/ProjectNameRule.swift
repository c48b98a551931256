import PikoCore

/// A pinned `name:`: the environment's own beats it, but not where no variable of piko's is set.
enum ProjectNameRule: Rule {
  static func apply(to draft: inout Draft) {
    guard draft.locate(["name"]) != nil else { return }
    draft.remark(
      .warning, .projectName, at: ModelPath("name"),
      "the compose file pins its project name: a bare 'docker compose' typed without piko's "
        + "variables reaches the main project",
      hint: "to set them in every worktree you enter, add to your shell's start file "
        + "'eval \"$(piko hook bash)\"'")
  }
}
