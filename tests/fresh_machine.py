"""Both commands of the README on a fresh Debian testing machine, from nothing: `sudo python3 tests/fresh_machine.py FOLDER`.

Not a part of the proof: it takes minutes, root, debootstrap and a network. It makes the machine in a folder, with the
mirror that this machine's apt uses, gives it a clone in a folder named "Müller, 100% #1", and under LC_ALL=C, for each
Python, starts the lab and proves the course as it comes; then, with proxies set that lead nowhere and again without a
network, starts the lab and proves the notebooks. At the end stands what was run, how long it took and whether it
worked; the exit code is 1 if anything failed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = "root/Müller, 100% #1"
SCRIPT = "/usr/share/debootstrap/scripts/sid"  # knows how to unpack whatever comes after it
PYTHONS = ("3.14", "3.15")
# What lets this machine through to package indexes: certificates, and settings of apt, pip, uv and npm.
ACCESS = [
    "/etc/resolv.conf",
    "/etc/pip.conf",
    "/etc/uv/uv.toml",
    "~/.config/pip/pip.conf",
    "~/.config/uv/uv.toml",
]
ACCESS += ["~/.npmrc", *map(str, Path("/etc/apt/apt.conf.d").glob("*proxy*"))]
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
VARIABLES = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_", "CURL_CA_", "NODE_EXTRA_CA_")
PROXIES = {
    "HTTP_PROXY": "proxy.school.example:3128",
    "HTTPS_PROXY": "proxy.school.example:3128",
    "ALL_PROXY": "socks5://proxy.school.example:1080",
}
# Run inside: starts the lab, opens its page, starts a kernel, and ends it by Ctrl-C.
LAB = """
import json, os, re, signal, subprocess, sys, time
from urllib.request import ProxyHandler, Request, build_opener

lab = subprocess.Popen([sys.executable, "course.py", "lab", "--no-browser", "--ServerApp.port=0"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
said = ""
for line in lab.stdout:
    said += line
    if found := re.search(r"(http://127\\.0\\.0\\.1:\\d+/)lab\\S*token=(\\w+)", line):
        break
else:
    sys.exit(f"lab ended with code {lab.wait()}:\\n{said}")
open_ = build_opener(ProxyHandler({})).open
assert open_(found[0], timeout=60).status == 200
kernels = Request(f"{found[1]}api/kernels?token={found[2]}", data=b"{}", method="POST")
assert json.load(open_(kernels, timeout=60))["name"] == "python3"
time.sleep(2)
lab.send_signal(signal.SIGINT)
rest, code = lab.communicate(timeout=60)[0], lab.returncode
assert code in (0, 130) and "Traceback" not in said + rest, (code, said + rest)
"""


def main() -> int:
    """Make the machine if it is not there, and try the commands; returns how many failed, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the machine is, or will be made")
    parser.add_argument("--python", nargs="+", default=PYTHONS, metavar="3.X", help="default: 3.14 3.15")
    parser.add_argument("--lab", action="store_true", help="start the lab only")
    parser.add_argument(
        "--test",
        nargs=argparse.REMAINDER,
        default=[],
        help="what follows goes to the first `course.py test`; default: the whole proof",
    )
    options = parser.parse_args()
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # started in the background, the labs would ignore it
    machine = options.folder.resolve()
    if not (machine / "made").exists():
        make(machine, PYTHONS)
    notebooks = ["notebooks"]  # the other tests make environments, for which these two have no network
    ways = [
        ("fresh", False, {}, options.test),
        ("with proxies", False, PROXIES, notebooks),
        ("without a network", True, {}, notebooks),
    ]
    done = []
    for python in options.python:
        clone(machine)
        for how, cut, extra, tests in ways:
            tries = {"lab": ["-c", LAB], " ".join(["test", *tests]): ["course.py", "test", *tests]}
            for name, arguments in list(tries.items())[: 1 if options.lab else 2]:
                print(f"== Python {python}, {how}: {name}", flush=True)
                began = time.monotonic()
                code = inside(machine, [f"python{python}", *arguments], cut=cut, env=extra)
                took = f"{time.monotonic() - began:.0f} s"
                done.append((code, f"Python {python}, {how}: {name}, {took}"))
    print(*(f"{f'FAILED ({code})' if code else 'works'}: {what}" for code, what in done), sep="\n")
    return int(any(code for code, _ in done))


def make(machine: Path, pythons: tuple[str, ...]) -> None:
    """A Debian testing with these Pythons, each as a user installs it, and nothing else."""
    wanted = ["--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"]
    told = subprocess.run(
        ["apt-get", "indextargets", *wanted], capture_output=True, encoding="utf-8", check=True
    )
    mirror = told.stdout.split()[0]
    subprocess.run(["debootstrap", "--variant=minbase", "forky", machine, mirror, SCRIPT], check=True)
    for name in ACCESS:
        file = Path(name).expanduser()
        if file.exists():
            copy = machine / file.relative_to("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    packages = ["ca-certificates", "iproute2", "python3", "python3-venv"]
    packages += [f"python{python}{part}" for python in pythons for part in ("", "-venv")]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        apt = ["apt-get", "-q", "-o", "Acquire::Check-Valid-Until=false", *command]
        if inside(machine, apt, place="", env=quiet):
            sys.exit(f"`{' '.join(apt)}` failed in the new machine.")
    shutil.copyfile(CERTIFICATES, machine / CERTIFICATES[1:])
    (machine / "made").touch()


def clone(machine: Path) -> None:
    """A new clone of what is committed here, without an environment."""
    shutil.rmtree(machine / PLACE, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", ROOT, machine / PLACE], check=True)


def inside(
    machine: Path, command: list[str], *, place: str = PLACE, cut: bool = False, env: dict[str, str]
) -> int:
    """Run a command in the machine; returns its exit code. `cut`: with no network but the loopback."""
    let_through = {name: value for name, value in os.environ.items() if name.startswith(VARIABLES)}
    plain = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}
    prepare = 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; ip link set lo up; exec chroot "$0" sh -c "$1" "$@"'
    go = f'cd "/{place}" && exec "$@"'
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *["--net"] * cut]
    return subprocess.call(
        [*apart, "sh", "-c", prepare, machine, go, *command], env=plain | let_through | env
    )


if __name__ == "__main__":
    sys.exit(main())
