"""What of spend stands in the company's currency, and what goes with it to another one."""

from decisions.models import Budget, SpendRequest
from decisions.services.tiers import default_policy_follow, tiers_are_chosen
from tenants import currencies

currencies.follows(default_policy_follow)


@currencies.register
def spend() -> str:
    """Budgets, requests that were sent, tiers that somebody set; not the tiers of a new company."""
    if Budget.objects.exists() or SpendRequest.objects.exclude(home_currency="").exists():
        return "budgets and requests"
    return "the approval tiers" if tiers_are_chosen() else ""
