"""How soon small verbs answer, and what an installation takes."""

import os
import shutil

from measure import Wrong, milliseconds, turns
from repositories import build

COMPLETION = """
source "$1"
COMP_WORDS=(piko env o) COMP_CWORD=2
for turn in $(seq "$2"); do
  begun=${EPOCHREALTIME/./}
  _piko
  echo $((${EPOCHREALTIME/./} - begun)) "${COMPREPLY[@]}"
done
"""


def starts(place, table):
    """Start-up, with 1, 10 and 100 environments."""
    root = build(place, "starting", 200)
    create = [place.program("piko-create"), "-q", "--no-start", "--no-attach"]
    runs = place.runs or 60
    made = 0
    for count in (1, 10, 100):
        while made < count:
            place.run(create + ["one%d" % made], root)
            made += 1
        try:
            rows(place, table, root, count, runs)
        except Wrong as error:
            table.wrong("start-up with %d environments" % count, error)
    shutil.rmtree(root)


def rows(place, table, root, count, runs):
    among = "of %d environment%s" % (count, "" if count == 1 else "s")
    env = [place.program("piko-env"), "one0"]
    wanted = "export PIKO_ENV_NAME='one0';"

    def direct():
        spent = place.timed(env, directory=root)
        if wanted not in place.answer:
            raise Wrong("piko-env printed %r" % place.answer)
        return spent

    def dispatched():
        spent = place.timed([place.program("piko"), "env", "one0"], directory=root)
        if wanted not in place.answer:
            raise Wrong("piko env printed %r" % place.answer)
        return spent

    def git():
        return place.timed(["git", "rev-parse", "HEAD"], directory=root)

    ours, theirs, ratio = turns(runs, direct, git, warm=5)
    table.add(
        "piko-env, one %s" % among, milliseconds(ours), "git rev-parse %s" % milliseconds(theirs),
        ratio, "5", ratio <= 5, runs)
    ours, theirs, ratio = turns(runs, dispatched, direct, warm=5)
    table.add(
        "piko env, one %s" % among, milliseconds(ours), "piko-env %s" % milliseconds(theirs), ratio,
        "1.6", ratio <= 1.6, runs)
    script = os.path.join(place.installed, "share/bash-completion/completions/piko")
    lines = place.run(["bash", "-c", COMPLETION, "bash", script, str(runs)], root).splitlines()
    if any("one0" not in line.split()[1:] for line in lines) or len(lines) != runs:
        raise Wrong("the completion offered %r" % lines[:1])
    median = sorted(int(line.split()[0]) for line in lines)[runs // 2] / 1e6
    table.add(
        "completion of a name, %s" % among, milliseconds(median), limit="20 ms",
        holds=median <= 0.020, runs=runs)


def size(place, table):
    """What an installation takes, in the bytes of its files."""
    total = 0
    for folder, _, files in os.walk(place.installed):
        for file in files:
            path = os.path.join(folder, file)
            if not os.path.islink(path):
                total += os.path.getsize(path)
    table.add("installation", "%.0f MB" % (total / 1e6), limit="120 MB", holds=total <= 120e6)
