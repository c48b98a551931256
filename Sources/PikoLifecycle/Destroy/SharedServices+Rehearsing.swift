import PikoCompose
package import PikoControl
import PikoCore

extension SharedServices {
  /// Shows in lines what destroying them would remove, as `--dry-run` prints it, and removes nothing.
  ///
  /// - Throws: after that, where it would be refused.
  package func rehearseDestroying(
    volumes: Bool, isForced: Bool, showing show: ([String]) -> Void
  ) throws {
    let inventory = try EngineInventory(of: environment, on: Engine())
    show(["environment  \(environment.name)"] + inventory.lines(volumes: volumes))
    if !isForced { try refuseDestroying() }
  }
}
