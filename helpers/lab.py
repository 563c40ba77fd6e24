"""JupyterLab on the student's copies of the lessons, or on the originals."""

from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

from helpers import copies
from helpers.errors import CourseError
from helpers.jupyter_env import HOME, jupyter_env, run

SETTINGS = Path(__file__).parent / "lab_settings"
LOG = HOME / "lab.log"


def start(args: list[str], *, lesson: str = "00", source: bool = False) -> int:
    """Open JupyterLab on one lesson, by default the first.

    Args:
        args: options for JupyterLab.
        lesson: its number or file name.
        source: open the originals instead of the student's copies.

    Returns:
        JupyterLab's exit code.

    Raises:
        CourseError: there is no such lesson, or no copy of it can be made.
    """
    name = copies.find(lesson).name
    folder = copies.ORIGINALS if source else copies.COPIES
    if not source:
        _bring_copies(name)
    custom = Path(
        jupyter_env()["JUPYTER_CONFIG_DIR"], "custom"
    )  # the one place where JupyterLab looks for CSS
    custom.mkdir(exist_ok=True)
    (custom / "custom.css").write_bytes((SETTINGS / "custom.css").read_bytes())
    where = "the original" if source else "your copy"
    print(f"Lesson {name[:2]} opens in your browser: {where}, {folder.name}/{name}.")
    print("To stop, press Ctrl-C here. To come back, run `python3 course.py lab`: what you saved is there.")
    print(f"Jupyter writes its log to {_shown(LOG)}.")
    print("If no browser opens, copy this address into one:\n", flush=True)
    theme = str(Path(jupyter_config_dir(), "lab", "user-settings"))
    flags = [f"--{name}={value}" for name, value in _settings(folder, name).items()]
    return run(
        str(SETTINGS / "server.py"), str(LOG), *flags, *args, cwd=folder, JUPYTERLAB_SETTINGS_DIR=theme
    )


def _settings(folder: Path, name: str) -> dict[str, object]:
    return {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": copies.ROOT,  # helpers/ too can be read from the file browser
        "FileContentsManager.preferred_dir": folder,
        "ServerApp.answer_yes": True,  # one Ctrl-C ends it without a question
        "ServerApp.allow_root": True,  # containers: it listens on this machine alone, and asks for its token
        "KernelManager.transport_encryption": "auto",
        "LabApp.default_url": f"/lab/tree/{folder.name}/{name}",
        "LabApp.app_settings_dir": SETTINGS,  # no news, no update check
        "LabApp.custom_css": True,
        "LabApp.news_url": None,
        "LabApp.extension_manager": "readonly",  # the other one asks an index
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.workspaces_dir": HOME
        / "workspaces"
        / folder.name,  # the user's own remembers other folders' tabs
        "MultiKernelManager.default_kernel_name": "python3",
        "LanguageServerManager.autodetect": False,  # searches the machine, and runs npm to do so
    }


def _bring_copies(name: str) -> None:
    """Make and renew the copies; tell of lessons that changed below the student's work, or why there are no copies."""
    try:
        changed = copies.copy_lessons()
    except OSError as error:
        told = f"{_shown(copies.COPIES)} cannot be written ({error.strerror})"
        if not (copies.COPIES / name).exists():
            raise CourseError(
                f"{told}: make room, or put the course where you may write. "
                "`python3 course.py lab --source` still opens the originals."
            ) from None
        print(f"{told}: what you change will not be saved.")
        return
    if changed:
        print(
            f"Changed in the course since you copied it: {', '.join(name[:2] for name in changed)}; "
            f"`python3 course.py lab --reset {changed[0][:2]}` brings the new one and keeps yours beside it."
        )


def _shown(path: Path) -> str:
    return str(path.relative_to(copies.ROOT) if path.is_relative_to(copies.ROOT) else path)
