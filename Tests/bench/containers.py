"""What needs an engine: create with containers, list, the server."""

import os
import shutil
import subprocess
import time

from measure import Wrong, megabytes, milliseconds, turns
from repositories import build

IMAGE = "piko-bench-busybox:1"
PROJECT = "piko-bench"


def engine_answers(place):
    done = subprocess.run(
        ["docker", "version"], env=place.environment, check=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    return done.returncode == 0


def image(place):
    """An image of the machine's static busybox; no registry is needed."""
    if place.run(["docker", "image", "ls", "-q", IMAGE]).strip():
        return
    tree = place.path("image")
    os.makedirs(os.path.join(tree, "bin"))
    busybox = shutil.which("busybox")
    if not busybox:
        raise Wrong("no busybox to make an image of: apt-get install busybox-static")
    shutil.copy(busybox, os.path.join(tree, "bin", "busybox"))
    for name in ("sh", "sleep"):
        os.symlink("busybox", os.path.join(tree, "bin", name))
    place.run(["tar", "-C", tree, "-cf", place.path("image.tar"), "."])
    place.run(["docker", "import", place.path("image.tar"), IMAGE])


def service(port):
    return (
        "    image: %s\n    command: [sleep, '1000000']\n    init: true\n"
        "    stop_grace_period: 0s\n    ports: ['%d:80']\n" % (IMAGE, port))


def project(place, name, services, files=200):
    image(place)
    lines = ["services:\n"]
    for number, service_name in enumerate(services):
        lines.append("  %s:\n%s" % (service_name, service(28080 + number)))
    return build(
        place, name, files,
        {"compose.yaml": "".join(lines).encode(), ".piko.yml": ("name: %s\n" % PROJECT).encode()})


def clean(place):
    """Removes every container and network of this benchmark's projects, by their labels."""
    if not engine_answers(place):
        return
    mine = "label=dev.piko.project=" + PROJECT
    for kind, command in (("container", ["rm", "--force", "--volumes"]), ("network", ["rm"])):
        ids = place.run(
            ["docker", kind, "ls", "--quiet", "--filter", mine] + (["--all"] if kind == "container" else [])
        ).split()
        if ids:
            place.run(["docker", kind] + command + ids, check=False)


def create(place, table):
    """A two-service project: `piko create` against the three commands typed by hand."""
    root = project(place, "two-services", ["web", "db"])
    ours_at = os.path.join(root, ".piko", "worktrees", "bench")
    theirs_at = place.path("by-hand")

    def by_hand():
        spent = place.timed(
            ["git", "worktree", "add", "--quiet", "-b", "by-hand", theirs_at], directory=root)
        more = place.timed(
            ["docker", "compose", "--project-name", PROJECT + "-by-hand", "up", "-d"],
            directory=theirs_at)
        last = place.timed(
            ["tmux", "new-session", "-d", "-s", "by-hand", "-c", theirs_at], directory=theirs_at)
        place.run(["tmux", "kill-session", "-t", "by-hand"])
        place.run(["docker", "compose", "--project-name", PROJECT + "-by-hand", "down"], theirs_at)
        place.run(["git", "worktree", "remove", "--force", theirs_at], root)
        place.run(["git", "branch", "-q", "-D", "by-hand"], root)
        return spent + more + last

    def by_piko():
        spent = place.timed(
            [place.program("piko-create"), "--quiet", "--no-attach", "bench"], directory=root)
        running = place.run(
            ["docker", "ps", "-q", "--filter", "label=com.docker.compose.project=piko-%s-bench" % PROJECT])
        if len(running.split()) != 2:
            raise Wrong("create left %r running" % running)
        place.run(["git", "diff-index", "--quiet", "HEAD"], ours_at)
        place.run([place.program("piko-destroy"), "-q", "--volumes", "--delete-branch", "bench"], root)
        return spent

    def cold():
        for name in ("models", "compose-version"):
            path = os.path.join(place.environment["PIKO_STATE_HOME"], name)
            shutil.rmtree(path, ignore_errors=True)
            if os.path.exists(path):
                os.unlink(path)
        return by_piko()

    runs = place.runs or 9
    for what, way, limit in (("warm", by_piko, 1.4), ("cold", cold, None)):
        try:
            ours, theirs, ratio = turns(runs, way, by_hand)
            table.add(
                "create with two services, %s" % what, milliseconds(ours),
                "three commands %s" % milliseconds(theirs), ratio, limit and "%.1f" % limit or "",
                limit and ratio <= limit, runs)
        except Wrong as error:
            table.wrong("create with two services, %s" % what, error)
    clean(place)
    shutil.rmtree(root)


def listing(place, table):
    """`piko list` with 1, 10, 20 and 100 environments against `docker ps`; the server with 50."""
    root = project(place, "listed", ["web"])
    runs = place.runs or 25
    medians, made = {}, 0
    for count in (1, 10, 20, 50, 100):
        while made < count:
            place.run([place.program("piko-create"), "-q", "--no-attach", "env%d" % made], root)
            made += 1
        if count == 50:
            server(place, table, root)
            continue

        def ours():
            spent = place.timed([place.program("piko-list")], directory=root)
            rows = [line.split() for line in place.answer.splitlines()[1:]]
            if len(rows) != count or any(row[2:5] != ["running", "1/1", "clean"] for row in rows):
                raise Wrong("list printed %s" % place.answer)
            return spent

        def theirs():
            return place.timed(["docker", "ps"], directory=root)

        try:
            mine, other, ratio = turns(runs, ours, theirs, warm=3)
            medians[count] = mine
            holds, limit = None, ""
            if count == 20:
                limit, holds = "2.5, 60 ms", ratio <= 2.5 and mine <= 0.060
            table.add(
                "list of %d environments" % count, milliseconds(mine),
                "docker ps %s" % milliseconds(other), ratio, limit, holds, runs)
        except Wrong as error:
            table.wrong("list of %d environments" % count, error)
    if 20 in medians and 100 in medians:
        ratio = medians[100] / medians[20]
        table.add(
            "list of 100 environments", milliseconds(medians[100]),
            "of 20 %s" % milliseconds(medians[20]), ratio, "4", ratio <= 4, runs)
    place.run([place.program("piko-destroy"), "-q", "--force"] + ["env%d" % n for n in range(made)], root)
    clean(place)
    shutil.rmtree(root)


def server(place, table, root):
    """The memory of a server once it has answered for every environment a few times."""
    port = 29876
    child = subprocess.Popen(
        [place.program("piko-server"), "--port", str(port)], cwd=root, env=place.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        token_file = os.path.join(place.environment["PIKO_STATE_HOME"], "server.token")
        answer = ""
        for _ in range(200):
            time.sleep(0.05)
            if os.path.exists(token_file):
                with open(token_file, encoding="utf-8") as file:
                    token = file.read().strip()
                answer = place.run(
                    ["curl", "-s", "-H", "Authorization: Bearer " + token,
                     "http://127.0.0.1:%d/api/environments" % port], check=False)
                if answer.count('"composeProject"') == 50:
                    break
        else:
            raise Wrong("the server answered %r" % answer[:200])
        for _ in range(20):
            place.run(
                ["curl", "-s", "-H", "Authorization: Bearer " + token,
                 "http://127.0.0.1:%d/api/environments" % port])
        with open("/proc/%d/status" % child.pid, encoding="utf-8") as file:
            peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        table.add("memory of the server, 50 environments", megabytes(peak), limit="60 MB",
                  holds=peak <= 60000)
    except Wrong as error:
        table.wrong("memory of the server, 50 environments", error)
    finally:
        child.terminate()
        child.wait()
