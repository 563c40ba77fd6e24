"""Token buckets, the ceiling of on demand and a demand served second by second, on cases worked by hand."""

import pytest

from helpers.errors import CourseError
from helpers.throughput import (
    BURST_SECONDS,
    DOUBLING_SECONDS,
    AutoScaling,
    Bucket,
    Ceiling,
    OnDemand,
    a_day,
    partition,
    serve,
    serve_keys,
)


def test_a_bucket_keeps_300_seconds_of_unused_units():
    bucket = Bucket(rate=5)
    assert bucket.level == bucket.most == 5 * BURST_SECONDS == 1500
    assert bucket.holds(1500, 0)
    bucket.take(1500, 0)
    assert not bucket.holds(1, 0.1)
    assert bucket.holds(1, 0.2)
    assert bucket.fill(60) == pytest.approx(300)
    assert bucket.fill(10_000) == 1500


def test_the_guide_s_example_of_burst():
    """150 units idle for 300 s are 45,000, which serve 200 a second for 900 s. [burst-adaptive-capacity]"""
    bucket = Bucket(rate=150)
    served = 0
    for second in range(1, 2000):
        if not bucket.holds(200, second):
            break
        bucket.take(200, second)
        served += 1
    assert 896 <= served <= 900  # the guide lets the last few hundred units flow as well


def test_a_request_dearer_than_a_full_bucket_waits_until_it_is_full_and_leaves_a_debt():
    bucket = Bucket(rate=1, seconds=1)
    assert bucket.holds(10, 0)
    bucket.take(10, 0)
    assert bucket.level == -9
    assert not bucket.holds(1, 9)
    assert bucket.holds(1, 10)


def test_another_rate_keeps_what_has_room():
    bucket = Bucket(rate=10)
    bucket.change(1, 0)
    assert bucket.level == 300
    bucket.change(10, 0)
    assert bucket.level == 300


def test_on_demand_serves_its_first_units_then_twice_its_earlier_peak():
    limit = OnDemand(first=4000)
    assert limit.holds(4000, 0)
    limit.take(4000, 0)
    assert not limit.holds(1, 0.9)
    assert limit.holds(1, 1)
    assert limit.ceiling(DOUBLING_SECONDS - 1) == 4000
    assert limit.ceiling(DOUBLING_SECONDS) == 8000
    limit.take(6000, DOUBLING_SECONDS)
    assert limit.ceiling(2 * DOUBLING_SECONDS) == 12_000
    assert limit.ceiling(9 * DOUBLING_SECONDS) == 12_000  # a peak is not forgotten


@pytest.mark.parametrize("limit", [partition("Write"), partition("Read"), OnDemand(4000), Ceiling(500)])
def test_no_second_serves_more_than_the_limit_wherever_it_begins(limit):
    """Requests of 20.5 units every 5 ms, for more than any of these serves, after a second in which nothing was asked."""
    most, served = limit.room(0), []
    for step in range(200, 1000):
        if limit.holds(20.5, now := step * 0.005):
            limit.take(20.5, now)
            served.append(now)
    for begins in served:
        assert 20.5 * sum(begins <= now < begins + 0.999 for now in served) <= most
    assert 20.5 * len(served) > 3.8 * most  # of four seconds: what a ceiling has, it serves


def test_a_request_dearer_than_a_ceiling_is_served_alone_and_takes_the_seconds_that_it_costs():
    ceiling = Ceiling(10)
    assert ceiling.holds(25, 0)
    ceiling.take(25, 0)
    assert not ceiling.holds(1, 2.4)
    assert ceiling.holds(10, 2.5)


# --- a demand, second by second ------------------------------------------------------------------------------


def test_what_the_capacity_holds_is_served():
    told = serve([5] * 100, Bucket(5))
    assert told.served == told.demand == [5] * 100
    assert sum(told.throttled) == sum(told.lost) == 0
    assert told.provisioned == [5] * 100


def test_a_spike_lives_on_the_bucket_and_then_throttles():
    """1,500 units are kept, 5 come in a second: at 50 a second they last 33 seconds, and 15 of the 34th."""
    told = serve([50] * 40, Bucket(5))
    assert told.served[:33] == [50] * 33
    assert told.kept[32] == 1500 - 50 - 32 * 45
    assert told.served[33] == 1500 - 50 - 32 * 45 + 5 == 15
    assert told.served[34:] == [5] * 6


