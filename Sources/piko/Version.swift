/// The version of the whole toolkit; it equals the release's tag.
let version = "0.1.0"
