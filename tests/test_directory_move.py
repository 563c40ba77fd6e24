"""Moving the directory from SQL to DynamoDB: everybody once, also after a kill in the middle."""

import os
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from lost_answers import lost_answers
from services import dynalite, new_database
from test_directory import Clock, fill, put_all

from helpers import backends, connect, local_tables
from helpers.directory import DirectoryError, Employee, open_directory, sql_store
from helpers.directory.dynamodb_store import DynamoDBStore
from helpers.directory.move import MoveReport, _renew, compare, move, moved_id
from helpers.offline.server import Server


@pytest.fixture
def source():
    return open_directory("sql", clock=Clock())


@pytest.fixture
def target():
    connect("offline", fresh=True)
    return open_directory("dynamodb", clock=Clock())


def people(source) -> list[Employee]:
    """Five employees of whom each has something another has not; two are alike, one was changed."""
    added = [
        source.add("Wanjirũ Kamau", "Nairobi", "Lead", ["mentor", "first-aid"], "photos/1.jpg"),
        source.add("Wanjirũ Kamau", "Nairobi", "Lead"),
        source.add("'; DROP TABLE employee; --", "", "<b>", ["👩‍🔬"]),
        source.add("مها النجّار", "Lisbon", "Editor"),
    ]
    gone = source.add("Gone", "Lisbon", "x")
    source.remove(gone.id)
    changed = source.add("Ada", "Lisbon", "Analyst", ["speaker"])
    return [*added, source.update(replace(changed, job_title="Countess"))]


def tally(report: MoveReport) -> tuple[int, ...]:
    return report.read, report.written, report.renewed, report.unchanged, report.kept


def in_dynamodb(employees) -> list[Employee]:
    return sorted((replace(one, id=moved_id(one.id)) for one in employees), key=lambda one: one.id)


def stored(target) -> list[Employee]:
    return sorted(target.all(), key=lambda one: one.id)


def test_everything_of_everybody_arrives(source, target):
    everybody = people(source)
    report = move(source, target)
    assert tally(report) == (5, 5, 0, 0, 0) and report.complete
    assert str(report) == (
        "5 employees read: 5 written, 0 renewed, 0 unchanged, 0 kept; 5 compared, all the same"
    )
    assert stored(target) == in_dynamodb(everybody)
    assert list(source.all()) == everybody
    assert [one.version for one in everybody] == [1, 1, 1, 1, 2]


def test_ids_are_the_same_in_every_move_there_will_be():
    assert moved_id("1") == "a8b32cae-4fa8-59c2-8533-061cb7367656"
    assert moved_id("1") != moved_id("11")


def test_moving_again_writes_nothing(source, target, monkeypatch):
    everybody = people(source)
    move(source, target)
    monkeypatch.setattr(target, "put_new", lambda item: pytest.fail(f"wrote {item}"))
    report = move(source, target)
    assert tally(report) == (5, 0, 0, 5, 0) and report.complete
    assert stored(target) == in_dynamodb(everybody)


def test_a_move_is_from_sql_to_dynamodb(source, target):
    for stores in [(source, source), (target, source), (target, target), (source, None)]:
        with pytest.raises(DirectoryError, match="from a SQL store to a DynamoDB store"):
            move(*stores)


def test_an_empty_directory_moves(source, target):
    report = move(source, target)
    assert tally(report) == (0, 0, 0, 0, 0) and report.complete


def test_what_changed_in_sql_since_is_taken_over(source, target):
    first, *_, last = people(source)
    move(source, target)
    target._client.update_item(
        TableName="Employees",
        Key={"employeeId": moved_id(first.id)},
        UpdateExpression="SET desk = :desk",
        ExpressionAttributeValues={":desk": "1001"},
    )
    source.update(replace(first, location="", badges=frozenset(), photo_key=None))
    source.update(source.update(replace(last, full_name="Ada Byron")))
    new = source.add("New", "Kyoto", "x")
    report = move(source, target)
    assert tally(report) == (6, 1, 2, 3, 0) and report.complete
    assert stored(target) == in_dynamodb(source.all())
    assert target.get(moved_id(new.id)).full_name == "New"
    assert target.items([moved_id(first.id)])[moved_id(first.id)]["desk"] == "1001"
    assert tally(move(source, target)) == (6, 0, 0, 6, 0)
    source.update(source.get(first.id))
    assert tally(move(source, target)) == (6, 0, 1, 5, 0)