def test_a_refused_request_comes_again_and_is_given_up_after_four_attempts():
    """One request is served a second; the second comes again a second later and waits no longer than 1 + 2 + 4."""
    told = serve([2] + [0] * 9, Bucket(1, 1))
    assert told.served == [1, 1] + [0] * 8
    assert told.throttled == [1] + [0] * 9
    told = serve([0, 100] + [0] * 9, Bucket(0.001, 1000))
    assert sum(told.served) == 1
    assert sum(told.lost) == 99
    assert sum(told.throttled) == 4 * 99
    assert told.lost[:4] == [0] * 4  # the fourth attempt comes three pauses after the first, at the earliest


def test_no_unit_is_lost_from_sight():
    demand = [second * 7919 % 60 for second in range(3000)] + [0] * 10
    for limit in (Bucket(20), OnDemand(25)):
        told = serve(demand, limit)
        assert sum(told.demand) == sum(told.served) + sum(told.lost)
        assert sum(told.lost) > 0


def test_the_same_seed_tells_the_same():
    demand = [90] * 200

    def lost(seed):
        return serve(demand, Bucket(10, 5), seed=seed).lost

    assert lost(1) == lost(1) != lost(2)


def test_auto_scaling_raises_two_minutes_later_and_some():
    """100 units a second are asked for, 70 % is the target: 143. Two minutes above, then alarm and update, a minute each."""
    told = serve([100] * 400, Bucket(100), scaling=AutoScaling())
    assert told.provisioned == [100] * 240 + [143] * 160


def test_auto_scaling_lowers_fifteen_minutes_later_and_some():
    told = serve([10] * 1200, Bucket(100), scaling=AutoScaling())
    assert told.provisioned == [100] * 1020 + [15] * 180
    told = serve([10] * 1200, Bucket(100), scaling=AutoScaling(lowest=50))
    assert told.provisioned[-1] == 50
    assert (
        serve([51] * 3000, Bucket(100), scaling=AutoScaling()).provisioned[-1] == 100
    )  # less than 20 points below


def test_auto_scaling_keeps_its_bounds_and_misses_a_spike():
    assert serve([100] * 400, Bucket(100), scaling=AutoScaling(highest=120)).provisioned[-1] == 120
    spikes = ([900] + [0] * 59) * 10  # 15 a second on average
    told = serve(spikes, Bucket(30, 10), scaling=AutoScaling())
    assert set(told.provisioned) == {30}
    assert sum(told.throttled) > 0


def test_a_day_has_four_decreases_and_one_more_each_hour():
    """Every 40 minutes the demand rises and falls: each fall would lower, 36 times; a day begins with 4, one more an hour."""
    demand = ([100] * 600 + [5] * 1800) * 36
    told = serve(demand, Bucket(20), scaling=AutoScaling(lowest=5))
    falls = sum(
        later < earlier for earlier, later in zip(told.provisioned, told.provisioned[1:], strict=False)
    )
    assert 24 <= falls <= 27
    told = serve([100] * 600 + [5] * 1800, Bucket(20), scaling=AutoScaling(lowest=5))
    assert told.provisioned[-1] == 8


def test_on_demand_serves_a_doubling_after_half_an_hour():
    told = serve([100] * 60 + [0] * 1740 + [300] * 20, OnDemand(100))
    assert told.served[:60] == [100] * 60
    assert told.served[1800] == 200
    assert told.provisioned[0] == 100


def test_auto_scaling_needs_provisioned_capacity():
    with pytest.raises(CourseError, match="give serve\\(\\) a Bucket"):
        serve([1], OnDemand(10), scaling=AutoScaling())


# --- frames --------------------------------------------------------------------------------------------------


def test_a_minute_of_cloudwatch_hides_a_second():
    """30 units in one second and none in the others: 20 are refused, and the graph shows 1/6 of a unit a second."""
    told = serve([0] * 30 + [30] + [0] * 89, Bucket(10, 1), attempts=1)
    minutes = told.minutes()
    assert list(minutes["consumed"]) == [10, 0]
    assert list(minutes["a second"]) == [0.2, 0.0]
    assert list(minutes["throttled"]) == [20, 0]
    assert list(minutes["provisioned"]) == [10, 10]
    seconds = told.seconds()
    assert len(seconds) == 120
    assert seconds.loc[30, ["demand", "served", "throttled", "lost"]].tolist() == [30, 10, 20, 20]


