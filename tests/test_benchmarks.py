"""The benchmark runs, its table has its shape, and what cannot be measured is said; no time is judged."""

import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import children, ops, services, setup, start
from benchmarks.children import ROOT, Skipped
from benchmarks.results import MARK, History, Row, Table, as_markdown, as_text, megabytes, shown, store
from helpers.commands import PARTS

FILES = sorted(path for path in (ROOT / "benchmarks").iterdir() if path.is_file())


def contenders() -> dict:
    """The services that need nothing but this environment, and one that is not there."""
    here = {name: begin for name, begin in services.services().items() if name in ("course", MOTO)}
    return here | {"missing": missing}


def missing(items: int):
    raise Skipped("it is not there.")


MOTO = f"moto {version('moto')}"


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """Workers run as in a shell, not as under pytest; and nothing is kept."""
    monkeypatch.setattr(ops, "CACHE", tmp_path)
    monkeypatch.setattr(services, "CACHE", tmp_path)


def test_operations_are_measured_at_each_size_on_each_service():
    tables = ops.measure([30, 60], 2, contenders(), dict.fromkeys(ops.TIMES, 2))
    assert [table.title for table in tables] == [
        "Operations at 30 items",
        "Operations at 60 items",
        "How the course's times grow",
    ]
    for table in tables[:2]:
        assert [row.what for row in table.rows] == [
            "fill",
            "put",
            "get",
            "batch write",
            "query",
            "scan",
            "filter",
            "transaction",
        ]
        assert table.contenders == ["course", MOTO]
        assert table.skipped == {"missing": "it is not there."}
        for row in table.rows:
            assert {len(seconds) for seconds in row.seconds.values()} == {1 if row.what == "fill" else 2}
            assert all(0 < second < 60 for seconds in row.seconds.values() for second in seconds)
    assert tables[2].contenders == ["60 items", "30 items"]


def test_without_the_course_there_is_nothing_to_compare():
    first = {"course": contenders()["missing"]}
    with pytest.raises(Skipped, match="it is not there"):
        ops.measure([10], 1, first)


def test_a_kernel_answers():
    assert 0 < start.in_kernel() < 60


TABLE = Table(
    "Speed",
    [
        Row("get", {"course": [0.002, 0.001, 0.003], "moto": [0.001, 0.001, 0.001]}, {"moto": 1.2}),
        Row("scan", {"course": [1.0], "moto": [20.0], "other": [2.0]}, {"moto": 0.2, "absent": 1.0}),
    ],
    {"absent": "there is no network."},
)


def test_a_table_shows_medians_ratios_and_bounds():
    heading, get, scan = TABLE.cells()
    assert heading == ["Speed", "course", "moto", "other", "to moto", "to other", "bound"]
    assert get == ["get", "2 ms", "1 ms", "", "2.00", "", "MISSED: at most 1.2 to moto"]
    assert scan == ["scan", "1 s", "20 s", "2 s", "0.05", "0.50", "met: at most 0.2 to moto"]


def test_both_forms_tell_where_and_when_and_what_is_missing():
    for text in (as_text(TABLE), as_markdown(TABLE)):
        assert "medians of 1-3 rounds" in text and f"boto3 {version('boto3')}" in text
        assert re.search(r"^20\d\d-\d\d-\d\d, \d+ cores?, ", text, re.MULTILINE)
        assert "Without absent: there is no network." in text
    assert "| get | 2 ms | 1 ms |  | 2.00 |  | MISSED: at most 1.2 to moto |" in as_markdown(TABLE)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0000123, "0.0123 ms"), (0.0456, "45.6 ms"), (1.234, "1.23 s"), (123.4, "123 s")]
)
def test_times_have_three_digits_and_a_unit(seconds, text):
    assert shown(seconds) == text


def test_a_stored_table_replaces_the_one_before_and_leaves_the_others(tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Title\n\nText.\n\n{MARK}\n## Speed\n\nold\n\n## Others\n\nkept\n", encoding="utf-8")
    store(TABLE, page)
    once = page.read_text(encoding="utf-8")
    store(TABLE, page)
    assert page.read_text(encoding="utf-8") == once
    assert once.startswith("# Title\n\nText.\n") and "old" not in once
    assert once.count("## Speed") == once.count("## Others\n\nkept\n") == 1


def test_a_history_keeps_its_rows_and_adds_one(tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Title\n\n{MARK}\n## Others\n\nkept\n", encoding="utf-8")
    for commit, cpu in [("a1", "788 s"), ("b2", "394 s")]:
        store(History("The whole proof", "300 s", cpu, "2890", commit), page)
    text = page.read_text(encoding="utf-8")
    assert text.count("## The whole proof\n\n| date |") == text.count("## Others\n\nkept\n") == 1
    rows = re.findall(
        r"^\| 20\d\d-\d\d-\d\d \| (\w+) \| 300 s \| (\d+ s) \| 2890 \| .*cores?", text, re.MULTILINE
    )
    assert rows == [("a1", "788 s"), ("b2", "394 s")]


def test_a_part_that_cannot_be_measured_is_told_and_does_not_stop_the_others(capsys, monkeypatch):
    monkeypatch.setitem(command.PARTS, "proof", missing)
    monkeypatch.setitem(command.PARTS, "start", lambda options: [TABLE])
    assert command.main(["--only", "proof", "start"]) == 1
    told = capsys.readouterr()
    assert told.err == "proof could not be measured: it is not there.\n\n"
    assert told.out.startswith("Speed ")


def test_a_command_that_fails_is_told_by_its_last_line():
    with pytest.raises(Skipped, match=r"ended with code 3 \(no luck\)"):
        children.seconds_of(sys.executable, "-c", "print('no luck'); raise SystemExit(3)")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_leaves_no_process_behind(tmp_path):
    told = tmp_path / "pid"
    inner = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    outer = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {inner!r}]); time.sleep(60)"
    )
    code = (
        f"import sys; from benchmarks.children import seconds_of; seconds_of(sys.executable, '-c', {outer!r})"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL) as driver:
        wait_until(lambda: told.exists() and told.read_text())
        driver.send_signal(signal.SIGINT)
        driver.wait(20)
    wait_until(lambda: not alive(int(told.read_text())))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")  # a zombie has ended


def wait_until(condition, seconds: float = 100) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_no_file_names_a_package_index():
    assert FILES
    lock = (ROOT / "benchmarks" / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock and '"resolved"' not in lock
    for path in FILES:
        assert not re.search(r"registry\.|/simple/|index-url", path.read_text(encoding="utf-8")), path.name


def test_the_page_has_a_place_for_results_and_names_every_part():
    text = command.PAGE.read_text(encoding="utf-8")
    assert text.count(MARK) == 1
    assert all(f"| `{part}` |" in text for part in command.PARTS)


def test_a_size_is_written_as_one():
    row = Row(".venv", {"lab": [482e6], "test": [1024e6]}, {"test": 0.65})
    table = Table("The disk", [row], packages=(), figure=megabytes)
    assert "| .venv | 482 MB | 1024 MB | 0.47 | met: at most 0.65 to test |" in as_markdown(table)


def test_the_parts_are_those_that_the_command_line_names():
    assert tuple(command.PARTS) == PARTS


def test_what_an_environment_takes_on_disk(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a").write_bytes(b"x" * 5)
    (tmp_path / "b").symlink_to(tmp_path / "lib" / "a")
    assert setup.bytes_of(tmp_path) == 5