def test_who_was_removed_in_sql_is_reported_and_stays(source, target):
    everybody = people(source)
    move(source, target)
    source.remove(everybody[1].id)
    report = move(source, target)
    assert tally(report) == (4, 0, 0, 4, 0) and not report.complete
    assert report.comparison.differences == [
        f"employee 2 is in DynamoDB, as {moved_id('2')}, and no longer in SQL"
    ]
    assert "4 compared, 1 different:\n- employee 2 is in DynamoDB" in str(report)
    assert target.count() == 5


def test_what_was_changed_in_dynamodb_is_kept_and_reported(source, target):
    everybody = people(source)
    move(source, target)
    for one in everybody[:2]:
        target.update(replace(target.get(moved_id(one.id)), location="Kyoto"))
    source.update(source.update(replace(everybody[1], location="Athens")))
    report = move(source, target)
    assert tally(report) == (5, 0, 0, 3, 2) and not report.complete
    assert report.comparison.differences == [
        "employee 1 differs between SQL and DynamoDB: location 'Nairobi' and 'Kyoto'; version 1 and 2",
        "employee 2 differs between SQL and DynamoDB: location 'Athens' and 'Kyoto'; version 3 and 2",
    ]
    assert target.get(moved_id("2")).location == "Kyoto"


def test_another_database_does_not_overwrite_the_people_of_the_first(source, target):
    everybody = people(source)
    move(source, target)
    other = open_directory("sql", clock=Clock(everybody[0].created + timedelta(days=1)))
    impostor = other.add("Impostor", "Nowhere", "x")
    other.update(impostor)
    report = move(other, target)
    assert tally(report) == (1, 0, 0, 0, 1) and report.comparison.different == 5
    assert stored(target) == in_dynamodb(everybody)


def test_an_edit_in_dynamodb_between_looking_and_writing_is_not_overwritten(source, target):
    (first, *_) = people(source)
    move(source, target)
    newer = source.update(replace(first, location="Athens"))
    item = target.items([moved_id(first.id)])[moved_id(first.id)]
    edited = target.update(replace(target.get(moved_id(first.id)), location="Kyoto"))
    assert _renew(newer, item, target) == "kept"
    assert target.get(edited.id) == edited


def test_who_was_added_in_dynamodb_is_no_difference(source, target):
    people(source)
    target.add("Only here", "Kyoto", "x")
    report = move(source, target)
    assert report.complete and report.comparison.others == 1
    assert target.count() == 6


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fullName", "wanjirũ kamau"),
        ("location", "Lisbon"),
        ("jobTitle", "Leader"),
        ("badges", {"mentor"}),
        ("photoKey", "photos/2.jpg"),
        ("created", "2026-03-14T09:26:54Z"),
        ("version", 2),
    ],
)
def test_the_comparison_sees_every_field(source, target, field, value):
    people(source)
    move(source, target)
    item = target.items([moved_id("1")])[moved_id("1")]
    put_all(target, [item | {field: value}])
    found = compare(source, target)
    assert found.different == 1 and found.compared == 5
    assert found.differences[0].startswith("employee 1 differs between SQL and DynamoDB: ")
    put_all(target, [item])
    assert compare(source, target).different == 0


def test_the_comparison_sees_who_is_missing_and_who_is_there_twice(source, target):
    people(source)
    move(source, target)
    item = target.items([moved_id("1")])[moved_id("1")]
    put_all(target, [item | {"employeeId": "copy"}])
    target.remove(moved_id("3"))
    assert sorted(compare(source, target).differences) == [
        "employee 1 is in DynamoDB a second time, as copy",
        "employee 3 is not in DynamoDB",
    ]


def test_many_differences_are_counted_and_the_first_told(source, target):
    fill(source, 50)
    found = compare(source, target)
    assert (found.different, len(found.differences)) == (50, 20)
    assert str(found).endswith("- employee 20 is not in DynamoDB\n- and 30 more")


def test_a_store_that_fails_ends_the_move_and_the_next_one_finishes_it(source, target, monkeypatch):
    fill(source, 250)
    write, calls = target.put_new, []

    def fail_at_the_201st(item):
        calls.append(item)
        if len(calls) == 201:
            raise DirectoryError("The network is down.")
        return write(item)

    monkeypatch.setattr(target, "put_new", fail_at_the_201st)
    with pytest.raises(DirectoryError, match="The network is down"):
        move(source, target)
    report = move(source, target)
    assert tally(report) == (250, 50, 0, 200, 0) and report.complete


