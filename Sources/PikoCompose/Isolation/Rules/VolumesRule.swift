import PikoCore
import SystemPackage

/// Named volumes: a private name each; external ones stay shared unless the project chose.
enum VolumesRule: Rule {
  static func apply(to draft: inout Draft) {
    for volume in draft.original.volumes {
      let choice = draft.choices.choice(for: volume.key, volume.name)
      if volume.isExternal {
        external(volume, choice, &draft)
      } else if choice == .shared {
        shareFixed(volume, &draft)
      } else {
        draft.set(
          volume.path.key("name"),
          to: draft.identity.privateName(volume.key), .volumes,
          because: "the main checkout uses the volume of that name")
        device(volume, choice, &draft)
      }
    }
  }

  private static func external(
    _ volume: ModelVolume, _ choice: Choices.Choice?, _ draft: inout Draft
  ) {
    if choice == .private {
      let name = draft.identity.privateName(volume.key)
      draft.replace(
        volume.path, by: .object(["name": .string(name)]), .volumes,
        because: "'isolation' makes it private")
      return
    }
    draft.sharedVolumes.insert(volume.name)
    guard choice == nil else { return }
    draft.remark(
      .shared, .volumes, at: volume.path, "external volume \(volume.name.quoted) stays shared",
      hint: "to give each environment its own, add to '.piko.yml': "
        + "isolation: {volumes: {\(Override.quoted(volume.key)): private}}")
  }

  /// A volume of the project that the configuration declares shared: only one with a fixed name is
  /// the same in the main checkout.
  private static func shareFixed(_ volume: ModelVolume, _ draft: inout Draft) {
    guard volume.name != draft.identity.privateName(volume.key) else {
      draft.remark(
        .warning, .volumes, at: volume.path,
        "volume \(volume.key.quoted) has no fixed name, so it cannot be shared; it is private")
      return
    }
    draft.sharedVolumes.insert(volume.name)
    draft.replace(
      volume.path, by: .object(["name": .string(volume.name), "external": .bool(true)]), .volumes,
      because: "'isolation' declares it shared, and no environment may remove it")
  }

  /// A volume that is a place elsewhere: a directory of this machine outside the worktree, or a
  /// file server's.
  private static func device(
    _ volume: ModelVolume, _ choice: Choices.Choice?, _ draft: inout Draft
  ) {
    let path = volume.path.key("driver_opts")
    guard let device = draft.document[path.key("device")]?.string,
      volume.driver == nil || volume.driver == "local"
    else { return }
    let options = Set((volume.option("o") ?? "").split(separator: ",").map(String.init))
    let place: String
    if options.contains("bind") || options.contains("rbind") || volume.option("type") == "none" {
      guard !options.contains("ro"), let source = FilePath(absoluteInModel: device),
        !draft.identity.isInWorktree(source)
      else { return }
      place = source.string
    } else if let type = volume.option("type"), remoteFileSystems.contains(type) {
      place = device.interpolated
    } else {
      return
    }
    if choice == .private {
      draft.reset(path, .volumes, because: "'isolation' makes it private")
      return
    }
    draft.remark(
      .shared, .volumes, at: volume.path,
      "volume \(volume.key.quoted) is \(place.quoted), which stays shared and writable",
      hint: "to give each environment its own, add to '.piko.yml': "
        + "isolation: {volumes: {\(Override.quoted(volume.key)): private}}", refusedWhenStrict: true
    )
  }

  private static let remoteFileSystems: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "sshfs", "ceph", "glusterfs", "9p",
  ]
}

extension ModelVolume {
  var driver: String? { document["driver"]?.string }

  /// One of the driver's options.
  func option(_ name: String) -> String? { document["driver_opts"]?[name]?.string }
}
