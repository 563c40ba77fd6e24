"""Token buckets and the ceiling of on demand, on cases worked by hand."""

import pytest

from helpers.throughput import BURST_SECONDS, DOUBLING_SECONDS, Bucket, OnDemand


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
