"""What of an engagement stands in the company's currency."""

from engagements.models import Terms
from tenants import currencies


@currencies.register
def agreed_terms() -> str:
    """Fees that were agreed."""
    return "the terms of an engagement" if Terms.objects.exists() else ""
