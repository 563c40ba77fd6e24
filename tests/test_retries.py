"""A storm of retries: the same requests, all at once or spread."""

import pytest

from helpers.errors import CourseError
from helpers.retries import storm


def test_without_jitter_the_refused_come_back_together_after_1_3_and_7_seconds():
    table = storm(jitter=False)
    came = table[table["sent"] > 0]
    assert list(came.index) == [0, 1, 3, 7]
    assert came["sent"].tolist() == [100, 90, 80, 70]
    assert came["refused"].tolist() == [90, 80, 70, 60]
    assert table["given up"].sum() == 60


def test_with_jitter_they_are_spread_and_more_are_served():
    table = storm(jitter=True)
    assert table["sent"].iloc[1:].max() < 20
    served = table["sent"] - table["refused"]
    assert served.max() == 10
    assert served.sum() + table["given up"].sum() == 100
    assert table["given up"].sum() < 10
    assert storm(jitter=True).equals(table) and not storm(jitter=True, seed=1).equals(table)


def test_a_pause_has_a_longest_length_and_what_is_served_at_once_waits_for_nobody():
    table = storm(2, 1, jitter=False, attempts=20, base=15)
    assert list(table.index[table["sent"] > 0]) == [0, 15]
    table = storm(3, 1, jitter=False, base=15)
    assert list(table.index[table["sent"] > 0]) == [0, 15, 35]
    assert len(storm(3, 3, jitter=False)) == 1


@pytest.mark.parametrize("wrong", [{"clients": 0}, {"served": -1}, {"attempts": 0}, {"slot": 0.0}])
def test_a_number_that_makes_no_sense_is_one_sentence(wrong):
    with pytest.raises(CourseError, match="takes a number above 0"):
        storm(jitter=True, **wrong)
