"""How the demo companies grew and what was saved. Invented; dates are relative to the seeding."""

import datetime as dt
from decimal import Decimal

from demo.seed import BOWLINE, member_at
from engagements import services
from engagements.models import Engagement, FullTimeCost, GrowthSignal, Saving
from engagements.scope_dial import last_ended

# title, amount, days ago, evidence, who entered it, who verified it (or nobody)
NORTHWIND_SAVINGS = (
    (
        "Old message broker switched off", 12_900, 20,
        "Hosting invoices before and after: $2,150 a month less for the six months left.",
        "marcus@okafor.example", "priya@northwind.example",
    ),
    (
        "Licences of leavers ended", 8_400, 64,
        "List of 42 seats closed in the identity provider, at $200 each a year.",
        "tom@northwind.example", "priya@northwind.example",
    ),
    (
        "Two contractors not renewed after onboarding became self-service", 96_000, 90,
        "Both contracts ended in writing; their work moved to the product team.",
        "marcus@okafor.example", "elena@northwind.example",
    ),
    (
        "Fewer night call-outs", 14_000, 8,
        "Call-out sheets of this quarter against the last one.",
        "marcus@okafor.example", "",
    ),
)  # fmt: skip
NORTHWIND_SIGNALS = (
    ("revenue_growth", "11.8", "Management accounts of the quarter"),
    ("market_expansion", "1", "First customer in Canada, order book"),
    ("product_launches", "1", "Release notes: self-service onboarding"),
    ("team_size", "12.5", "Payroll: 16 to 18 engineers"),
)
FJORDLYS_SAVINGS = (
    (
        "Nightly file transfers ended", 84_000, 30,
        "Contract with the transfer provider ended in writing, 7 000 kr a month.",
        "mette@fjordlys.example", "lars@fjordlys.example",
    ),
)  # fmt: skip
FJORDLYS_SIGNALS = (
    ("revenue_growth", "3.0", "Quarterly accounts"),
    ("market_expansion", "0", "No new network area"),
    ("stack_changes", "1", "Queue in place of nightly files"),
    ("team_size", "25.0", "Four engineers, now five"),
)


def seed_value(
    engagement: Engagement,
    *,
    signals: tuple[tuple[str, str, str], ...],
    savings: tuple[tuple[str, int, int, str, str, str], ...],
    full_time: tuple[int, str] | None = None,
) -> None:
    """Growth signals of the last whole quarter, savings, and the full-time figure where given."""
    if Saving.objects.exists() or GrowthSignal.objects.exists():
        return
    today = engagement.tenant.today
    for kind, value, source in signals:
        services.signal_enter(
            actor=engagement.cto,
            kind=kind,
            value=Decimal(value),
            source=source,
            quarter=last_ended(today),
        )
    for title, amount, days_ago, evidence, by, verified_by in savings:
        author = member_at(by)
        saving = services.saving_enter(
            engagement=engagement,
            actor=author if author.can("saving.enter") else BOWLINE,
            title=title,
            amount=Decimal(amount),
            saved_on=max(today - dt.timedelta(days=days_ago), engagement.starts_on),
            evidence=evidence,
        )
        if verified_by:
            services.saving_judge(saving=saving, actor=member_at(verified_by), verified=True)
    if full_time and not FullTimeCost.objects.exists():
        amount, source = full_time
        services.full_time_cost_set(actor=BOWLINE, amount=Decimal(amount), source=source)
