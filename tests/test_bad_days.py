"""Exercises that are judged under faults: in every mode, in a hundred runs, and with the student's own rehearsal open."""

import time

import pytest
from botocore.exceptions import ReadTimeoutError

from helpers import backends, connect
from helpers.datasets import table_input
from helpers.exercises import engine, watchdog
from helpers.exercises.box import NotYet, box_for
from helpers.faults import faults
from helpers.offline import rehearsal

ANSWERS = engine.answers(9)
GOOD = {number: [one.solution, *one.right] for number, one in ANSWERS.items()}


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(watchdog, "SECONDS", 120.0)


@pytest.mark.parametrize("number", GOOD)
def test_right_answers_pass_in_a_hundred_runs_with_different_data(number):
    for seed in range(100):
        answer = GOOD[number][seed % len(GOOD[number])]
        assert engine.verdict(number, answer, seed).outcome == engine.RIGHT, (seed, answer.__name__)


@pytest.mark.parametrize("number", GOOD)
def test_a_check_in_a_rehearsal_of_ones_own_is_the_same_and_leaves_it_as_it_was(number):
    connect("offline", fresh=True)
    plain = [str(engine.verdict(number, answer)) for answer, _ in ANSWERS[number].wrong[:6]]
    with faults(lost_answers=2, conflicts=3) as world:
        assert [str(engine.verdict(number, answer)) for answer, _ in ANSWERS[number].wrong[:6]] == plain
        assert (rehearsal.current, world.events, world.now) == (world, [], 0)
        time.sleep(2)
        assert world.now == 2


@pytest.mark.parametrize("number", GOOD)
def test_a_check_is_the_same_where_the_lesson_runs_on_another_dynamodb(number, monkeypatch):
    monkeypatch.setenv(backends.ENDPOINT, "http://127.0.0.1:9")
    assert engine.verdict(number, GOOD[number][0]).outcome == engine.RIGHT


def puts(table, ids):
    for one in ids:
        table.put_item(Item={"employeeId": one})


def test_the_answers_of_chosen_writes_get_lost_and_the_judge_s_own_arrive():
    with box_for(puts, 0) as box:
        table = box.table(table_input("employees"))
        with box.bad_day(lose=[2]) as day:
            table.put_item(Item={"employeeId": "judge"})
            box.attempt(table, "abc")
            table.put_item(Item={"employeeId": "judge"})
        assert day.lost == [2]
        assert [call.request["Item"]["employeeId"]["S"] for call in box.calls] == list("abbc")
        assert 60 < day.now < 61
        assert table.scan()["Count"] == 4


def test_a_reason_begins_with_the_trouble_that_came():
    with box_for(puts, 0) as box:
        table = box.table(table_input("employees"))
        with pytest.raises(NotYet, match="^the answer of your second write was lost, and so$"):
            with box.bad_day(lose=[2]):
                box.attempt(table, "abc")
                raise NotYet("so")
        with pytest.raises(NotYet, match="^so$"), box.bad_day(lose=[9]):
            box.attempt(table, "abc")
            raise NotYet("so")
        with pytest.raises(
            NotYet, match="write was lost, 4 times until boto3 gave up: your function raised"
        ) as told:
            with box.bad_day(lose=range(1, 5)):
                box.attempt(table, "abc")
        assert isinstance(told.value.__cause__, ReadTimeoutError)


def test_afterwards_time_is_what_it_was():
    sleep = time.sleep
    with box_for(puts, 0) as box, pytest.raises(NotYet), box.bad_day():
        raise NotYet("so")
    assert (rehearsal.current, time.sleep) == (None, sleep)
