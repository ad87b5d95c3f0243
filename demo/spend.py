"""What Northwind buys: budget lines, requests in every state, an emergency, a board vote, and what
two purchases did to a key figure: one looked at, one that is due."""

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from decisions.models import Budget, SpendRequest
from decisions.moment import told_at
from decisions.policy_in_force import policy_in_force
from decisions.services import buying, decide, requests
from decisions.services.budgets import budget_create
from decisions.services.clocks import check_next
from decisions.services.delegations import delegation_create
from decisions.services.rates import rate_record
from decisions.services.tiers import policy_set
from demo.people import MARCUS_EMAIL
from demo.seed import BOWLINE, member_at
from engagements.models import Initiative
from kpis.models import Kpi
from tenants.calendars import calendar_of
from tenants.models import Tenant
from tenants.notifications.services import silence

D = Decimal
ELENA, PRIYA, TOM = "elena@northwind.example", "priya@northwind.example", "tom@northwind.example"
DANIEL, JONAS = "daniel@northwind.example", "jonas@northwind.example"
SOFIA, AISHA = "sofia@northwind.example", "aisha@northwind.example"
TECHNOLOGY, FACILITIES = "Technology", "Facilities"
SERVES = {  # request → initiative
    "Penetration test of the fleet API": "SOC 2 Type II readiness",
    "Fleet telemetry gateway": "Telemetry to the cloud",
    "Assembly cell simulator": "Self-service robot onboarding",
}


@dataclass(frozen=True)
class Told:
    """A request and what happened to it: (working days ago, hour, what, who, further facts).

    The `on` of a planned benefit is how many working days ago it was to be looked at.
    """

    title: str
    who: str
    vendor: str
    kind: str
    line: str
    money: dict[str, Any]
    purpose: str
    criteria: dict[str, tuple[int, str]] = field(default_factory=dict)
    happened: tuple[tuple[int, int, str, str, dict[str, Any]], ...] = ()


