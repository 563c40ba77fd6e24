"""What several test files need of the machine."""

import shutil
import subprocess

import pytest
from needs import need


@pytest.fixture(scope="session")
def cut_off() -> list[str]:
    """The command that runs another one without any network but the loopback."""
    command = ["unshare", "--map-root-user", "--net"]
    possible = (
        shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0
    )
    need(bool(possible), "unshare is not permitted here")
    return [*command, "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"]
