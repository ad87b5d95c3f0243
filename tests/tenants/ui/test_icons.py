"""Icons: every name of ours exists in the package, and each is named or hidden."""

from xml.etree import ElementTree

import pytest
from lucide import IconDoesNotExist

from tenants.ui.icons import ALIASES, icon


@pytest.mark.parametrize("name", sorted(ALIASES))
def test_icon_every_alias_draws_shapes(name: str) -> None:
    svg = ElementTree.fromstring(icon(name))  # noqa: S314
    assert len(svg) > 0
    assert svg.get("aria-hidden") == "true"


def test_icon_states_differ_in_shape() -> None:
    assert len({str(icon(s)) for s in ("good", "warn", "bad", "wait", "none", "pause")}) == 6


def test_icon_with_label_is_a_named_image() -> None:
    svg = ElementTree.fromstring(icon("check", "sm", 'Done "now"'))  # noqa: S314
    assert (svg.get("role"), svg.get("aria-label")) == ("img", 'Done "now"')
    assert svg.get("class") == "i sm"
    assert svg.get("aria-hidden") is None


def test_icon_unknown_name_raises() -> None:
    with pytest.raises(IconDoesNotExist):
        icon("no-such-icon")
