"""What of an engagement stands in the company's currency."""

from engagements.models import CommunicationTool, Initiative, Saving, Terms, TermsProposal
from tenants import currencies


@currencies.register
def agreed_terms() -> str:
    """Fees that were agreed, or wait for a side."""
    if Terms.objects.exists():
        return "the terms of an engagement"
    return "terms that are proposed" if TermsProposal.objects.open().exists() else ""


@currencies.register
def costs_and_savings() -> str:
    """What people wrote down beside the terms: each row keeps the currency it was given in, so
    sums over rows of two currencies would be wrong."""
    if Initiative.objects.filter(budget_amount__isnull=False).exists():
        return "budgets of initiatives"
    if CommunicationTool.objects.filter(monthly_cost__isnull=False).exists():
        return "costs of communication tools"
    return "savings" if Saving.objects.exists() else ""