def test_what_the_service_leaves_unprocessed_is_sent_again(source, target, monkeypatch):
    fill(source, 120)
    move(source, target)
    call, left = target._call, [5]

    def leave_some(operation, **arguments):
        """Do a part of a batch only, as DynamoDB does where the table is throttled."""
        if operation != "batch_get_item" or not left[0]:
            return call(operation, **arguments)
        left[0] -= 1
        keys = arguments["RequestItems"]["Employees"]["Keys"]
        rest = {"Keys": keys[3:], "ConsistentRead": True}
        part = {"Keys": keys[:3], "ConsistentRead": True}
        return call(operation, RequestItems={"Employees": part}) | {"UnprocessedKeys": {"Employees": rest}}

    monkeypatch.setattr(target, "_call", leave_some)
    report = move(source, target)
    assert tally(report) == (120, 0, 0, 120, 0) and report.complete and left == [0]


def test_a_put_whose_answer_was_lost_is_written(source, target):
    everybody = people(source)
    with lost_answers(target._client, "PutItem") as sent:
        report = move(source, target)
    assert len(sent) == 6 and tally(report) == (5, 5, 0, 0, 0) and report.complete
    assert stored(target) == in_dynamodb(everybody)


def test_who_another_move_wrote_and_somebody_changed_there_meanwhile_is_not_written_over(
    source, target, monkeypatch
):
    """This move has looked already and found nobody."""
    (first, *_) = people(source)
    look = target.items

    def look_too_early(ids):
        monkeypatch.setattr(target, "items", look)
        found = look(ids)
        move(source, target)
        target.update(replace(target.get(moved_id(first.id)), location="Kyoto"))
        return found

    monkeypatch.setattr(target, "items", look_too_early)
    report = move(source, target)
    assert tally(report) == (5, 0, 0, 4, 1) and not report.complete
    assert target.get(moved_id(first.id)).location == "Kyoto"


