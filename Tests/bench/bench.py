"""Measures piko and prints a table: see `Tests/bench/run --help`."""

import argparse
import os
import platform
import sys

import containers
import programs
import worktrees
from measure import Place, Table

GROUPS = {
    "worktree": worktrees.matrix,
    "growth-files": worktrees.growth,
    "start": programs.starts,
    "size": programs.size,
    "create": containers.create,
    "list": containers.listing,
    "crowd": worktrees.crowd,
}
NEEDS_ENGINE = ("create", "list")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--installed", required=True)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--scratch", default="/dev/shm")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("groups", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(GROUPS))
        return 0
    unknown = [name for name in options.groups if name not in GROUPS]
    if unknown:
        parser.error("unknown group of rows '%s'" % unknown[0])
    wanted = options.groups or list(GROUPS)
    place = Place(options.installed, options.scratch, options.runs)
    table = Table()
    left_out = []
    try:
        head = heading(place)
        for name in wanted:
            if name in NEEDS_ENGINE and not containers.engine_answers(place):
                left_out.append(name)
                continue
            GROUPS[name](place, table)
    finally:
        containers.clean(place)
        place.end()
    print(head)
    print()
    print(table.text())
    if left_out:
        print("\nLeft out, for want of an engine: " + ", ".join(left_out))
    if table.failures:
        print("\nWrong answers: " + ", ".join(table.failures))
    return 1 if table.failures else 0


def heading(place):
    """The versions that were measured, and the kind of machine."""
    versions = [
        place.run([place.program("piko"), "--version"]), place.run(["git", "--version"]),
        place.run(["docker", "version", "--format", "Docker engine {{.Server.Version}}"], check=False),
        place.run(["docker", "compose", "version"], check=False), place.run(["tmux", "-V"], check=False),
        "Linux %s, %d cores" % (platform.release().split("-")[0], os.cpu_count())]
    return "\n".join(line.strip() for line in versions if line.strip())


if __name__ == "__main__":
    sys.exit(main())
