"""Rows of the roadmap, as short as a test needs them."""

from decimal import Decimal
from typing import Any

from engagements import services
from engagements.models import ImpactWeights, Initiative
from tests.factories import Company


def make_initiative(company: Company, **fields: Any) -> Initiative:
    """Scores 5, 3, 2, 2: 4.2 of 5, high; run inside the company's tenant."""
    defaults: dict[str, Any] = {
        "title": "Self-service onboarding",
        "business_value": 5,
        "resource_demand": 3,
        "timeline": 2,
        "risk": 2,
    }
    return services.initiative_create(actor=company.admin, **(defaults | fields))


def make_weights(company: Company, **fields: Any) -> ImpactWeights:
    """70, 10, 10, 10 from today on."""
    defaults: dict[str, Any] = {
        "effective_on": company.tenant.today,
        "business_value": 70,
        "resource_demand": 10,
        "timeline": 10,
        "risk": 10,
        "high_from": Decimal("3.7"),
        "medium_from": Decimal("2.5"),
        "reason": "Revenue first this year",
    }
    return services.weights_set(actor=company.admin, **(defaults | fields))