CHANGES = {
    "add": lambda source, one: source.add("Late", "Kyoto", "x"),
    "update": lambda source, one: source.update(replace(one, location="Kyoto")),
    "remove": lambda source, one: source.remove(one.id),
    "move": lambda source, one: (source.remove(one.id), source.add("Late", "Kyoto", "x")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_writer_behind_the_move_is_noticed(source, target, monkeypatch, change):
    """The change comes when all is read, moved and compared: no comparison can see it."""
    one, *_ = people(source)
    compare_ids = source.existing

    def late(ids):
        found = compare_ids(ids)
        CHANGES[change](source, one)
        return found

    monkeypatch.setattr(source, "existing", late)
    report = move(source, target)
    assert report.comparison.different == 0 and report.disturbed and not report.complete
    assert str(report).endswith("\nSomebody wrote to SQL meanwhile: stop all writers, then move again.")
    monkeypatch.undo()
    again = move(source, target)
    assert not again.disturbed
    assert again.complete == (change in ("add", "update"))  # a move deletes nobody
    assert (again.written, again.renewed) == (change in ("add", "move"), change == "update")


@pytest.mark.parametrize("name", ["sqlite", "mariadb"])
def test_each_change_of_sql_changes_its_state(name, request):
    url = new_database(request.getfixturevalue("mariadb_server")) if name == "mariadb" else "sqlite://"
    source = open_directory("sql", url=url, clock=Clock())
    states = [source.state()]
    assert states == [(0, 0, 0)]
    for change in ("add", "add", "update", "add", "move", "remove"):
        CHANGES[change](source, next(source.all(), None))
        states.append(source.state())
    assert len(set(states)) == len(states)
    source.close()


MOVE = """
import sys
from helpers.directory import open_directory
from helpers.directory.move import move
report = move(open_directory("sql", url=sys.argv[1]), open_directory("dynamodb"))
print(report.written, report.unchanged, report.complete)
"""


def test_a_move_that_was_killed_is_finished_by_the_next(tmp_path, monkeypatch):
    total = 3000
    url = f"sqlite:///{tmp_path / 'people.db'}"
    source = open_directory("sql", url=url, clock=Clock())
    fill(source, total)
    everybody = people(source)
    env = {**os.environ, "COURSE_MODE": "local"}
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env[backends.ENDPOINT] = server.url
        command = [sys.executable, "-c", MOVE, url]
        child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        until = time.monotonic() + 60
        while moved(server) < total / 3 and child.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        child.kill()  # SIGKILL
        assert child.communicate()[0] == b""
        there = moved(server)
        assert total / 3 <= there < total, "it was not in the middle"
        output = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
        # What was on its way when the child was killed may have arrived after we counted.
        written, unchanged, complete = output.split()
        assert complete == "True" and int(written) + int(unchanged) == total + 5
        assert there <= int(unchanged) <= there + 1

        monkeypatch.setattr(local_tables, "ledger", lambda: tmp_path / "tables.json")
        monkeypatch.setenv(backends.ENDPOINT, server.url)
        target = DynamoDBStore(connect("local"))
        assert stored(target) == in_dynamodb(source.all())
        assert target.count() == total + 5
        assert [target.get(moved_id(one.id)) for one in everybody] == [
            replace(one, id=moved_id(one.id)) for one in everybody
        ]
        server.shutdown()
    source.close()


def moved(server: Server) -> int:
    table = server.service.tables.get("Employees")
    return len(table.shelf) if table else 0


def test_from_mariadb_to_another_dynamodb(mariadb_server, tmp_path, monkeypatch):
    monkeypatch.setattr(local_tables, "ledger", lambda: tmp_path / "tables.json")
    with dynalite() as endpoint:
        monkeypatch.setenv(backends.ENDPOINT, endpoint)
        monkeypatch.setenv("COURSE_MODE", "local")
        source = open_directory("sql", url=new_database(mariadb_server), clock=Clock())
        fill(source, 250)
        people(source)
        target = open_directory("dynamodb")
        assert tally(move(source, target)) == (255, 255, 0, 0, 0)
        source.update(replace(source.get("7"), badges=frozenset({"late"})))
        report = move(source, target)
        assert tally(report) == (255, 0, 1, 254, 0) and report.complete
        assert stored(target) == in_dynamodb(source.all())
        source.close()


def test_memory_does_not_grow_with_the_number_of_employees(monkeypatch):
    """The target is one that forgets: the offline service would keep all items in the same memory."""

    class Nowhere(DynamoDBStore):
        def __init__(self):
            self.written = 0

        def items(self, ids):
            return dict.fromkeys([], list(ids))

        def put_new(self, item):
            self.written += 1
            return True

        def scan_items(self, *names):
            return ({"employeeId": str(i)} for i in range(self.written))

    def peak(number: int) -> int:
        source = open_directory("sql")
        fill(source, number)
        target = Nowhere()
        tracemalloc.start()
        try:
            report = move(source, target)
            assert target.written == report.comparison.different == number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)  # what is loaded and compiled once
    small, large = peak(500), peak(5000)
    assert large < small + 500_000, f"{small:,} and {large:,} bytes"  # 4,500 employees would take 4 MB


def test_a_progress_bar_is_for_who_is_watching(source, target, monkeypatch, capsys):
    import tqdm

    from helpers import datasets

    fill(source, 3)
    shown = []
    real = tqdm.tqdm
    monkeypatch.setattr(tqdm, "tqdm", lambda **options: shown.append(options) or real(**options))
    for watched, progress in [(True, True), (True, False), (False, True)]:
        monkeypatch.setattr(datasets, "somebody_watches", lambda watched=watched: watched)
        move(source, target, progress=progress)
    assert [bar["disable"] for bar in shown] == [False, False, True, True, True, True]
    assert [bar["total"] for bar in shown] == [3] * 6
    assert capsys.readouterr().err == ""


def test_the_source_is_read_by_id_so_that_a_new_name_hides_nobody(source):
    fill(source, 150)
    seen = []
    for one in source.all():
        if (
            one.id == "100"
        ):  # the last of its batch goes to the end of the alphabet, the next to the beginning
            with source.engine.begin() as connection:
                rename = sa.update(sql_store.EMPLOYEE).where(sql_store.EMPLOYEE.c.id == sa.bindparam("who"))
                connection.execute(rename.values(full_name="Zz"), {"who": 100})
                connection.execute(rename.values(full_name="Aa"), {"who": 101})
        seen.append(int(one.id))
    assert seen == list(range(1, 151))
