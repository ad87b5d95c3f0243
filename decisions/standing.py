"""What of spend stands in the company's currency."""

from decisions.models import ApprovalPolicy, Budget, SpendRequest
from tenants import currencies


@currencies.register
def spend() -> str:
    """Budgets, requests that were sent, tiers that somebody set; not the tiers of a new company."""
    if Budget.objects.exists() or SpendRequest.objects.exclude(home_currency="").exists():
        return "budgets and requests"
    return "the approval tiers" if ApprovalPolicy.objects.count() > 1 else ""
