"""The guided set-up of a new company: steps that apps register, and what each company has done.

Whether a step is done is read from the rows themselves, never from a tick. A company can say that
it does not need one (a `SetupMark`), and take that back. Apps register in `AppConfig.ready`:

    setup.register(SetupStep(key="tiers", title="Check the approval tiers", order=60, …,
        done_sql="select exists (select from decisions_approvalpolicy where tenant_id = %(tenant)s "
                 "and created_by_id is not null)"))
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tenants import audit
from tenants.audit import Actor
from tenants.errors import NotFound
from tenants.isolation import current_tenant_id
from tenants.models import Member, SetupMark, Tenant
from tenants.permissions import holders_of
from tenants.policies import check, check_can_manage_tenant


@dataclass(frozen=True, kw_only=True)
class SetupStep:
    """One step: what to do, why, where, and how to tell that it is done.

    `done_sql` answers one boolean for `%(tenant)s`, cheaply: an `exists` over an index.
    `permission` is the right that its action needs; `url_name` is reversed with the slug, and a
    step whose page does not exist is left out; `look` is the page that shows what was done, where
    that is another one. `essential` steps are what a dashboard needs to show anything at all.
    `part` names a template that offers the step in place; `keep` is the word for leaving things as
    they are, where that is an answer too.
    """

    key: str
    title: str
    hint: str
    why: str
    minutes: int
    order: int
    url_name: str
    action: str
    permission: str
    done_sql: str
    essential: bool = False
    look: str = ""
    keep: str = ""
    part: str = ""

    @property
    def who(self) -> str:
        """The roles that can do it, in words."""
        return holders_of(self.permission)


@dataclass(frozen=True)
class StepState:
    """A step in one company, for one reader."""

    step: SetupStep
    href: str
    done: bool
    skipped: bool
    may: bool

    @property
    def settled(self) -> bool:
        return self.done or self.skipped


@dataclass(frozen=True)
class Setup:
    """How far a company is."""

    steps: list[StepState]
    dismissed: bool

    @property
    def settled(self) -> int:
        return sum(state.settled for state in self.steps)

    @property
    def percent(self) -> float:
        return round(100 * self.settled / len(self.steps), 1) if self.steps else 100.0

    @property
    def finished(self) -> bool:
        return all(state.settled for state in self.steps)

    @property
    def shows_nothing_yet(self) -> bool:
        """Whether a dashboard would be empty: an essential step is open."""
        return any(state.step.essential and not state.settled for state in self.steps)

    @property
    def following(self) -> StepState | None:
        """The first open step that the reader can do, else the first open one."""
        waiting = [state for state in self.steps if not state.settled]
        return next((state for state in waiting if state.may), next(iter(waiting), None))

    @property
    def minutes_left(self) -> int:
        return sum(state.step.minutes for state in self.steps if not state.settled)


STEPS: list[SetupStep] = []


def register(*steps: SetupStep) -> None:
    """Add steps; a known key is replaced."""
    keys = {step.key for step in steps}
    STEPS[:] = sorted([s for s in STEPS if s.key not in keys] + list(steps), key=lambda s: s.order)


def setup_of(*, tenant: Tenant, actor: Actor) -> Setup:
    """How far the current tenant is, as `actor` may act; one query."""
    found = [(step, href) for step in STEPS if (href := _address(step.url_name, tenant.slug))]
    if not found:
        return Setup([], dismissed=True)
    asked = ", ".join(f"({step.done_sql})" for step, _ in found)
    sql = f"select {asked}, array(select step from tenants_setupmark where tenant_id = %(tenant)s)"  # noqa: S608  the steps' own texts
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant_id()})
        *done, skipped = cursor.fetchone()
    return Setup(
        [
            StepState(
                step=step,
                href=_address(step.look, tenant.slug) or href if is_done else href,
                done=bool(is_done),
                skipped=step.key in skipped and not is_done,
                may=actor.can(step.permission),
            )
            for (step, href), is_done in zip(found, done, strict=True)
        ],
        dismissed=tenant.setup_dismissed_at is not None,
    )


@transaction.atomic
def step_skip(*, tenant: Tenant, actor: Actor, key: str) -> None:
    """The company does not need this step; harmless when repeated.

    Raises Denied for those who could not do the step and do not manage the company, NotFound.
    """
    step = _allowed(tenant, actor, key)
    member = actor if isinstance(actor, Member) else None
    _, is_new = SetupMark.objects.get_or_create(step=step.key, defaults={"member": member})
    if is_new:
        _record(actor, tenant, "setup.step_skipped", step)


@transaction.atomic
def step_resume(*, tenant: Tenant, actor: Actor, key: str) -> None:
    """The company needs this step after all; harmless when repeated. Raises Denied, NotFound."""
    step = _allowed(tenant, actor, key)
    gone, _ = SetupMark.objects.filter(step=step.key).delete()
    if gone:
        _record(actor, tenant, "setup.step_resumed", step)


@transaction.atomic
def setup_dismiss(*, tenant: Tenant, actor: Actor) -> None:
    """Leave the list for later: the dashboard shows itself. Raises Denied."""
    _dismiss(tenant, actor, dismissed=True)


@transaction.atomic
def setup_resume(*, tenant: Tenant, actor: Actor) -> None:
    """Show the list again. Raises Denied."""
    _dismiss(tenant, actor, dismissed=False)


def _dismiss(tenant: Tenant, actor: Actor, *, dismissed: bool) -> None:
    check_can_manage_tenant(actor=actor, tenant=tenant)
    held = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if (held.setup_dismissed_at is not None) == dismissed:
        return
    held.setup_dismissed_at = timezone.now() if dismissed else None
    held.save(update_fields=["setup_dismissed_at"])
    verb = "setup.dismissed" if dismissed else "setup.resumed"
    audit.record(actor=actor, verb=verb, target=held)


def _allowed(tenant: Tenant, actor: Actor, key: str) -> SetupStep:
    step = next((step for step in STEPS if step.key == key), None)
    if step is None:
        raise NotFound
    if not actor.can("tenant.manage"):
        check(actor, step.permission)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    return step


def _record(actor: Actor, tenant: Tenant, verb: str, step: SetupStep) -> None:
    audit.record(actor=actor, verb=verb, target=tenant, changes={"step": step.title})


def _address(url_name: str, slug: str) -> str:
    try:
        return reverse(url_name, kwargs={"slug": slug})
    except NoReverseMatch:
        return ""
