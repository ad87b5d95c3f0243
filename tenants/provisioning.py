"""What a new company starts with: each app adds its own step, run when a tenant is created.

Apps of higher floors register in `AppConfig.ready`; the ground floor knows none of them. Steps run
inside the new tenant's transaction, in the order they were registered: all of them or no company.
"""

from typing import Any, Protocol

from tenants.audit import Actor


class Step(Protocol):
    """A service of an app that makes what a new company needs."""

    def __call__(self, *, actor: Actor) -> Any: ...


_steps: list[Step] = []


def register(step: Step) -> Step:
    """Add a step, once; it must be harmless when repeated. Usable as a decorator."""
    if step not in _steps:
        _steps.append(step)
    return step


def run_steps(actor: Actor) -> None:
    """Run every step in the current tenant."""
    for step in _steps:
        step(actor=actor)
