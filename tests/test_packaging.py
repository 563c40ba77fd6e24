"""pyproject.toml, the locks and environment.yml agree; settings for other programs fit their schemas."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpers.classroom import locks

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in locks.LOCKS}
LESSONS, EVERYTHING, TOOLS = "requirements.lock", "requirements-test.lock", "requirements-tools.lock"
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

EXTRAS = PROJECT["optional-dependencies"]
DIRECT = {
    LESSONS: [*PROJECT["dependencies"], *EXTRAS["mysql"], *EXTRAS["build"]],
    EVERYTHING: [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)],
    TOOLS: tomllib.loads(PYPROJECT)["dependency-groups"]["tools"],
}
"""What each lock is asked for."""
ASKED = sorted({line for lines in DIRECT.values() for line in lines})


PINS = {
    lock: re.findall(r"^([\w.-]+)==(\S+)(.*\n(?:[ \t]+.*\n)*)", text, re.MULTILINE)
    for lock, text in LOCKS.items()
}
"""Name, version and the rest of each block of each lock; a package may have one block a Python release."""


def versions(lock: str) -> dict[str, set[str]]:
    """The versions of each package in a lock."""
    found: dict[str, set[str]] = {}
    for name, version, _ in PINS[lock]:
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def files() -> list[Path]:
    """What git keeps or would keep; without git (a downloaded archive), everything that is not made here."""
    try:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
        found = [ROOT / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        made = {
            ".git",
            ".venv",
            ".uv",
            "my-course",
            "__pycache__",
            ".ipynb_checkpoints",
            ".pytest_cache",
            ".hypothesis",
            ".ruff_cache",
        }
        found = [path for path in ROOT.rglob("*") if not made & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_pins_what_it_is_asked_for(lock):
    pinned = versions(lock)
    for wanted in map(Requirement, DIRECT[lock]):
        found = pinned.get(canonicalize_name(wanted.name), set())
        assert found and all(version in wanted.specifier for version in found), wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_in_a_lock_has_hashes(lock):
    lines = [line for line in LOCKS[lock].splitlines() if line and not line.startswith((" ", "#"))]
    assert len(PINS[lock]) == len(lines) > len(DIRECT[lock])
    assert [name for name, _, block in PINS[lock] if "--hash=sha256:" not in block] == []


def test_what_lessons_need_is_a_part_of_everything_at_the_same_versions():
    """So that `test` adds to what `lab` installed, and changes nothing of it."""
    few, all_of_them = versions(LESSONS), versions(EVERYTHING)
    assert {name: all_of_them.get(name) for name in few} == few
    assert {"pytest", "playwright", "ruff"} <= set(all_of_them) - set(few)


def test_tools_stay_out_of_the_environment():
    assert {"uv", "awscli"} <= set(versions(TOOLS))
    assert not {"uv", "awscli"} & {*versions(LESSONS), *versions(EVERYTHING)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_was_made_by_the_documented_command(lock):
    assert f"#    uv pip compile {locks.HOW} {locks.LOCKS[lock]} -o {lock}" == LOCKS[lock].splitlines()[
        1
    ].replace("--quiet ", "")


@pytest.mark.parametrize("wanted", ASKED)
def test_every_dependency_has_its_reason(wanted):
    """On its line, or in the comment above it."""
    above, line = re.search(rf'^(.*)\n(\s+"{re.escape(wanted)}".*)$', PYPROJECT, re.MULTILINE).groups()
    assert re.search(r"# \w", line) or above.strip().startswith("# ")


def test_environment_yml_installs_python_and_the_lock_and_nothing_else():
    python, pip, from_pip = ENVIRONMENT["dependencies"]
    assert pip == "pip" and from_pip == {"pip": ["-r requirements.lock"]}
    assert python.startswith("python")
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])


def test_every_place_names_the_same_pythons():
    """Those that the course is tried with; a later one is not refused."""
    label = "Programming Language :: Python :: "
    pythons = [kind.removeprefix(label) for kind in PROJECT["classifiers"] if kind.startswith(label)]
    oldest, newest = pythons[0], pythons[-1]
    assert pythons == [f"3.{minor}" for minor in range(11, 16)]
    assert PROJECT["requires-python"] == f">={oldest}"
    launcher = (ROOT / "course.py").read_text(encoding="utf-8")
    assert "OLDEST, NEWEST = ({}), ({})".format(*(p.replace(".", ", ") for p in (oldest, newest))) in launcher
    assert f"needs Python {oldest} or newer" in launcher
    span = f"{oldest} to {newest}"
    for place in ("course.py", "README.md", ".ci/run"):
        text = (ROOT / place).read_text(encoding="utf-8")
        named = re.findall(r"3\.\d+ to 3\.\d+", text)
        assert named and set(named) == {span}, place
    (proof,) = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORKFLOWS if path.stem == "proof"
    ]
    assert proof["jobs"]["course"]["strategy"]["matrix"]["python"] == pythons
    assert f"--python-version {oldest}" in locks.HOW


def test_no_file_names_a_package_index_or_a_machine():
    """Addresses are the reader's own settings; put together here, so that this file does not match itself."""
    dot = re.escape(".")
    hosts = [
        f"pypi{dot}org",
        f"pythonhosted{dot}org",
        f"registry{dot}(npmjs|yarnpkg)",
        f"npmmirror{dot}",
        "file:/" + "//",
    ]
    address = re.compile("|".join(hosts) + r'|"resolved"\s*:|--(extra-)?index-url[ =]\S', re.IGNORECASE)
    found = []
    for path in files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in [address.search(text)] if hit]
    assert found == []


def test_text_files_end_in_one_newline_and_have_no_other_line_ends():
    bad = []
    for path in files():
        data = path.read_bytes()
        if (
            b"\0" not in data
            and data
            and (b"\r\n" in data or not data.endswith(b"\n") or data.endswith(b"\n\n"))
        ):
            bad.append(str(path.relative_to(ROOT)))
    assert bad == []


def test_no_file_that_should_hold_something_is_empty():
    assert [
        path.name for path in files() if not path.read_bytes().strip() and path.name != "__init__.py"
    ] == []


def check_schema(*args: str | Path) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    result = subprocess.run([program, *args], capture_output=True, encoding="utf-8", timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def test_workflows_fit_their_schema():
    check_schema("--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


def test_workflows_may_only_read():
    for path in WORKFLOWS:
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}


def test_the_devcontainer_is_json_with_an_image_and_the_launcher():
    """Its schema is not among those that check-jsonschema brings along."""
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["image"] and "course.py" in container["postCreateCommand"]


def test_ruff_finds_nothing():
    for command in (["check"], ["format", "--check"]):
        ruff = [Path(sys.executable).with_name("ruff"), *command, "--output-format=concise", "."]
        result = subprocess.run(ruff, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
        assert result.returncode == 0, result.stdout


def test_commands_in_ci_and_binder_are_bash_that_parses():
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash on this machine")
    for path in (ROOT / ".ci" / "run", ROOT / "postBuild"):
        assert subprocess.run([bash, "-n", path.as_posix()]).returncode == 0
