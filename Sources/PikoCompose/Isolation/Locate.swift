/// Finds the member that a path of names leads to in a compose file.
///
/// The caller, who can read YAML, supplies it; the first file that has it is named.
package typealias Locate = @Sendable (_ keys: [String]) -> (file: String, line: Int)?