STORY = (
    Told(
        "Robotics course for eight engineers", SOFIA, "Allegheny Robotics School", "training",
        TECHNOLOGY,
        {"one_off_amount": D(6400)},
        "Only three people can review a motion planner; releases wait for them.",
        {"roi": (4, "A release waits 4 days less for review."),
         "team_expertise": (5, "Eight engineers at the level that three have now.")},
        (
            (112, 9, "submit", SOFIA, {}),
            (111, 14, "approve", MARCUS_EMAIL, {"reason": "The cheapest seniors we can get."}),
            (110, 10, "order", SOFIA, {"reference": "PO-1029"}),
            (84, 10, "invoice", PRIYA, {"reference": "ARS-518", "amount": D(6400)}),
            (83, 9, "close", PRIYA, {}),
            (83, 10, "benefit", SOFIA,
             {"kpi": "skill_advancement", "on": 12,
              "expected": "Half of our skills at target within six months."}),
            (11, 15, "look", SOFIA,
             {"note": "From a third of the skills at target to over half. Eleven people review "
                      "motion planners now; the next course is for the embedded team."}),
        ),
    ),
    Told(
        "GPU hours for the vision model", AISHA, "Lambda Cloud", "infrastructure", TECHNOLOGY,
        {"one_off_amount": D(7200)},
        "Retrain the pallet detector on this summer’s pictures before the busy season.",
        {"roi": (4, "Two misdetections a week less, 40 minutes of standstill each.")},
        (
            (40, 9, "submit", AISHA, {}),
            (39, 15, "approve", MARCUS_EMAIL, {"reason": "Cheaper than owning the cards."}),
            (38, 11, "order", AISHA, {"reference": "PO-1041"}),
            (24, 10, "invoice", PRIYA, {"reference": "LC-88120", "amount": D(3600)}),
            (9, 10, "invoice", PRIYA, {"reference": "LC-90314", "amount": D(3450)}),
            (8, 10, "close", PRIYA, {}),
            (8, 11, "benefit", AISHA,
             {"kpi": "customer_satisfaction", "on": 2,
              "expected": "Two misdetections a week less, and satisfaction up by 3 points."}),
        ),
    ),
    Told(
        "Penetration test of the fleet API", SOFIA, "Redstart Security", "services", TECHNOLOGY,
        {"one_off_amount": D(14800)},
        "The two largest customers ask for a report that is no older than a year.",
        {"security": (5, "Tests what an attacker reaches first."), "roi": (3, "Keeps 2 renewals.")},
        (
            (33, 9, "submit", SOFIA, {}),
            (32, 10, "approve", MARCUS_EMAIL, {"reason": "Overdue since spring."}),
            (30, 16, "approve", PRIYA, {}),
            (29, 9, "order", SOFIA, {"reference": "PO-1044"}),
            (12, 14, "invoice", PRIYA, {"reference": "2231", "amount": D(7400)}),
        ),
    ),
    Told(
        "Spare controllers for the assembly cells", JONAS, "Beckmann Automation GmbH", "hardware",
        TECHNOLOGY,
        {"one_off_amount": D(16300), "currency": "EUR"},
        "Lead time is 14 weeks; two cells share the last spare.",
        {"risk": (4, "A failed controller stops a cell for a quarter of a year.")},
        (
            (28, 13, "submit", JONAS, {}),
            (27, 9, "approve", MARCUS_EMAIL, {}),
            (26, 12, "approve", PRIYA, {"reason": "At the frozen rate it fits the line."}),
            (25, 9, "order", JONAS, {"reference": "PO-1049"}),
        ),
    ),
    Told(
        "Assembly cell simulator", AISHA, "Simulant", "software", TECHNOLOGY,
        {"recurring_amount": D(54000), "recurring_interval": "year", "term_months": 12,
         "options_amount": D(10000)},
        "Try a new cell layout in software before steel is cut. Three layouts last "
        "year were rebuilt on site.",
        {"roi": (4, "One rebuild on site costs $31,000."),
         "integration": (2, "Our CAD exports need a converter."),
         "maintenance": (4, "Vendor hosted."),
         "security": (4, "No customer data leaves the building."),
         "business_impact": (4, "A new layout in 3 weeks, not 8: we can bid on short orders."),
         "risk": (2, "One vendor; the models export to a common format.")},
        (
            (9, 9, "submit", AISHA, {}),
            (8, 15, "approve", MARCUS_EMAIL, {"reason": "The converter is two weeks of work."}),
            (6, 11, "approve", PRIYA, {"reason": "Fits if the scanner waits."}),
            (4, 17, "vote", DANIEL, {"vote": "for", "reason": "Rebuilds were our worst overrun."}),
        ),
    ),
    Told(
        "Design review tool, 40 seats", SOFIA, "Marklane", "software", TECHNOLOGY,
        {"recurring_amount": D(480)},
        "Reviews by mail lose remarks.",
        {"integration": (3, "Single sign-on is there.")},
        (
            (6, 10, "submit", SOFIA, {}),
            (5, 12, "reject", MARCUS_EMAIL, {"reason": "The whiteboard we pay for does this. Try "
                                                      "it for a month; ask again if not."}),
        ),
    ),
    Told(
        "Second fibre line for the test hall", TOM, "Allegheny Fiber", "infrastructure", FACILITIES,
        {"one_off_amount": D(6300), "recurring_amount": D(250)},
        "The only line was cut by the road works; 11 robots stand still.",
        {"risk": (5, "Another cut is likely until March.")},
        (
            (3, 8, "submit", TOM, {}),
            (3, 9, "bypass", ELENA, {"reason": "Robots stand still, Marcus is in the air."}),
        ),
    ),
    Told(
        "Data labelling, 60,000 pictures", MARCUS_EMAIL, "Tagwell", "services", TECHNOLOGY,
        {"one_off_amount": D(8900)},
        "Labels for the pallet detector, checked twice.",
        {"roi": (4, "Saves six engineer weeks.")},
        ((2, 14, "submit", MARCUS_EMAIL, {}),),
    ),
    Told(
        "Fleet telemetry gateway", JONAS, "Streamgate", "software", TECHNOLOGY,
        {"one_off_amount": D(9000), "recurring_amount": D(29500), "recurring_interval": "year",
         "term_months": 12},
        "Robots at 41 customer sites send data over 7 home-grown scripts. A gateway replaces them "
        "with one supported connection, so a site goes live without an engineer on the road.",
        {"roi": (4, "Pays back in 11 months: saves $42,000 a year."),
         "integration": (3, "3 systems, 4 weeks. The alerting adapter is ours to write."),
         "maintenance": (4, "0.1 engineer, now 0.2. Vendor patches the edge agents."),
         "security": (3, "2 of 3 checks passed. Penetration test still due.")},
        (
            (3, 10, "submit", JONAS, {}),
            (2, 14, "approve", MARCUS_EMAIL,
             {"reason": "Cheaper than building. Go live only after the penetration test."}),
            (1, 11, "comment", PRIYA, {"body": "When does the penetration test report come?"}),
            (1, 16, "comment", JONAS,
             {"body": "Next Friday; go-live is two weeks later, so we can stop before it."}),
        ),
    ),
    Told(
        "Handheld 3D scanner", AISHA, "Metrivue", "hardware", TECHNOLOGY,
        {"one_off_amount": D(12400)},
        "Measure cells at the customer’s instead of by tape.",
    ),
)  # fmt: skip


