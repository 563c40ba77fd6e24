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
from benchmarks import children, day, ops, services, setup, start, worker
from benchmarks.children import ROOT, Skipped
from benchmarks.results import MARK, History, Row, Table, as_markdown, as_text, megabytes, shown, store
from helpers.commands import PARTS

FILES = sorted(path for path in (ROOT / "benchmarks").iterdir() if path.is_file())


def contenders() -> dict:
    """The services that need nothing but this environment, and one that is not there."""
    here = {name: begin for name, begin in services.services().items() if name != "dynalite"}
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
        "After a rehearsal, at 60 items",
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
        assert table.contenders == ["course", services.CANNED, MOTO]
        assert table.skipped == {"missing": "it is not there."}
        for row in table.rows:
            assert {len(seconds) for seconds in row.seconds.values()} == {1 if row.what == "fill" else 2}
            assert all(0 < second < 60 for seconds in row.seconds.values() for second in seconds)
        bounds = {row.what: row.bounds for row in table.rows}
        assert bounds["put"] == bounds["get"] == {services.CANNED: 1.4, MOTO: 1.2}
    assert tables[2].contenders == ["60 items", "30 items"]
    assert {row.what: row.bounds for row in tables[2].rows}["scan"] == {"30 items": pytest.approx(2.4)}
    assert tables[3].contenders == [services.REHEARSED, "course"]
    assert [row.what for row in tables[3].rows if row.bounds == {"course": 1.1}] == ["put", "get"]


def test_a_slow_contender_is_measured_once(monkeypatch):
    monkeypatch.setattr(ops, "SLOW", 0.0)
    get = ops.measure([10], 3, {"course": contenders()["course"]}, {"get": 2})[0].rows[1]
    assert get.what == "get" and len(get.seconds["course"]) == 1


def test_the_canned_answer_is_what_the_course_would_answer():
    """Both are asked by the worker's own calls, which count what they get; no call goes further than the hook."""
    answers = {}
    for service in ("course", "canned"):
        code = f"""
import json, sys, worker
client = worker.client_of({service!r})
if {service!r} == "canned":
    worker.can(client, 200)
asked = worker.Worker(client, 200)
asked.fill()
assert asked.scan(1) and asked.filter(1) and asked.put(1) and asked.batch_write(1) and asked.transaction(1)
told = [client.get_item(TableName=worker.TABLE, Key=worker.key(100))["Item"]]
condition = {{"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {{":p": worker.key(100)["pk"]}}}}
told += client.query(TableName=worker.TABLE, **condition)["Items"]
told += sorted(client.scan(TableName=worker.TABLE)["Items"], key=lambda one: one["sk"]["S"])
print(json.dumps(told))
"""
        command = [sys.executable, "-c", code]
        env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "benchmarks"), str(ROOT)])}
        answers[service] = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert answers["course"] == answers["canned"] and worker.item(100)["sk"]["S"] in answers["canned"]


def test_a_day_is_simulated_beside_an_hour():
    (table,) = day.measure(1, day=1_200, hour=100)
    assert [row.what for row in table.rows] == ["provisioned", "auto scaling", "on demand"]
    assert table.contenders == ["a day", "an hour"]
    assert all(row.bounds == {"an hour": 25} for row in table.rows)
    assert len(day.wave(day.DAY)) == 86_400 and day.wave(2 * day.HOUR)[day.HOUR :] == day.wave(day.HOUR)


@pytest.mark.parametrize("simulate", day.SIMULATIONS.values(), ids=day.SIMULATIONS)
def test_a_simulated_hour_has_work_for_the_buckets(simulate):
    told = simulate(day.wave(day.HOUR))
    assert sum(told.throttled) or len(set(told.provisioned)) > 1


def test_without_the_course_there_is_nothing_to_compare():
    first = {"course": contenders()["missing"]}
    with pytest.raises(Skipped, match="it is not there"):
        ops.measure([10], 1, first)


def test_a_kernel_answers():
    assert 0 < start.in_kernel() < 60


def test_boto3_alone_answers_in_a_kernel():
    assert 0 < start.in_kernel(start.CANNED) < 60


def test_code_that_fails_in_a_kernel_is_told():
    with pytest.raises(Skipped, match="ZeroDivisionError"):
        start.in_kernel("1 / 0")


def test_set_ups_stand_side_by_side_and_an_earlier_commit_that_is_not_there_is_told(monkeypatch, tmp_path):
    """The set-ups are counted, not made: `start` puts so many bytes into .venv as each would."""
    sizes = {"--version": 60, "test": 100}
    begun = []

    def begin(checkout, caches, *args):
        begun.append((checkout.name, *args))
        (checkout / ".venv").mkdir(exist_ok=True)
        (checkout / ".venv" / "file").write_bytes(
            b"x" * (99 if checkout.name == "earlier" else sizes[args[0]])
        )
        return 1.0

    def earlier(folder):
        (folder / "earlier").mkdir()
        return folder / "earlier"

    monkeypatch.setattr(setup, "start", begin)
    monkeypatch.setattr(setup, "_copy", lambda folder: (folder / "course").mkdir() or folder / "course")
    monkeypatch.setattr(setup, "_earlier", earlier)
    times, disk = setup.measure(1)
    assert times.contenders == disk.contenders == ["lab", setup.BEFORE, "test"]
    assert [row.what for row in times.rows] == ["empty caches", "full caches", "set up before"]
    assert times.rows[0].bounds == {setup.BEFORE: 0.9}
    (row,) = disk.rows
    assert {name: set(found) for name, found in row.seconds.items()} == {
        "lab": {60},
        setup.BEFORE: {99},
        "test": {100},
    }
    assert ("earlier", "--version") in begun and ("earlier", "test", "--version") not in begun
    monkeypatch.setattr(setup, "_earlier", missing)
    times, disk = setup.measure(1)
    assert times.contenders == ["lab", "test"] and times.skipped == {setup.BEFORE: "it is not there."}


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
