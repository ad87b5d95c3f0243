"""The scope dial, the cost comparison, savings and ROI: the rules."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagements import policies_value as policies
from engagements import services
from engagements.cost import comparison, fee_lines, less_percent, roi_percent
from engagements.models import Engagement, FullTimeCost, GrowthSignal, Pause, Saving, Terms
from engagements.scope_dial import (
    BOUNDS,
    LEVELS,
    Signal,
    last_ended,
    level_of,
    next_quarter,
    quarter_of,
    suggestion,
)
from tenants.errors import Denied, Invalid, WrongState
from tenants.models import AuditEvent, Member, Tenant
from tenants.permissions import Role
from tenants.policies import allowed
from tests.engagements.builders import D, add_terms, log, make_engagement, unsaved_terms
from tests.engagements.roadmap_builders import make_initiative
from tests.engagements.value_builders import make_saving, make_signals
from tests.factories import Company

TODAY = D(2026, 10, 15)
Q3 = D(2026, 7, 1)


def member(role: str) -> Member:
    return Member(roles=[role], status="active")


# ---- full time against the fee ----


@pytest.mark.parametrize(
    ("fee_a_month", "fee_a_year", "less"), [(3_000, 36_000, "86.0"), (15_000, 180_000, "30.2")]
)
def test_usual_fees_are_this_much_less_than_full_time(
    fee_a_month: int, fee_a_year: int, less: str
) -> None:
    assert fee_a_month * 12 == fee_a_year
    assert str(less_percent(Decimal(fee_a_year), Decimal(257_971))) == less


def test_comparison_uses_the_companys_figure_and_never_converts(inside: Company) -> None:
    engagement = make_engagement(inside)
    add_terms(engagement, inside)
    facts = {"first": D(2026, 9, 1), "last": TODAY, "today": TODAY}
    found = comparison(engagement, **facts)
    assert (found.full_time, found.year_fee) == (Decimal(257_971), Decimal(96_000))
    assert str(found.less_percent) == "62.8"
    services.full_time_cost_set(actor=inside.admin, amount=Decimal(300_000), source="Our offer")
    assert comparison(engagement, **facts).full_time == Decimal(300_000)
    with pytest.raises(Invalid) as refused:
        services.full_time_cost_set(
            actor=inside.admin, amount=Decimal(1), source="x y", currency="NOK"
        )
    assert set(refused.value.errors) == {"currency"}
    Tenant.objects.filter(pk=inside.id).update(currency="NOK")
    engagement.tenant.refresh_from_db()
    elsewhere = comparison(engagement, **facts)
    assert (elsewhere.full_time, elsewhere.less_percent) == (None, None)
    assert FullTimeCost.objects.count() == 1


# ---- fees to the day ----


def versions(*told: tuple[dt.date, int]) -> list[Terms]:
    return [unsaved_terms(day, 40, monthly_fee=Decimal(fee)) for day, fee in told]


@pytest.mark.parametrize(
    ("first", "last", "amounts"),
    [
        (D(2026, 9, 1), D(2026, 9, 30), ["8000.00"]),
        (D(2026, 9, 1), D(2026, 9, 1), ["266.67"]),  # 8,000 ÷ 30
        (D(2026, 9, 30), D(2026, 10, 1), ["524.73"]),  # 8,000 ÷ 30 + 8,000 ÷ 31, rounded once
        (D(2026, 8, 1), D(2026, 8, 31), []),  # before the start
        (D(2026, 11, 1), D(2026, 11, 30), ["4000.00", "6000.00"]),  # from the 16th 12,000
    ],
)
def test_fees_follow_the_terms_to_the_day(
    first: dt.date, last: dt.date, amounts: list[str]
) -> None:
    engagement = Engagement(starts_on=D(2026, 9, 1))
    terms = versions((D(2026, 8, 1), 8_000), (D(2026, 11, 16), 12_000))
    lines = fee_lines(engagement, terms, [], first, last)
    assert [str(line.amount) for line in lines] == amounts


def test_paused_days_and_days_after_the_end_cost_nothing() -> None:
    engagement = Engagement(starts_on=D(2026, 9, 1), ends_on=D(2026, 9, 20))
    pauses = [Pause(starts_on=D(2026, 9, 11), resumes_on=D(2026, 9, 16))]
    (line,) = fee_lines(
        engagement, versions((D(2026, 9, 1), 3_000)), pauses, D(2026, 9, 1), D(2026, 12, 31)
    )
    assert (line.days, str(line.amount)) == (15, "1500.00")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 60),
    st.integers(0, 400),
    st.integers(0, 99_999),
    st.lists(st.integers(0, 90), max_size=2),
)
def test_fees_of_two_parts_add_up_to_the_whole(
    cut: int, length: int, fee: int, paused: list[int]
) -> None:
    start = D(2026, 1, 15)
    engagement = Engagement(starts_on=start)
    terms = [unsaved_terms(start, 10, monthly_fee=Decimal(fee) / 7 // 1)]
    pauses = [
        Pause(starts_on=start + dt.timedelta(days=n), resumes_on=start + dt.timedelta(days=n + 3))
        for n in paused
    ]
    end, middle = (start + dt.timedelta(days=n) for n in (cut + length, cut - 1))

    def fees(first: dt.date, last: dt.date) -> Decimal:
        found = fee_lines(engagement, terms, pauses, first, last)
        return sum((line.amount for line in found), Decimal(0))

    parts = fees(start, middle) + fees(middle + dt.timedelta(days=1), end)
    assert abs(parts - fees(start, end)) <= Decimal("0.01")


# ---- savings and ROI ----


def test_roi_counts_verified_savings_of_the_period_alone(inside: Company) -> None:
    engagement = make_engagement(inside)
    add_terms(engagement, inside)
    counted = make_saving(engagement, inside, amount=Decimal(12_000), saved_on=D(2026, 9, 10))
    early = make_saving(engagement, inside, amount=Decimal(90_000), saved_on=D(2026, 10, 1))
    waiting = make_saving(engagement, inside, amount=Decimal(500), saved_on=D(2026, 9, 11))
    refused = make_saving(engagement, inside, amount=Decimal(700), saved_on=D(2026, 9, 12))
    for saving in (counted, early):
        services.saving_judge(saving=saving, actor=inside.finance, verified=True)
    services.saving_judge(
        saving=refused, actor=inside.executive, verified=False, note="Double counted"
    )
    found = comparison(engagement, first=D(2026, 9, 1), last=D(2026, 9, 30), today=TODAY)
    assert found.fees == Decimal(8_000)
    assert (found.verified_amount, found.waiting_amount) == (Decimal(12_000), Decimal(500))
    assert str(found.roi_percent) == "50.0"
    assert found.waiting == [waiting]


@pytest.mark.parametrize(
    ("savings", "fees", "roi"),
    [(12_000, 8_000, "50.0"), (0, 8_000, "-100.0"), (8_000, 8_000, "0.0"), (1, 0, None)],
)
def test_roi_is_savings_less_fees_over_fees(savings: int, fees: int, roi: str | None) -> None:
    found = roi_percent(Decimal(savings), Decimal(fees))
    assert (str(found) if roi else found) == roi


@pytest.mark.parametrize("state", ["entered", "verified", "rejected"])
@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize("own", [True, False])
def test_truth_table_of_who_judges_a_saving(role: str, state: str, own: bool) -> None:
    actor = member(role)
    saving = Saving(status=state)
    if own:
        saving.entered_by_id = actor.pk
    judges = role in ("executive", "finance") and not own
    for verified in (True, False):
        may = judges and (state == "entered" or (state == "verified" and not verified))
        found = allowed(
            policies.check_can_judge_saving, actor=actor, saving=saving, verified=verified
        )
        assert found == may
    enters = role in ("admin", "executive", "cto", "finance")
    assert allowed(policies.check_can_enter_saving, actor=actor) == enters
    assert allowed(policies.check_can_enter_signal, actor=actor) == enters
    manages = role in ("admin", "executive")
    assert allowed(policies.check_can_dismiss_scope, actor=actor) == manages
    assert allowed(policies.check_can_set_full_time_cost, actor=actor) == manages


def test_saving_is_judged_by_another_once_with_a_reason_to_refuse(inside: Company) -> None:
    engagement = make_engagement(inside)
    saving = make_saving(engagement, inside, actor=inside.finance)
    with pytest.raises(Denied, match="You entered it"):
        services.saving_judge(saving=saving, actor=inside.finance, verified=True)
    with pytest.raises(Invalid, match="Say why"):
        services.saving_judge(saving=saving, actor=inside.executive, verified=False, note=" ")
    services.saving_judge(saving=saving, actor=inside.executive, verified=True)
    with pytest.raises(WrongState):
        services.saving_judge(saving=saving, actor=inside.executive, verified=True)
    services.saving_judge(
        saving=saving, actor=inside.executive, verified=False, note="The invoice was wrong"
    )
    with pytest.raises(WrongState, match="Enter it anew"):
        services.saving_judge(saving=saving, actor=inside.executive, verified=True)
    verbs = AuditEvent.objects.filter(verb__startswith="saving.").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "saving.added",
        "saving.verified",
        "saving.refused",
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"saved_on": D(2026, 10, 16)}, "saved_on"),
        ({"saved_on": D(2026, 8, 31)}, "saved_on"),
        ({"evidence": "Trust me"}, "evidence"),
        ({"currency": "EUR"}, "currency"),
        ({"title": "x"}, "title"),
    ],
)
def test_saving_that_breaks_a_rule_names_the_field(
    inside: Company, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_saving(make_engagement(inside), inside, **fields)
    assert set(refused.value.errors) == {wrong}


# ---- the dial ----


@pytest.mark.parametrize(
    ("points", "known", "level"),
    [
        (8, 3, None),
        (2, 4, "oversight"),
        (3, 4, "moderate"),  # 3 × 3 is not below 2 × 4
        (5, 4, "moderate"),
        (6, 4, "intensive"),
        (4, 6, "moderate"),
        (8, 6, "intensive"),
        (0, 7, "oversight"),
        (14, 7, "intensive"),
    ],
)
def test_level_follows_from_the_mean_of_known_points(
    points: int, known: int, level: str | None
) -> None:
    assert level_of(points, known) == level


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(4, 7), st.data())
def test_one_more_point_never_suggests_less(known: int, data: st.DataObject) -> None:
    points = data.draw(st.integers(0, 2 * known - 1))
    first, second = (LEVELS.index(level_of(p, known) or "") for p in (points, points + 1))
    assert second >= first


@pytest.mark.parametrize("kind", list(BOUNDS))
def test_points_begin_at_the_bounds(kind: str) -> None:
    low, high = BOUNDS[kind]
    step = Decimal("0.1")
    values = [low - step, low, high - step, high]
    assert [Signal(kind, value, "").points for value in values] == [0, 1, 1, 2]
    assert Signal(kind, None, "").points is None


@pytest.mark.parametrize(
    ("day", "quarter", "following", "ended"),
    [
        (D(2026, 1, 1), D(2026, 1, 1), D(2026, 4, 1), D(2025, 10, 1)),
        (D(2026, 3, 31), D(2026, 1, 1), D(2026, 4, 1), D(2025, 10, 1)),
        (D(2026, 10, 15), D(2026, 10, 1), D(2027, 1, 1), D(2026, 7, 1)),
        (D(2028, 2, 29), D(2028, 1, 1), D(2028, 4, 1), D(2027, 10, 1)),
    ],
)
def test_quarters(day: dt.date, quarter: dt.date, following: dt.date, ended: dt.date) -> None:
    assert (quarter_of(day), next_quarter(quarter_of(day)), last_ended(day)) == (
        quarter,
        following,
        ended,
    )


@pytest.fixture
def growing(inside: Company) -> Engagement:
    """40 hours for 8,000 since September, 45 of them used; a fast quarter."""
    engagement = make_engagement(inside)
    add_terms(engagement, inside)
    for day in range(1, 6):
        log(engagement, inside, D(2026, 9, day), 540)
    make_signals(
        inside, Q3, revenue_growth=18, market_expansion=1, product_launches=2, team_size=30
    )
    return engagement


def test_dial_says_its_reasons_what_is_missing_and_an_estimate(
    inside: Company, growing: Engagement
) -> None:
    found = suggestion(growing, Q3, today=TODAY)
    values = {s.kind: (s.value, s.points) for s in found.signals}
    assert values["burn"] == (Decimal("112.5"), 2)
    assert values["stack_changes"] == (None, None)
    assert values["initiatives"] == (None, None)
    assert [s.kind for s in found.missing] == ["stack_changes", "initiatives"]
    assert (found.points, len(found.known), found.level) == (9, 5, "intensive")
    assert "revenue growth (18%)" in found.reason
    assert found.cost is not None
    assert (found.cost.hours_more, found.cost.fee_more) == (Decimal(20), Decimal("4000.00"))
    assert found.cost.hours_from == "the usual hours of this level"
    assert found.is_change


def test_dial_below_four_known_signals_suggests_nothing(inside: Company) -> None:
    engagement = make_engagement(inside)
    make_signals(inside, Q3, revenue_growth=40)
    found = suggestion(engagement, Q3, today=TODAY)
    assert (found.level, found.cost, found.is_change) == (None, None, False)
    assert "1 of 7 signals are known; it takes 4." in found.reason


def test_last_entry_of_a_quarter_counts_and_initiatives_of_high_impact_too(
    inside: Company, growing: Engagement
) -> None:
    make_signals(inside, D(2026, 9, 30), revenue_growth=-4)
    make_initiative(inside)
    make_initiative(inside, title="Minor", business_value=1, risk=5)
    found = suggestion(growing, Q3, today=TODAY)
    values = {s.kind: (s.value, s.points) for s in found.signals}
    assert values["revenue_growth"] == (Decimal("-4.0"), 0)
    assert values["initiatives"] == (Decimal(1), 0)
    assert GrowthSignal.objects.filter(kind="revenue_growth").count() == 2


def test_dismissal_holds_for_its_quarter_and_the_next_asks_again(
    inside: Company, growing: Engagement
) -> None:
    facts = {"engagement": growing, "actor": inside.executive}
    with pytest.raises(Invalid):
        services.scope_dismiss(**facts, quarter=Q3, reason=" ")
    first = services.scope_dismiss(**facts, quarter=Q3, reason="Budget is fixed until spring")
    again = services.scope_dismiss(**facts, quarter=Q3, reason="Budget is fixed until spring")
    assert first == again
    with pytest.raises(WrongState):
        services.scope_dismiss(**facts, quarter=Q3, reason="Another reason")
    assert suggestion(growing, Q3, today=TODAY).dismissal == first
    assert suggestion(growing, D(2026, 10, 1), today=TODAY).dismissal is None
    with pytest.raises(WrongState, match="no change"):
        services.scope_dismiss(**facts, quarter=D(2026, 10, 1), reason="Nothing known")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"quarter": D(2027, 1, 1)}, "quarter"),
        ({"kind": "product_launches", "value": Decimal("1.5")}, "value"),
        ({"kind": "stack_changes", "value": Decimal(-1)}, "value"),
        ({"value": Decimal(1001)}, "value"),
        ({"source": " "}, "source"),
        ({"kind": "weather"}, "kind"),
    ],
)
def test_signal_that_breaks_a_rule_names_the_field(
    inside: Company, fields: dict[str, Any], wrong: str
) -> None:
    facts: dict[str, Any] = {
        "kind": "revenue_growth",
        "value": Decimal(3),
        "source": "Board report",
        "quarter": Q3,
    }
    with pytest.raises(Invalid) as refused:
        services.signal_enter(actor=inside.cto, **(facts | fields))
    assert set(refused.value.errors) == {wrong}