# --- partitions and keys -------------------------------------------------------------------------------------


def test_one_partition_serves_3000_reads_and_1000_writes_and_keeps_none():
    for kind, most in (("Read", 3000), ("Write", 1000)):
        ceiling = partition(kind)
        assert ceiling.room(999) == ceiling.rate == most
    with pytest.raises(CourseError, match='"Read" or "Write"'):
        partition("both")


def hot(table_units, seconds=120, burst=BURST_SECONDS):
    """A hundred keys of 10 units a second each, and one that wants 4,000."""
    keys = {f"user-{number}": [10] * seconds for number in range(100)}
    return serve_keys(keys | {"hot": [4000] * seconds}, Bucket(table_units, burst))


def test_a_hot_key_throttles_a_table_that_is_used_to_40_per_cent_and_more_units_do_not_cure_it():
    told = hot(5000)
    assert told.served["hot"][-1] == 1000  # alone by now
    assert told.used() == pytest.approx(0.4, abs=0.03)
    assert all(units == [0] * 120 for units in told.by_table.values()), "the table had more"
    frame = told.keys()
    assert frame.loc["hot", "partition full"] > 3000
    for more in (10_000, 40_000):
        told = hot(more)
        assert told.served["hot"][-1] == 1000
        assert sum(told.by_partition["hot"]) >= 120 * 3000


def test_a_neighbour_suffers_until_the_hot_key_is_alone():
    told = hot(5000)
    assert told.alone == {"hot": 60}
    suffered = [key for key, units in told.by_partition.items() if sum(units) and key != "hot"]
    assert suffered
    assert all(sum(told.by_partition[key][60:]) == 0 for key in suffered)
    assert all(min(told.by_partition[key][:60]) > 0 for key in suffered)


def test_spread_over_four_keys_the_same_demand_is_served():
    keys = {f"hot#{number}": [1000] * 300 for number in range(4)}
    told = serve_keys(keys, Bucket(5000))
    assert [told.served[key][-1] for key in keys] == [1000] * 4


def test_a_table_short_of_units_refuses_though_no_partition_is_full():
    told = serve_keys({"a": [60] * 5, "b": [40] * 5}, Bucket(50, 1))
    assert (told.served["a"][-1], told.served["b"][-1]) == (30, 20)
    assert sum(map(sum, told.by_partition.values())) == 0
    assert sum(told.by_table["a"]) == 5 * 30
    assert told.used() == 1


def test_keys_empty_the_bucket_of_their_table():
    told = serve_keys({"a": [100] * 3}, Bucket(50, 2))
    assert told.served["a"] == [100, 50, 50]


def test_adaptive_capacity_gives_a_partition_more_than_its_even_share_at_once():
    """Of ten partitions one is asked for 900 units a second, where 300 would be its share of the table."""
    told = serve_keys({"a": [900] * 3}, Bucket(3000), partitions=10)
    assert told.served["a"] == [900] * 3


def test_no_unit_of_a_key_is_lost_from_sight():
    told = hot(1500, burst=1)
    for key, asked in told.demand.items():
        parts = zip(told.served[key], told.by_partition[key], told.by_table[key], strict=True)
        assert [sum(part) for part in parts] == asked
    assert sum(told.by_table["hot"]) > 0
    assert sum(map(sum, told.served.values())) <= 1500 * 120


def test_keys_of_unequal_length_are_told():
    for demand in ({}, {"a": [1], "b": [1, 2]}):
        with pytest.raises(CourseError, match="equally many seconds"):
            serve_keys(demand, Bucket(5))


# --- a day ---------------------------------------------------------------------------------------------------


def test_a_day_is_the_same_from_one_seed_and_keeps_its_bounds():
    day = a_day(20, 100, noise=0, spikes=[(9.5, 60, 400)])
    assert len(day) == 24 * 3600
    assert (day[14 * 3600], day[2 * 3600]) == (100, 20)
    assert day[34_200] - day[34_199] == 400 == day[34_259] - day[34_260]
    assert a_day(seed=1) == a_day(seed=1) != a_day(seed=2)
    assert 90 <= max(a_day(20, 100)) <= 110
    with pytest.raises(CourseError, match="not from 9 to 3"):
        a_day(9, 3)


def test_a_spike_at_the_end_of_the_day_ends_with_it():
    assert len(a_day(spikes=[(23.999, 60, 5)])) == 24 * 3600
