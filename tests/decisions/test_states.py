"""The states as data: the diagram in the docs is current, and every way through is a real one."""

from django.conf import settings

from decisions.models import SpendRequest
from decisions.states import TRANSITIONS, diagram


def test_diagram_in_the_docs_is_current() -> None:
    text = (settings.BASE_DIR / "docs" / "spend.md").read_text()
    between = text.split("<!-- states: made from decisions/states.py -->\n")[1]
    assert between.split("\n<!-- end of states -->")[0] == diagram()


def test_every_state_is_reached_and_has_its_place() -> None:
    assert set(TRANSITIONS) == {state.value for state in SpendRequest.Status}
    reached = {after for ways in TRANSITIONS.values() for after in ways}
    assert reached == set(TRANSITIONS) - {"draft"}


def test_transitions_are_those_of_the_product() -> None:
    assert {str(a): {str(b) for b in ways} for a, ways in TRANSITIONS.items()} == {
        "draft": {"submitted", "approved", "withdrawn"},
        "submitted": {"approved", "changes_requested", "rejected", "withdrawn", "expired"},
        "changes_requested": {"submitted", "approved", "withdrawn", "expired"},
        "approved": {"ordered", "submitted", "withdrawn"},
        "ordered": {"closed"},
        "closed": set(),
        "rejected": set(),
        "withdrawn": set(),
        "expired": set(),
    }
