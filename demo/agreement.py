"""How Northwind and Marcus agree: months closed one after the other, a change of terms that waits,
and hours above the agreed ones, approved and asked for. Invented."""

from decimal import Decimal

from dateutil.relativedelta import relativedelta

from demo.people import MARCUS_EMAIL
from demo.seed import BOWLINE, member_at
from engagements import services
from engagements.models import Engagement, OverageApproval, Statement, TermsProposal
from engagements.retainer import first_day
from tenants.notifications.services import silence

ELENA = "elena@northwind.example"


def seed_agreement(engagement: Engagement) -> None:
    """Statements up to the month before last, an open proposal, and both kinds of overage."""
    with silence():
        seed_statements(engagement)
        seed_overage(engagement)
        seed_proposal(engagement)


def seed_statements(engagement: Engagement) -> None:
    """Close every month but the last one: its statement is still open for the client to read."""
    if Statement.objects.filter(engagement=engagement).exists():
        return
    today = engagement.tenant.today
    month = first_day(engagement.starts_on)
    while month < first_day(today) - relativedelta(months=1):
        services.month_close(engagement=engagement, month=month, actor=BOWLINE)
        month += relativedelta(months=1)


def seed_overage(engagement: Engagement) -> None:
    """Four hours approved ahead for this month, and two of last month that Elena is asked for."""
    if OverageApproval.objects.filter(engagement=engagement).exists():
        return
    today = engagement.tenant.today
    services.overage_approve(
        engagement=engagement,
        actor=member_at(ELENA),
        on_month=today,
        minutes=4 * 60,
        amount_cap=Decimal(900),
        note="For the SOC 2 evidence, should it need them",
    )
    if engagement.starts_on < first_day(today):
        services.overage_request(
            engagement=engagement,
            actor=member_at(MARCUS_EMAIL),
            on_month=today - relativedelta(months=1),
            minutes=2 * 60,
            note="The broker’s last night ran longer than planned",
        )


def seed_proposal(engagement: Engagement) -> None:
    """Marcus proposes more hours from the month after next; Elena has not answered."""
    if TermsProposal.objects.filter(engagement=engagement).exists():
        return
    services.proposal_create(
        engagement=engagement,
        actor=member_at(MARCUS_EMAIL),
        effective_on=first_day(engagement.tenant.today) + relativedelta(months=2),
        scope_level="intensive",
        hours_per_month=Decimal(72),
        monthly_fee=Decimal(13_900),
        notice_days=60,
        rollover="capped",
        rollover_cap_minutes=12 * 60,
        rollover_expiry_months=2,
        overage_rate=Decimal(220),
        po_number="NR-2207",
        reason="Telemetry and SOC 2 run side by side from then on. Twelve hours more let me lead "
        "both; at the end of the audit we go back to sixty.",
    )
