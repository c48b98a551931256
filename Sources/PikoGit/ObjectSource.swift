internal import CLibgit2
internal import PikoCore
internal import SystemPackage

/// The object database, with a handle of its own: libgit2's are slower shared than alone.
struct ObjectSource: ~Copyable {
  private let repository: RepositoryHandle
  private let objects: OpaquePointer

  init(at commonDirectory: FilePath) throws(Failure) {
    let handle = try RepositoryHandle(at: commonDirectory)
    objects = try ObjectSource.open(handle)
    repository = handle
  }

  private static func open(
    _ repository: borrowing RepositoryHandle
  ) throws(Failure) -> OpaquePointer {
    var opened: OpaquePointer?
    let purpose = "cannot open the object database"
    try Libgit2.check(git_repository_odb(&opened, repository.pointer), purpose)
    guard let opened else { throw Failure(purpose) }
    return opened
  }

  deinit { git_odb_free(objects) }

  /// Gives a blob's bytes to `use`.
  func withBlob<Value>(
    _ oid: git_oid, _ use: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    var object: OpaquePointer?
    var id = oid
    try Libgit2.check(
      git_odb_read(&object, objects, &id), "cannot read object '\(oid.hexadecimal)'")
    defer { git_odb_object_free(object) }
    guard git_odb_object_type(object) == GIT_OBJECT_BLOB else {
      throw Failure("cannot read object '\(oid.hexadecimal)': it is not a file's content")
    }
    return try use(
      UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
    )
  }
}