def seed_spend() -> None:
    """Lines, a rate and the requests of the current company; nothing where there are any."""
    if SpendRequest.objects.exists():
        return
    company = Tenant.objects.get()
    with silence():
        lines = _lines(company)
        rate_record(
            actor=BOWLINE, currency="EUR", on=company.today - dt.timedelta(days=45),
            rate=D("1.0842"), source="European Central Bank",
        )  # fmt: skip
        for told in sorted(STORY, key=_begins, reverse=True):
            _tell(told, company, lines[told.line])
        rate_record(
            actor=BOWLINE, currency="EUR", on=company.today - dt.timedelta(days=2),
            rate=D("1.0911"), source="European Central Bank",
        )  # fmt: skip
        _plan_ahead(company)
        while check_next():  # what the clocks would have said on days long past is no news
            pass


def _served(title: str) -> str | None:
    """The id of the initiative that a request serves, None where the roadmap has none."""
    found = Initiative.objects.filter(title=SERVES.get(title, "")).first()
    return str(found.pk) if found is not None else None


def _plan_ahead(company: Tenant) -> None:
    """Tiers of the next month, and who decides for the CFO over her holidays."""
    month = (company.today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    first, *others = policy_in_force(company.today).rules
    sooner = replace(first, steps=tuple(replace(step, hours=24) for step in first.steps))
    policy_set(
        actor=member_at(TOM),
        rules=(sooner, *others),
        effective_on=month,
        note="Small requests waited longer for a word than for the goods.",
    )
    starts = dt.datetime.combine(month + dt.timedelta(days=20), dt.time(), tzinfo=company.zone)
    delegation_create(
        actor=member_at(PRIYA),
        delegator=member_at(PRIYA),
        delegate=member_at(ELENA),
        starts_at=starts,
        ends_at=starts + dt.timedelta(days=11),
        reason="On holiday.",
    )


def _lines(company: Tenant) -> dict[str, Budget]:
    year = company.today.year
    return {
        name: budget_create(
            actor=member_at(PRIYA),
            name=f"{name} {year}",
            starts_on=dt.date(year, 1, 1),
            ends_on=dt.date(year, 12, 31),
            allocated=D(allocated),
            owner=member_at(owner),
        )
        for name, allocated, owner in (
            (TECHNOLOGY, 180_000, MARCUS_EMAIL),
            (FACILITIES, 40_000, TOM),
        )
    }


def _begins(told: Told) -> int:
    """How many working days ago it began; drafts are new."""
    return told.happened[0][0] if told.happened else 0


def _tell(told: Told, company: Tenant, line: Budget) -> None:
    with told_at(_at(company, _begins(told), 8)):
        request = requests.request_create(
            actor=member_at(told.who),
            title=told.title,
            vendor=told.vendor,
            kind=told.kind,
            purpose=told.purpose,
            criteria={
                n: {"score": score, "note": why} for n, (score, why) in told.criteria.items()
            },
            budget_line=line,
            initiative=_served(told.title),
            **told.money,
        )
    for days, hour, what, who, facts in told.happened:
        at = _at(company, days, hour)
        with told_at(at):
            _do(request, what, who, facts, at.astimezone(company.zone).date())


def _do(request: SpendRequest, what: str, who: str, facts: dict[str, Any], day: dt.date) -> None:
    service: Any = {
        "submit": requests.request_submit,
        "comment": requests.request_comment,
        "approve": decide.request_approve,
        "reject": decide.request_reject,
        "vote": decide.request_vote,
        "bypass": decide.request_bypass,
        "order": buying.request_order,
        "close": buying.request_close,
        "invoice": buying.invoice_record,
        "benefit": buying.benefit_plan,
        "look": buying.benefit_review,
    }[what]
    if what == "benefit":
        facts = {
            "expected": facts["expected"],
            "kpi": Kpi.objects.get(key=facts["kpi"]),
            "review_on": _at(request.tenant, facts["on"], 8).date(),
        }
    more = {"invoiced_on": day} if what == "invoice" else {}
    service(request=request, actor=member_at(who), **facts, **more)


def _at(company: Tenant, days: int, hour: int) -> dt.datetime:
    """So many working days ago, at an hour of the company's clock."""
    day = calendar_of(company).add_working_days(company.today, -days)
    return dt.datetime.combine(day, dt.time(hour, 12), tzinfo=company.zone)
