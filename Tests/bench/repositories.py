"""The repositories that are measured on: of any size, alike in every run."""

import os
import random
import subprocess
import time

from measure import Wrong

WORDS = [
    "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz_", k=3 + number % 9))
    for number in range(4000)]
BRANCHES = ("main", "tenth", "all")


def text(source, size):
    """Text that packs about as well as source code does."""
    lines, length = [], 0
    while length < size:
        words = source.choices(WORDS, k=source.randrange(1, 9))
        lines.append("    " * source.randrange(4) + " ".join(words))
        length += len(lines[-1]) + 1
    return ("\n".join(lines) + "\n").encode()


def names(count):
    """Paths four folders deep, twenty files in each."""
    for number in range(count):
        folder = number // 20
        yield "part%d/area%d/unit%d/file%d.txt" % (folder // 100, folder // 10 % 10, folder, number)


def build(place, name, count, extra=None):
    """A repository of `count` files with three branches: `main`, which is checked out, `tenth`, where
    every tenth file differs from it, and `all`, where every one does. The files are older than the
    index, as they are in a checkout that has been worked in."""
    root = place.path(name)
    place.run(["git", "init", "-q", "-b", "main", root])
    source = random.Random(count)
    with open(place.path("stream"), "w+b") as stream:
        write(stream, source, count, extra or {})
        stream.seek(0)
        subprocess.run(
            ["git", "fast-import", "--quiet"], cwd=root, env=place.environment, stdin=stream,
            check=True)
    os.unlink(place.path("stream"))
    place.run(["git", "repack", "-adq"], root)
    place.run(["git", "reset", "-q", "--hard", "main"], root)
    time.sleep(2.1)
    place.run(["git", "status"], root)
    return root


def write(stream, source, count, extra):
    entries = {branch: [] for branch in BRANCHES}
    mark = 0

    def blob(content):
        nonlocal mark
        mark += 1
        stream.write(b"blob\nmark :%d\ndata %d\n%s\n" % (mark, len(content), content))
        return mark

    for number, path in enumerate(names(count)):
        content = text(source, min(60000, int(source.lognormvariate(8.0, 1.1))))
        middle = len(content) // 2
        old = blob(content)
        new = blob(b"changed\n" + content[:middle] + b"changed\n" + content[middle:])
        mode = b"100755" if number % 50 == 0 else b"100644"
        for branch in BRANCHES:
            changed = branch == "all" or branch == "tenth" and number % 10 == 0
            line = b"M %s :%d %s\n" % (mode, new if changed else old, path.encode())
            entries[branch].append(line)
    for file, content in extra.items():
        line = b"M 100644 :%d %s\n" % (blob(content), file.encode())
        for lines in entries.values():
            lines.append(line)
    for branch, lines in entries.items():
        stream.write(b"commit refs/heads/%s\n" % branch.encode())
        stream.write(b"committer a <a@example.org> 1700000000 +0000\ndata 1\nm\n")
        stream.writelines(lines)
        stream.write(b"\n")


def compare(place, one, other):
    """Two checkouts hold the same files, modes and links, and the second is clean."""
    listing = ["find", ".", "-name", ".git", "-prune", "-o", "-printf", "%P %y %m %l\\n"]
    facts = [sorted(place.run(listing, path).splitlines()) for path in (one, other)]
    if facts[0] != facts[1]:
        raise Wrong("the files differ: %s" % sorted(set(facts[0]) ^ set(facts[1]))[:5])
    place.run(["diff", "-r", "-q", "--exclude=.git", one, other])
    staged = [place.run(["git", "ls-files", "--stage"], path) for path in (one, other)]
    if staged[0] != staged[1]:
        raise Wrong("the indexes differ")
    check(place, other)


def check(place, path):
    """A checkout is clean, by its index alone and by its content."""
    for command in (["git", "diff-files", "--quiet"], ["git", "diff-index", "--quiet", "HEAD"]):
        place.run(command, path)
    if place.run(["git", "status", "--porcelain"], path):
        raise Wrong("git status is not clean in a new worktree")
