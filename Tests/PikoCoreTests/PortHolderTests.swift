import FoundationEssentials
import SystemPackage
import Testing

@testable import PikoCore

/// What is read of the process behind a port, from a table of processes made for it.
@Suite struct PortHolderTests {
  @Test func theEnginesProxySaysForWhichContainer() throws {
    let proc = FilePath("/tmp/piko-proc-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: proc.string) }
    func enter(_ pid: Int, _ words: [String]) throws {
      let process = proc.appending("\(pid)")
      try FileManager.default.createDirectory(
        atPath: process.string, withIntermediateDirectories: true)
      try Data(words.flatMap { Array($0.utf8) + [0] })
        .write(to: URL(filePath: process.appending("cmdline").string))
    }
    try enter(
      7,
      [
        "/usr/bin/docker-proxy", "-proto", "tcp", "-host-ip", "0.0.0.0", "-host-port", "10180",
        "-container-ip", "10.213.0.2", "-container-port", "80",
      ])
    try enter(8, ["docker-proxy", "-container-ip"])
    let proxy = PortHolder(pid: 7, name: "docker-proxy")
    #expect(proxy.proxiedAddress(in: proc) == "10.213.0.2")
    #expect(PortHolder(pid: 7, name: "nginx").proxiedAddress(in: proc) == nil)
    #expect(PortHolder(pid: 8, name: "docker-proxy").proxiedAddress(in: proc) == nil)
    #expect(PortHolder(pid: 9, name: "docker-proxy").proxiedAddress(in: proc) == nil)
  }
}
