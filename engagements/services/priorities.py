"""How initiatives are weighed: weights, sessions, and the settings of both."""

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from engagements import notices_roadmap
from engagements import policies_roadmap as policies
from engagements.impact import DIMENSIONS, Rating, ranked
from engagements.models import ImpactWeights, Initiative, Prioritisation, Ranking, RoadmapSettings
from engagements.roadmap import due_again, settings_now, weights_on
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid
from tenants.isolation import current_tenant_id
from tenants.models import Member, Tenant
from tenants.services import validate


@dataclass(frozen=True)
class Proposal:
    """The scores that a session gives an initiative, and why; `seen` are those it started from."""

    scores: Mapping[str, int]
    reason: str = ""
    seen: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Move:
    """An initiative before and after a session."""

    initiative: Initiative
    before: Rating
    after: Rating
    rank_before: int
    rank_after: int


@transaction.atomic
def weights_set(
    *,
    actor: Actor,
    effective_on: dt.date,
    business_value: int,
    resource_demand: int,
    timeline: int,
    risk: int,
    high_from: Decimal,
    medium_from: Decimal,
    reason: str,
) -> ImpactWeights:
    """A new version of the weights from a day on, today or later; earlier ones stay on record.

    Raises Denied, and Invalid unless the weights add up to 100 %, business value counts for
    something, and 1 < medium_from < high_from ≤ 5.
    """
    policies.check_can_weigh(actor=actor)
    weights = check_weights(
        effective_on=effective_on,
        business_value=business_value,
        resource_demand=resource_demand,
        timeline=timeline,
        risk=risk,
        high_from=high_from,
        medium_from=medium_from,
        reason=reason,
    )
    weights.set_by = _member(actor)
    weights.save(force_insert=True)
    fields = ["effective_on", *DIMENSIONS, "high_from", "medium_from", "reason"]
    audit.record(
        actor=actor,
        verb="weights.added",
        target=weights,
        changes={name: getattr(weights, name) for name in fields},
    )
    return weights


def check_weights(**fields: Any) -> ImpactWeights:
    """Weights that keep the rules of `weights_set`, not saved; raises Invalid."""
    weights = ImpactWeights(**fields)
    weights.reason = weights.reason.strip()
    validate(weights)
    errors = {}
    if weights.effective_on < Tenant.objects.get(pk=current_tenant_id()).today:
        errors["effective_on"] = "Weights hold from today or a later day on. Choose one."
    elif weights.effective_on.year > 2100:
        errors["effective_on"] = "Choose a date up to 2100."
    total = sum(getattr(weights, name) for name in DIMENSIONS)
    if total != 100:
        gap = abs(100 - total)
        words = f"Add {gap} %" if total < 100 else f"Take {gap} % away"
        errors["business_value"] = f"The four weights come to {total} %. {words} to make it 100 %."
    elif not weights.business_value:
        errors["business_value"] = "Without business value nothing speaks for an initiative."
    if not 1 < weights.medium_from < 5:
        errors["medium_from"] = "Choose a score above 1 and below 5."
    if weights.high_from > 5:
        errors["high_from"] = "No score is above 5. Choose a lower one."
    elif weights.high_from <= weights.medium_from:
        errors["high_from"] = "High starts above medium. Choose a higher score."
    if errors:
        raise Invalid(errors)
    return weights


@transaction.atomic
def roadmap_settings_set(
    *, actor: Actor, review_every_months: int, short_target_percent: int
) -> RoadmapSettings:
    """How often priorities are reviewed, and the share that is to be short-term.

    The session that is due next keeps its date. Nothing is written when nothing differs. Raises
    Denied, Invalid.
    """
    policies.check_can_weigh(actor=actor)
    _lock_roadmap()
    settings = settings_now()
    before = copy.copy(settings)
    settings.review_every_months = review_every_months
    settings.short_target_percent = short_target_percent
    validate(settings)
    fields = ["review_every_months", "short_target_percent"]
    differences = audit.changed(before, settings, fields)
    if differences:
        settings.save()
        audit.record(
            actor=actor, verb="roadmap_settings.changed", target=settings, changes=differences
        )
    return settings


