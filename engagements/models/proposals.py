"""New terms that one side proposes and the other accepts."""

from typing import Any, ClassVar

from django.db import models

from engagements.models.engagement import Engagement
from engagements.models.terms import AgreedTerms, Terms
from engagements.querysets import ProposalManager
from tenants.isolation.models import TenantForeignKey
from tenants.models import Member


class Side(models.TextChoices):
    """The two who agree on terms."""

    CTO = "cto", "CTO"
    CLIENT = "client", "Client"


class TermsProposal(AgreedTerms):
    """Terms from a date that hold once both sides accepted them, and not before.

    Who proposes for a side has accepted for it. `accepted_by_*` and `accepted_by_*_at` are set
    together; `terms` is the version that came of it.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACCEPTED_BY_CTO = "accepted_by_cto", "Accepted by the CTO"
        ACCEPTED_BY_CLIENT = "accepted_by_client", "Accepted by the client"
        IN_FORCE = "in_force", "In force"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=18, choices=Status.choices, default=Status.PROPOSED)
    side = models.CharField(max_length=6, choices=Side.choices, blank=True)
    proposed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=1000, blank=True)
    accepted_by_cto = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepted_by_cto_at = models.DateTimeField(null=True, blank=True)
    accepted_by_client = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepted_by_client_at = models.DateTimeField(null=True, blank=True)
    closed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.CharField(max_length=1000, blank=True)
    terms = TenantForeignKey(
        Terms, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = ProposalManager()

    class Meta(AgreedTerms.Meta):
        abstract = False
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement"],
                condition=models.Q(
                    status__in=["proposed", "accepted_by_cto", "accepted_by_client"]
                ),
                name="proposal_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by_cto__isnull=True, accepted_by_cto_at__isnull=True)
                | models.Q(accepted_by_cto__isnull=False, accepted_by_cto_at__isnull=False),
                name="proposal_cto_by_and_at",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    accepted_by_client__isnull=True, accepted_by_client_at__isnull=True
                )
                | models.Q(accepted_by_client__isnull=False, accepted_by_client_at__isnull=False),
                name="proposal_client_by_and_at",
            ),
            models.CheckConstraint(
                condition=models.Q(status="in_force", terms__isnull=False)
                & models.Q(accepted_by_cto__isnull=False, accepted_by_client__isnull=False)
                | ~models.Q(status="in_force") & models.Q(terms__isnull=True),
                name="proposal_in_force_by_both",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by_cto__isnull=True)
                | models.Q(accepted_by_client__isnull=True)
                | ~models.Q(accepted_by_cto=models.F("accepted_by_client")),
                name="proposal_by_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "id"], name="proposal_by_engagement"),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_level_display()} proposed from {self.effective_on:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted, declined or withdrawn, its date aside."""
        return self.status in OPEN

    def accepted_by(self, side: str) -> Member | None:
        """Who accepted for this side."""
        found: Member | None = self.accepted_by_cto if side == Side.CTO else self.accepted_by_client
        return found


_P = TermsProposal.Status
OPEN = frozenset({_P.PROPOSED, _P.ACCEPTED_BY_CTO, _P.ACCEPTED_BY_CLIENT})
# status → {what happens: the status it leads to}
PROPOSAL_STEPS: dict[str, dict[str, str]] = {
    _P.PROPOSED: {
        "the CTO accepts": _P.ACCEPTED_BY_CTO,
        "the client accepts": _P.ACCEPTED_BY_CLIENT,
        "the other side declines": _P.DECLINED,
        "it is withdrawn": _P.WITHDRAWN,
        "its date passes": _P.EXPIRED,
    },
    _P.ACCEPTED_BY_CTO: {
        "the client accepts": _P.IN_FORCE,
        "the client declines": _P.DECLINED,
        "it is withdrawn": _P.WITHDRAWN,
        "its date passes": _P.EXPIRED,
    },
    _P.ACCEPTED_BY_CLIENT: {
        "the CTO accepts": _P.IN_FORCE,
        "the CTO declines": _P.DECLINED,
        "it is withdrawn": _P.WITHDRAWN,
        "its date passes": _P.EXPIRED,
    },
    _P.IN_FORCE: {},
    _P.DECLINED: {},
    _P.WITHDRAWN: {},
    _P.EXPIRED: {},
}
