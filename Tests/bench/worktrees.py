"""Worktrees: `piko create` against `git worktree add`."""

import os
import shutil
import subprocess
import time

from measure import Wrong, megabytes, milliseconds, turns
from repositories import build, check, compare

CASES = (("main", "same commit"), ("tenth", "10 % changed"), ("all", "all changed"))


class Pair:
    """Makes one worktree by git and one by piko, in turns, from one commit."""

    def __init__(self, place, root, branch):
        self.place, self.root, self.branch = place, root, branch
        self.compared = False
        self.theirs = place.path("theirs")
        self.ours = os.path.join(root, ".piko", "worktrees", "bench")

    def git(self):
        command = ["git", "worktree", "add", "--quiet", "-b", "theirs", self.theirs, self.branch]
        spent = self.place.timed(command, directory=self.root)
        return self.settle(spent)

    def piko(self):
        command = [
            self.place.program("piko-create"), "--quiet", "--no-start", "--no-attach", "--from",
            self.branch, "bench"]
        spent = self.place.timed(command, directory=self.root)
        return self.settle(spent)

    def settle(self, spent):
        """Compares what both have made, the first time byte by byte, and removes it."""
        if not (os.path.exists(self.ours) and os.path.exists(self.theirs)):
            return spent
        if self.compared:
            check(self.place, self.ours)
        else:
            compare(self.place, self.theirs, self.ours)
            self.compared = True
        self.place.run(["git", "worktree", "remove", "--force", self.theirs], self.root)
        self.place.run(["git", "branch", "-q", "-D", "theirs"], self.root)
        self.place.run([self.place.program("piko-destroy"), "-q", "--delete-branch", "bench"], self.root)
        return spent


def row(place, table, root, count, branch, case, runs, limit=None):
    what = "worktree of %s files, %s" % (format(count, ","), case)
    try:
        pair = Pair(place, root, branch)
        ours, theirs, ratio = turns(runs, pair.piko, pair.git)
        if limit is None:
            text, holds = "git + 60 ms", ours <= theirs + 0.060
            if count >= 5000:
                text, holds = "1", ratio <= 1
        else:
            text, holds = "%.2f" % limit, ratio <= limit
        table.add(what, milliseconds(ours), "git %s" % milliseconds(theirs), ratio, text, holds, runs)
    except Wrong as error:
        table.wrong(what, error)


def matrix(place, table):
    """Sizes and shares of changed files."""
    for count, runs in ((200, 15), (5000, 9), (25000, 7)):
        root = build(place, "repository%d" % count, count)
        for branch, case in CASES:
            limit = 0.45 if count >= 25000 and branch != "all" else None
            row(place, table, root, count, branch, case, place.runs or runs, limit)
        if count >= 25000:
            verbs(place, table, root, count)
        shutil.rmtree(root)


def verbs(place, table, root, count):
    """The memory of verbs, and of the git that they run, on one repository."""
    quick = ["--no-start", "--no-attach"]
    commands = [
        ("create, all files changed", ["create", "--from", "all", "other"] + quick),
        ("create", ["create", "one"] + quick), ("list", ["list"]), ("status", ["status", "one"]),
        ("env", ["env", "one"]), ("config", ["config"]), ("doctor", ["doctor"]),
        ("destroy", ["destroy", "one", "other", "--delete-branch"]),
        ("git worktree add, for comparison", None)]
    for what, words in commands:
        command = ["git", "worktree", "add", "-q", "-b", "gits", place.path("gits")]
        if words:
            command = [place.program("piko-" + words[0])] + words[1:]
        memory = place.memory(command, root)
        table.add(
            "memory of %s" % what, megabytes(memory), limit="60 MB" if words else "",
            holds=memory <= 60000 if words else None)
    place.run(["git", "worktree", "remove", "--force", place.path("gits")], root)


def growth(place, table):
    """More files, one environment."""
    for count in (1000, 10000, 50000):
        root = build(place, "growing%d" % count, count)
        row(place, table, root, count, "main", "growth", place.runs or 5)
        place.run([place.program("piko-create"), "-q", "--no-start", "--no-attach", "one"], root)
        tree = os.path.join(root, ".piko", "worktrees", "one")
        ours, theirs, ratio = turns(
            place.runs or 9, lambda: place.timed([place.program("piko-list")], directory=root),
            lambda: place.timed(["git", "status", "--porcelain"], directory=tree))
        table.add(
            "list, 1 environment of %s files" % format(count, ","), milliseconds(ours),
            "git status %s" % milliseconds(theirs), ratio, runs=place.runs or 9)
        shutil.rmtree(root)


def crowd(place, table):
    """Many creates at once against as many in a row."""
    count = 100
    root = build(place, "crowd", 20)
    create = [place.program("piko-create"), "-q", "--no-start", "--no-attach"]
    begun = time.perf_counter()
    for number in range(count):
        place.run(create + ["row%d" % number], root)
    row_time = time.perf_counter() - begun
    begun = time.perf_counter()
    children = [
        subprocess.Popen(
            create + ["once%d" % number], cwd=root, env=place.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for number in range(count)]
    statuses = [child.wait() for child in children]
    once_time = time.perf_counter() - begun
    if any(statuses):
        table.wrong("100 creates at once", "%d failed" % sum(status != 0 for status in statuses))
    else:
        ratio = once_time / row_time
        table.add(
            "100 creates at once", milliseconds(once_time), "in a row %s" % milliseconds(row_time),
            ratio, "1", ratio <= 1)
    shutil.rmtree(root)
