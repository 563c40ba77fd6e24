"""Contributor Insights: on, off, described and listed."""

import pytest
from asking import Asked, index


@pytest.fixture
def asked():
    return Asked().table(types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])


def insights(asked, action: str, **more) -> dict:
    return asked("UpdateContributorInsights", TableName="ttt", ContributorInsightsAction=action, **more)


def test_a_new_table_has_none(asked):
    told = asked("DescribeContributorInsights", TableName="ttt")
    assert told == {
        "TableName": "ttt",
        "ContributorInsightsStatus": "DISABLED",
        "ContributorInsightsRuleList": [],
    }
    assert asked("ListContributorInsights") == {"ContributorInsightsSummaries": []}


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ({}, ["PKC", "SKC", "PKT", "SKT"]),
        ({"ContributorInsightsMode": "THROTTLED_KEYS"}, ["PKT", "SKT"]),
        ({"IndexName": "by_g"}, ["PKC", "PKT"]),
    ],
)
def test_it_is_enabled_and_disabled(asked, more, rules):
    place = {"TableName": "ttt"} | {name: more[name] for name in more if name == "IndexName"}
    mode = more.get("ContributorInsightsMode", "ACCESSED_AND_THROTTLED_KEYS")
    begun = place | {"ContributorInsightsStatus": "ENABLING", "ContributorInsightsMode": mode}
    assert insights(asked, "ENABLE", **more) == begun
    assert asked("DescribeContributorInsights", **place)["ContributorInsightsStatus"] == "ENABLING"
    told = asked("DescribeContributorInsights", **place)
    assert (told["ContributorInsightsStatus"], told["ContributorInsightsMode"]) == ("ENABLED", mode)
    assert [rule.split("-")[1] for rule in told["ContributorInsightsRuleList"]] == rules
    assert asked("ListContributorInsights", TableName="ttt")["ContributorInsightsSummaries"] == [
        begun | {"ContributorInsightsStatus": "ENABLED"}
    ]
    assert insights(asked, "DISABLE", **more)["ContributorInsightsStatus"] == "DISABLING"
    assert asked("DescribeContributorInsights", **place)["ContributorInsightsRuleList"] == []
    assert asked("DescribeContributorInsights", **place)["ContributorInsightsStatus"] == "DISABLED"


def test_they_are_listed_in_pages(asked):
    insights(asked, "ENABLE")
    insights(asked, "ENABLE", IndexName="by_g")
    first = asked("ListContributorInsights", MaxResults=1)
    assert "IndexName" not in first["ContributorInsightsSummaries"][0]
    second = asked("ListContributorInsights", MaxResults=1, NextToken=first["NextToken"])
    assert second["ContributorInsightsSummaries"][0]["IndexName"] == "by_g"
    assert "NextToken" not in second
    assert asked.refused("ListContributorInsights", NextToken="x") == "ValidationException: Invalid NextToken"


def test_what_is_not_there(asked):
    told = asked.refused("DescribeContributorInsights", TableName="nope")
    assert told == "ResourceNotFoundException: Requested resource not found: Table: nope not found"
    told = asked.refused("DescribeContributorInsights", TableName="ttt", IndexName="nope")
    assert told == "ResourceNotFoundException: Requested resource not found: Index: nope not found"