@transaction.atomic
def prioritisation_record(
    *, actor: Actor, proposals: Mapping[Any, Proposal], note: str = ""
) -> Prioritisation:
    """Hold a session: change scores with a reason each, and keep the ranking before and after.

    `proposals` by initiative id; an open initiative that is left out keeps its scores. Raises
    Denied; Invalid for a change without a reason, for scores that are not 1 to 5, for an
    initiative that is not open, and where somebody changed the scores since they were seen.
    """
    policies.check_can_prioritise(actor=actor)
    _lock_roadmap()
    rows = list(Initiative.objects.still_open().order_by("id").select_for_update(no_key=True))
    _check_proposals(rows, proposals)
    company = Tenant.objects.get(pk=current_tenant_id())
    earlier = Prioritisation.objects.order_by("-held_on", "-id").first()
    moves = preview(rows, proposals, day=company.today)
    if not moves:
        raise Invalid(message="There is no open initiative to weigh.")
    session = Prioritisation(
        held_on=company.today,
        held_by=_member(actor),
        note=note.strip(),
        next_due_on=due_again(company.today, settings_now().review_every_months),
    )
    validate(session)
    session.save(force_insert=True)
    rankings = [_ranking(session, move, proposals.get(move.initiative.pk)) for move in moves]
    Ranking.objects.bulk_create(rankings)
    changed = [row for row in rankings if row.has_changed]
    for row in changed:
        initiative = row.initiative
        for name, score in row.after.items():
            setattr(initiative, name, score)
        initiative.save(update_fields=[*DIMENSIONS, "updated_at"])
        audit.record(
            actor=actor,
            verb="initiative.rescored",
            target=initiative,
            changes={
                **{
                    n: [row.before[n], row.after[n]]
                    for n in DIMENSIONS
                    if row.before[n] != row.after[n]
                },
                "reason": row.reason,
            },
        )
    audit.record(
        actor=actor,
        verb="prioritisation.recorded",
        target=session,
        changes={
            "initiatives": len(rankings),
            "changed": len(changed),
            "next_due_on": session.next_due_on,
        },
    )
    notices_roadmap.remind_of_review(session, earlier, company.zone)
    return session


def preview(
    rows: Sequence[Initiative], proposals: Mapping[Any, Proposal], *, day: dt.date
) -> list[Move]:
    """What the proposals would make of the ranking, under the weights of `day`; saves nothing.

    The new order first; one query.
    """
    weights = weights_on(day)
    before = {
        row.pk: (place + 1, rating) for place, (row, rating) in enumerate(ranked(rows, weights))
    }
    after = [_with_scores(row, proposals.get(row.pk)) for row in rows]
    originals = {row.pk: row for row in rows}
    return [
        Move(
            initiative=originals[row.pk],
            before=before[row.pk][1],
            after=rating,
            rank_before=before[row.pk][0],
            rank_after=place + 1,
        )
        for place, (row, rating) in enumerate(ranked(after, weights))
    ]


def _with_scores(row: Initiative, proposal: Proposal | None) -> Initiative:
    changed = copy.copy(row)
    for name, score in (proposal.scores if proposal else {}).items():
        setattr(changed, name, score)
    return changed


def _ranking(session: Prioritisation, move: Move, proposal: Proposal | None) -> Ranking:
    row = move.initiative
    before = {name: getattr(row, name) for name in DIMENSIONS}
    after = before | dict(proposal.scores if proposal else {})
    return Ranking(
        prioritisation=session,
        initiative=row,
        title=row.title,
        before=before,
        after=after,
        score_before=move.before.score,
        score_after=move.after.score,
        impact_before=move.before.impact,
        impact_after=move.after.impact,
        rank_before=move.rank_before,
        rank_after=move.rank_after,
        reason=proposal.reason.strip() if proposal and before != after else "",
    )


def _check_proposals(rows: Sequence[Initiative], proposals: Mapping[Any, Proposal]) -> None:
    """Raise Invalid, with the initiative's id in the field's name, for each that breaks a rule."""
    known = {row.pk: row for row in rows}
    errors = {}
    for pk, proposal in proposals.items():
        row = known.get(pk)
        if row is None:
            errors[f"scores.{pk}"] = "This is no open initiative of yours."
            continue
        now = {name: getattr(row, name) for name in DIMENSIONS}
        if not all(s in (1, 2, 3, 4, 5) for s in proposal.scores.values()):
            errors[f"scores.{pk}"] = f"{row.title}: scores go from 1 to 5."
        elif proposal.seen is not None and dict(proposal.seen) != now:
            errors[f"scores.{pk}"] = f"{row.title}: its scores changed meanwhile. Look again."
        elif now | dict(proposal.scores) != now and not proposal.reason.strip():
            errors[f"scores.{pk}"] = f"{row.title}: say why its scores change."
        elif len(proposal.reason) > 300:
            errors[f"scores.{pk}"] = f"{row.title}: say it in 300 characters."
    if errors:
        raise Invalid(errors)


def _lock_roadmap() -> None:
    """One session or change of settings of a company at a time, also before its first row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"roadmap {current_tenant_id()}"],
        )


def _member(actor: Actor) -> Member | None:
    return actor if isinstance(actor, Member) else None
