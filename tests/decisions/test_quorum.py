"""When a step is decided: the truth table, and what holds for any votes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.quorum import needed, outcome
from decisions.tiers import Rule

TABLE = """
rule      eligible for against abstained  outcome
any       1        0   0       0          open
any       1        1   0       0          approved
any       1        0   1       0          rejected
any       3        1   0       0          approved
any       3        0   1       0          rejected
all       2        1   0       0          open
all       2        2   0       0          approved
all       2        1   1       0          rejected
majority  1        1   0       0          approved
majority  2        1   0       0          open
majority  2        2   0       0          approved
majority  2        0   1       0          rejected
majority  3        1   0       0          open
majority  3        2   0       0          approved
majority  3        1   1       0          open
majority  3        0   2       0          rejected
majority  3        1   0       1          open
majority  3        0   0       2          rejected
majority  3        1   1       1          rejected
majority  4        2   0       0          open
majority  4        3   0       0          approved
majority  4        2   2       0          rejected
majority  5        3   2       0          approved
majority  5        2   0       3          rejected
majority  0        0   0       0          open
any       0        0   0       0          open
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_truth_table(row: list[str]) -> None:
    rule, *numbers, said = row
    eligible, for_, against, abstained = map(int, numbers)
    found = outcome(rule, eligible=eligible, for_=for_, against=against, abstained=abstained)
    assert found == said


@given(st.sampled_from(list(Rule)), st.lists(st.sampled_from("fanu"), min_size=1, max_size=15))
def test_decided_is_never_undone_by_a_later_word(rule: str, votes: list[str]) -> None:
    """Read one by one (u has not spoken): once decided, no later vote decides otherwise, and when
    everybody spoke a majority step is decided."""
    counts = {"f": 0, "a": 0, "n": 0}
    first = "open"
    for vote in votes:
        if vote != "u" and (rule == "majority" or vote != "n"):
            counts[vote] += 1
        now = outcome(
            rule,
            eligible=len(votes),
            for_=counts["f"],
            against=counts["a"],
            abstained=counts["n"],
        )
        if first == "open":
            first = now
            continue
        if rule == "majority":
            assert now == first
    if rule == "majority" and "u" not in votes:
        assert first == ("approved" if votes.count("f") * 2 > len(votes) else "rejected")
    assert needed(rule, len(votes)) <= len(votes)
