"""JupyterLab on the lessons: each student works on copies, so that an update of the course never fights their edits."""

import hashlib
import json
import shutil
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

from helpers.errors import CourseError
from helpers.jupyter_env import HOME, run

ROOT = Path(__file__).resolve().parent.parent
ORIGINALS = ROOT / "notebooks"
COPIES = ROOT / "my-course"
FIRST = "00_start_here.ipynb"
RECORD = ".originals.json"
"""In the folder of copies: the hash of the original that each copy was made from."""


def start(args: list[str], *, source: bool = False) -> int:
    """Open JupyterLab on the student's copies, or on the originals; ``args`` go to JupyterLab. Returns its exit code."""
    folder = ORIGINALS
    if not source:
        folder = COPIES
        if changed := copy_lessons():
            print(
                f"Changed in the course since you copied it: {', '.join(name[:2] for name in changed)}; "
                f"`python3 course.py lab --reset {changed[0][:2]}` brings the new one and keeps yours beside it."
            )
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": folder,
        "ServerApp.answer_yes": True,  # one Ctrl-C ends it without a question
        "ServerApp.allow_root": True,  # containers: it listens on this machine alone, and asks for its token
        "LabApp.default_url": f"/lab/tree/{FIRST}",
        "LabApp.app_settings_dir": Path(__file__).parent / "lab_settings",  # no news, no update check
        "LabApp.news_url": None,
        "LabApp.extension_manager": "readonly",  # the other one asks an index
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.workspaces_dir": HOME / "workspaces",  # the user's own remembers tabs of other folders
        "MultiKernelManager.default_kernel_name": "python3",
        "LanguageServerManager.autodetect": False,  # searches the machine, and runs npm to do so
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    theme = str(Path(jupyter_config_dir(), "lab", "user-settings"))
    return run("jupyterlab", *flags, *args, cwd=folder, JUPYTERLAB_SETTINGS_DIR=theme)


def copy_lessons() -> list[str]:
    """Copy the lessons that ``my-course/`` does not have yet; return the file names whose originals have changed since."""
    COPIES.mkdir(exist_ok=True)
    record = _read_record()
    changed = []
    for original in sorted(ORIGINALS.glob("*.ipynb")):
        copy = COPIES / original.name
        now = _hash(original)
        if not copy.exists():
            _copy(original, copy)
            record[copy.name] = now
        elif _hash(copy) == now:
            record[copy.name] = now
        elif record.get(copy.name, now) != now:
            changed.append(copy.name)
    _write_record(record)
    return changed


def reset(lesson: str) -> str:
    """Copy one lesson (``"03"``) again; a copy that differs is kept beside it. Returns the line that tells what was done."""
    originals = sorted(ORIGINALS.glob("*.ipynb"))
    found = [path for path in originals if lesson.zfill(2) == path.name[:2] or lesson == path.name]
    if not found:
        numbers = ", ".join(path.name[:2] for path in originals)
        raise CourseError(f"There is no lesson {lesson!r}: choose one of {numbers}.")
    (original,) = found
    COPIES.mkdir(exist_ok=True)
    copy = COPIES / original.name
    kept = None
    if copy.exists() and _hash(copy) != _hash(original):
        kept = _free_name(copy)
        copy.rename(kept)
    _copy(original, copy)
    _write_record(_read_record() | {copy.name: _hash(original)})
    yours = f"; yours is now {kept.relative_to(ROOT)}" if kept else ""
    return (
        f"{copy.relative_to(ROOT)} is as new{yours}. If the lesson is open in the browser, reload the page."
    )


def _free_name(copy: Path) -> Path:
    number = 1
    while (path := copy.with_stem(f"{copy.stem}_mine_{number}")).exists():
        number += 1
    return path


def _copy(original: Path, copy: Path) -> None:
    """Copy in two steps: an interrupted copy must not pass for the student's file."""
    half = copy.with_suffix(".part")
    shutil.copyfile(original, half)
    half.replace(copy)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_record() -> dict[str, str]:
    try:
        return json.loads((COPIES / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there yet, or damaged: then nothing is known to have changed
        return {}


def _write_record(record: dict[str, str]) -> None:
    (COPIES / RECORD).write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
