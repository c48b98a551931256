"""How a thing is timed: programs take turns, medians count, every answer is looked at."""

import os
import shutil
import statistics
import subprocess
import sys
import time


# A child's largest resident set includes what its parent had when it began: so a small parent.
SMALL_PARENT = """
import os, sys
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
sys.stderr.write("\\n%d" % usage.ru_maxrss)
sys.exit(status != 0)
"""


class Wrong(Exception):
    """An answer that was not right: a fast wrong one does not count."""


class Place:
    """A scratch directory with a home of its own, and the programs that are measured."""

    def __init__(self, installed, scratch, runs):
        self.installed = os.path.abspath(installed)
        self.bin = os.path.join(self.installed, "bin")
        self.directory = os.path.join(scratch, "piko-bench-%d" % os.getpid())
        self.runs = runs
        os.makedirs(self.directory)
        keep = ("LANG", "LC_ALL", "DOCKER_HOST")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ}
        home = os.path.join(self.directory, "home")
        os.makedirs(home)
        # The home that is used counts for nothing: no configuration, no state, no sessions of it.
        self.environment.update(
            HOME=home, TMUX_TMPDIR=home, PIKO_STATE_HOME=os.path.join(home, "state"),
            XDG_CONFIG_HOME=os.path.join(home, "config"), GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL="/dev/null", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@example.org",
            GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@example.org",
            PATH=self.bin + ":" + os.environ.get("PATH", "/usr/bin:/bin"))

    def program(self, name):
        return os.path.join(self.bin, name)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def run(self, arguments, directory=None, check=True, **more):
        """Runs a command that is not timed."""
        done = subprocess.run(
            arguments, cwd=directory or self.directory, env=self.environment, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="surrogateescape", **more)
        if check and done.returncode != 0:
            raise Wrong("%r ended with %d: %s" % (arguments, done.returncode, done.stderr))
        return done.stdout

    def memory(self, command, directory=None):
        """The largest resident set of a command and what it runs, in kilobytes."""
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", SMALL_PARENT] + command, env=self.environment,
            cwd=directory or self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Wrong("%r failed: %s" % (command, done.stderr))
        return int(done.stderr.splitlines()[-1])

    def timed(self, *commands, directory=None):
        """Runs commands one after the other and gives the seconds that they took."""
        spent = 0.0
        out = open(self.path("out"), "w+b")
        err = open(self.path("err"), "w+b")
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)]
        before = os.getcwd()
        try:
            os.chdir(directory or self.directory)
            for command in commands:
                path = shutil.which(command[0], path=self.environment["PATH"])
                begun = time.perf_counter()
                child = os.posix_spawn(path, command, self.environment, file_actions=actions)
                _, status = os.waitpid(child, 0)
                spent += time.perf_counter() - begun
                if status != 0:
                    err.seek(0)
                    raise Wrong("%r ended with %d: %s" % (command, status, err.read().decode()))
        finally:
            os.chdir(before)
        out.seek(0)
        self.answer = out.read().decode(errors="surrogateescape")
        out.close()
        err.close()
        return spent

    def end(self):
        subprocess.run(
            ["tmux", "kill-server"], env=self.environment, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)


def turns(runs, first, second, warm=1):
    """Two ways of doing one thing take turns, the first to begin changing each time.

    Each is a function that gives seconds. Gives both medians and the median of the runs' ratios: load
    that comes and goes falls on both sides of a ratio."""
    ones, others = [], []
    for index in range(-warm, runs):
        if index % 2 == 0:
            one, other = first(), second()
        else:
            other, one = second(), first()
        if index >= 0:
            ones.append(one)
            others.append(other)
    ratio = statistics.median(one / other for one, other in zip(ones, others))
    return statistics.median(ones), statistics.median(others), ratio


class Table:
    """The rows, printed as they come and once more at the end."""

    HEADER = ("MEASURED", "PIKO", "AGAINST", "RATIO", "AT MOST", "", "RUNS")

    def __init__(self):
        self.rows = []
        self.failures = []

    def add(self, what, value, against="", ratio=None, limit="", holds=None, runs=1):
        row = (
            what, value, against, "" if ratio is None else "%.2f" % ratio, limit,
            "" if holds is None else ("holds" if holds else "MISSED"), str(runs))
        self.rows.append(row)
        print("  ".join(cell for cell in row if cell), file=sys.stderr, flush=True)

    def wrong(self, what, error):
        self.failures.append(what)
        self.rows.append((what, "WRONG", "", "", "", "", ""))
        print("%s: %s" % (what, error), file=sys.stderr, flush=True)

    def text(self):
        rows = [self.HEADER] + self.rows
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.HEADER))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            for row in rows)


def milliseconds(seconds):
    return "%.1f ms" % (seconds * 1000) if seconds < 0.1 else "%.0f ms" % (seconds * 1000)


def megabytes(kilobytes):
    return "%.0f MB" % (kilobytes / 1000)
