"""Which version of the approval tiers holds on a date."""

import datetime as dt

from decisions.models import ApprovalPolicy
from tenants.errors import WrongState


def policy_in_force(day: dt.date) -> ApprovalPolicy:
    """The version in force on `day`; before the first one began, the first.

    Raises WrongState for a company without any, which provisioning never leaves behind.
    """
    found: ApprovalPolicy | None = (
        ApprovalPolicy.objects.in_force_on(day).first()
        or ApprovalPolicy.objects.order_by("effective_on", "version").first()
    )
    if found is None:
        raise WrongState("This company has no approval tiers yet. An admin can set them.")
    return found
