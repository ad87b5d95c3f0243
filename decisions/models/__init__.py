"""What is spent and who says yes: one file a noun."""

from decisions.models.budget import Budget, Invoice
from decisions.models.delegation import Delegation
from decisions.models.policy import ApprovalPolicy
from decisions.models.rate import ExchangeRate
from decisions.models.request import SpendRequest
from decisions.models.step import SpendDecision, SpendEvent, SpendStep

__all__ = [
    "ApprovalPolicy",
    "Budget",
    "Delegation",
    "ExchangeRate",
    "Invoice",
    "SpendDecision",
    "SpendEvent",
    "SpendRequest",
    "SpendStep",
]
