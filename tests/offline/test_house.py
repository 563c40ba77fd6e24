"""The wings of the offline service: operations stand on tables, tables on language, and no import runs back."""

import ast
from pathlib import Path

import pytest

OFFLINE = Path(__file__).parents[2] / "helpers" / "offline"
WINGS = ["language", "tables", "operations"]
# Below every wing: errors, the shapes of requests, the clock.
GROUND = {"helpers.offline.refusal", "helpers.offline.forms", "helpers.offline.rehearsal"}
MODULES = sorted(path.relative_to(OFFLINE) for path in OFFLINE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The modules of the offline service that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by dots: name the module"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    modules = {".".join(("helpers", "offline", *path.with_suffix("").parts)) for path in MODULES}
    return names & modules - GROUND


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_imports_only_what_it_stands_on(wing):
    below = {f"helpers.offline.{name}" for name in WINGS[: WINGS.index(wing) + 1]}
    for path in sorted((OFFLINE / wing).glob("*.py")):
        above = {name for name in imported(path) if name.rpartition(".")[0] not in below}
        assert not above, f"{path.name} of {wing} imports {above}"


@pytest.mark.parametrize("name", sorted(GROUND))
def test_the_ground_stands_on_nothing_of_the_service(name):
    assert not imported(OFFLINE / f"{name.rpartition('.')[2]}.py")


def test_every_module_has_its_room():
    """At the entrance stands what sees a whole request; a new module belongs into a wing."""
    entrance = {path.stem for path in MODULES if len(path.parts) == 1}
    assert entrance == {
        "__init__",
        "service",
        "server",
        "signatures",
        "forms",
        "refusal",
        "rehearsal",
        "stacks",
        "templates",
    }
    assert {path.parts[0] for path in MODULES if len(path.parts) > 1} == set(WINGS)


def test_the_tests_follow_the_same_folders():
    tests = Path(__file__).parent
    assert {path.name for path in tests.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(
        WINGS
    )
