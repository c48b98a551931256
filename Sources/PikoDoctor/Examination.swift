package import PikoCore

/// All checks in their order: what later ones rely on comes first.
package struct Examination {
  /// One line of the report.
  package struct Line {
    package let check: String
    package let finding: Finding
    /// What was done about it; nil where nothing was.
    package let done: String?
    /// Why it could not be mended.
    package let failure: Failure?

    /// Whether the problem is still there.
    package var stands: Bool { finding.severity != .ok && done == nil }
  }

  package static let checks: [any Check] = [
    GitCheck(), DockerCheck(), ComposeCheck(), TmuxCheck(), EngineCheck(), DatabasesCheck(),
    ProjectsCheck(), ConfigurationCheck(), EnvironmentsCheck(), OperationsCheck(), WorktreesCheck(),
    ExcludeCheck(),
    LocksCheck(), OrphansCheck(), PortsCheck(), HeadroomCheck(), ContextsCheck(), SessionsCheck(),
  ]

  private let mends: Bool
  private let isWhole: Bool

  /// - Parameters:
  ///   - mends: whether what loses nothing is mended.
  ///   - isWhole: whether every project of this user is examined, and not the current one alone.
  package init(mends: Bool, isWhole: Bool) {
    self.mends = mends
    self.isWhole = isWhole
  }

  /// Runs the checks and hands out each line as it is known.
  package func perform(_ report: (Line) -> Void) throws {
    var site = try Site(engine: EngineView(), isWhole: isWhole)
    for check in Examination.checks {
      try Interrupt.check()
      let findings: [Finding]
      do {
        findings = try check.run(in: site)
      } catch let failure as Failure {
        if Interrupt.received != nil { throw failure }
        findings = [.problem(.error, failure.message, command: failure.command)]
      }
      var hasChanged = false
      for finding in findings.isEmpty ? [.ok("nothing to mend")] : findings {
        let line = try line(check, finding)
        if line.done != nil { hasChanged = true }
        report(line)
      }
      // A register that was made again may have lost what other projects hold of ports.
      let isWhole = site.isWhole || check is DatabasesCheck && site.register == nil
      if hasChanged { site = try Site(engine: EngineView(), isWhole: isWhole) }
    }
  }

  private func line(_ check: any Check, _ finding: Finding) throws -> Line {
    guard mends, let mend = finding.mend else {
      return Line(check: check.name, finding: finding, done: nil, failure: nil)
    }
    do {
      let done = try mend()
      return Line(check: check.name, finding: finding, done: done, failure: nil)
    } catch let failure as Failure {
      if Interrupt.received != nil { throw failure }
      return Line(check: check.name, finding: finding, done: nil, failure: failure)
    }
  }
}
