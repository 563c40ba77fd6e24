"""pyproject.toml, requirements.lock and environment.yml agree; settings for other programs fit their schemas."""

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

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

DIRECT = [Requirement(line) for line in PROJECT["dependencies"]]
DIRECT += [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]


PINS = re.findall(r"^([\w.-]+)==(\S+)(.*\n(?:[ \t]+.*\n)*)", LOCK, re.MULTILINE)
"""Name, version and the rest of each block of the lock; a package may have one block a Python release."""


def files() -> list[Path]:
    """What git keeps or would keep; without git (a downloaded archive), everything that is not made here."""
    try:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
        found = [ROOT / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        made = {
            ".venv",
            ".uv",
            "my-course",
            "__pycache__",
            ".ipynb_checkpoints",
            ".pytest_cache",
            ".ruff_cache",
        }
        found = [path for path in ROOT.rglob("*") if not made & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


@pytest.mark.parametrize("wanted", DIRECT, ids=str)
def test_the_lock_pins_every_direct_dependency(wanted):
    versions = [
        version for name, version, _ in PINS if canonicalize_name(name) == canonicalize_name(wanted.name)
    ]
    assert versions and all(version in wanted.specifier for version in versions)


def test_every_package_in_the_lock_has_hashes():
    lines = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(PINS) == len(lines) > len(DIRECT)
    assert [name for name, _, block in PINS if "--hash=sha256:" not in block] == []


def test_the_lock_was_made_by_the_documented_command():
    how = (
        "uv pip compile --universal --generate-hashes --all-extras --no-emit-index-url --python-version 3.11"
    )
    assert f"#    {how} pyproject.toml -o requirements.lock" in LOCK.splitlines()[1]


@pytest.mark.parametrize("wanted", DIRECT, ids=str)
def test_every_dependency_has_its_reason(wanted):
    """On its line, or in the comment above it."""
    above, line = re.search(rf'^(.*)\n(\s+"{re.escape(str(wanted))}".*)$', PYPROJECT, re.MULTILINE).groups()
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
    assert f"--python-version {oldest} " in LOCK


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
