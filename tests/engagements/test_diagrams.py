"""The diagrams in the docs are those of the tables."""

from pathlib import Path

import pytest
from django.conf import settings

from engagements.diagrams import life_cycle, with_diagrams
from engagements.models import LIFE_CYCLE, OPEN, PROPOSAL_STEPS, TermsProposal

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "engagement-life-cycle.md"


def test_docs_show_the_tables_as_they_are() -> None:
    """To bring it up to date: DOCUMENT.write_text(with_diagrams(DOCUMENT.read_text()))."""
    text = DOCUMENT.read_text()
    assert text == with_diagrams(text)


def test_diagram_names_every_step() -> None:
    text = life_cycle()
    for step in LIFE_CYCLE:
        assert f"{step.before} --> {step.after}: {step.label}" in text
    with pytest.raises(ValueError, match="engagement"):
        with_diagrams("nothing marked")


def test_every_state_of_a_proposal_has_its_row() -> None:
    assert PROPOSAL_STEPS.keys() == set(TermsProposal.Status)
    assert {status for status, steps in PROPOSAL_STEPS.items() if steps} == OPEN
