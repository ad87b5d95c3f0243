"""The parts that the engagement itself brings."""

from collections.abc import Iterator, Sequence
from typing import Any

from engagements.boundaries import boundaries_in, boundaries_of
from engagements.handover.registry import Check, Content, page, register_part
from engagements.handover.tables import csv_lines, model_csv, when
from engagements.models import (
    Charter,
    CharterAcknowledgement,
    Clause,
    CommunicationTool,
    Engagement,
    Initiative,
    IntegrationActivity,
    Milestone,
    Pause,
    Stakeholder,
    Terms,
    TimeEntry,
    Urgency,
)
from tenants.files.services import files_of
from tenants.files.storage import read_chunks
from tenants.models import ApiKey, Member
from tenants.permissions import ROLE_NAMES, Role

File = tuple[str, Content]
SIGNING_ROLES = (Role.EXECUTIVE, Role.CTO, Role.FINANCE)  # who are to know the charter
TIME_BATCH = 2_000


def register() -> None:
    """The engagement's own parts, from `AppConfig.ready`."""
    own: Sequence[tuple[str, str, Any, Any, int]] = (
        ("engagement", "Engagement and terms", engagement_files, engagement_checks, 3),
        ("charter", "Charter", charter_files, charter_checks, 3),
        ("time", "Time statement", time_files, time_checks, 1),
        ("initiatives", "Initiatives and risks", initiative_files, initiative_checks, 3),
        ("people", "People map and contacts", people_files, people_checks, 2),
        ("plan", "Integration plan", plan_files, plan_checks, 1),
        ("access", "Access list", access_files, access_checks, 2),
        ("documents", "Documents", document_files, document_checks, 1),
    )
    orders = {"engagement": 10, "charter": 20, "plan": 25, "time": 50, "initiatives": 60}
    for place, (name, label, writer, completeness, weight) in enumerate(own):
        order = orders.get(name, 70 + place)
        register_part(
            name, label, writer=writer, completeness=completeness, order=order, weight=weight
        )


# ---- Engagement and terms ----


def engagement_files(engagement: Engagement) -> Iterator[File]:
    yield "engagement/engagement.md", [_engagement_text(engagement)]
    terms = Terms.objects.filter(engagement=engagement).order_by("effective_on", "id")
    if terms.exists():
        yield "engagement/terms.csv", model_csv(terms)
    pauses = Pause.objects.filter(engagement=engagement)
    if pauses.exists():
        yield "engagement/pauses.csv", model_csv(pauses)


def engagement_checks(engagement: Engagement) -> list[Check]:
    edit = page("engagement_update", engagement_id=engagement.pk)
    terms = page("terms_add", engagement_id=engagement.pk)
    return [
        Check(bool(engagement.purpose), "Engagement: no purpose is written down", edit),
        Check(engagement.sponsor_id is not None, "Engagement: no sponsor is named", edit),
        Check(engagement.ends_on is not None, "Engagement: no end date is set", edit),
        Check(
            Terms.objects.filter(engagement=engagement).exists(),
            "Terms: none were agreed",
            terms,
        ),
    ]


def _engagement_text(engagement: Engagement) -> str:
    facts = [
        ("Client", engagement.tenant.name),
        ("CTO", f"{engagement.cto.name}, {engagement.cto.email}"),
        ("Sponsor", engagement.sponsor.name if engagement.sponsor else "none was named"),
        ("From", str(engagement.starts_on)),
        ("To", str(engagement.ends_on or "no end date was set")),
        ("Status", engagement.get_status_display()),
        ("Way of working", engagement.get_model_display() or "not said"),
        ("Time zone of the client", engagement.tenant.time_zone),
    ]
    lines = [f"# {engagement.title}", "", engagement.purpose or "No purpose was written down.", ""]
    return "\n".join(lines + [f"- {name}: {value}" for name, value in facts]) + "\n"


# ---- Charter ----


def charter_files(engagement: Engagement) -> Iterator[File]:
    versions = Charter.objects.filter(engagement=engagement).published().with_channels()
    for charter in versions.order_by("number"):
        yield f"charter/version-{charter.number:02d}.md", [_charter_text(charter)]


def charter_checks(engagement: Engagement) -> list[Check]:
    link = page("charter_detail")
    in_force = boundaries_of(engagement)
    checks = [Check(not in_force.is_default, "Charter: none is in force", link)]
    if in_force.is_default:
        return checks
    acknowledged = CharterAcknowledgement.objects.filter(charter_id=in_force.charter_id)
    signed = {role for row in acknowledged.select_related("member") for role in row.member.roles}
    held = {role for member in _active_members() for role in member.roles}
    checks += [
        Check(
            role.value in signed,
            f"Charter: not acknowledged by {ROLE_NAMES[role] if role == Role.CTO else role.value}",
            link,
        )
        for role in SIGNING_ROLES
        if role.value in held
    ]
    charter = Charter.objects.get(pk=in_force.charter_id)
    due = charter.review_due(engagement.tenant.today)
    return [*checks, Check(not due, "Charter: its review is due", link)]


def _charter_text(charter: Charter) -> str:
    live = boundaries_in(charter)
    zone = charter.engagement.tenant.zone
    lines = [
        f"# Charter, version {charter.number}",
        "",
        f"In force from {charter.effective_on}, to be reviewed on {charter.review_on}. Published "
        f"by {charter.published_by_name or 'nobody named'}, {when(charter.published_at, zone)}.",
        "",
    ]
    for clause in Clause:
        lines += [f"## {clause.label}", "", charter.text_of(clause) or "Nothing was written.", ""]
        if clause == Clause.RESPONSE:
            lines += [f"- {u.label}: {live.response_time(u).words}" for u in Urgency] + [""]
        if clause == Clause.ESCALATION:
            path = [f"{n}. {step.name}" for n, step in enumerate(live.escalation_path, 1)]
            lines += [*path, ""]
        if clause == Clause.CHANNELS:
            lines += [
                f"- Usual: {live.normal_channel or 'none named'}",
                f"- Urgent: {live.urgent_channel or 'none named'}",
                "",
            ]
    rows = CharterAcknowledgement.objects.filter(charter=charter).with_people().order_by("id")
    lines += ["## Acknowledged by", ""]
    names = [f"- {row.member.name}, {when(row.acknowledged_at, zone)}" for row in rows]
    return "\n".join(lines + (names or ["Nobody."])) + "\n"


# ---- Time ----


def time_files(engagement: Engagement) -> Iterator[File]:
    if TimeEntry.objects.filter(engagement=engagement).exists():
        yield (
            "time/time.csv",
            csv_lines(
                ["date", "person", "category", "initiative", "note", "minutes"],
                _time_rows(engagement),
            ),
        )


def time_checks(engagement: Engagement) -> list[Check]:
    logged = TimeEntry.objects.filter(engagement=engagement).exists()
    return [Check(logged, "Time: no hours are logged", page("time_week"))]


def _time_rows(engagement: Engagement) -> Iterator[Sequence[Any]]:
    """Every entry, oldest first, in batches along (date, id)."""
    rows = TimeEntry.objects.filter(engagement=engagement).with_people().order_by("date", "id")
    start = 0
    while batch := list(rows[start : start + TIME_BATCH]):
        for row in batch:
            name = row.initiative_name
            yield (row.date, row.member.name, row.category, name, row.note, row.minutes)
        start += TIME_BATCH


# ---- Initiatives ----


def initiative_files(engagement: Engagement) -> Iterator[File]:
    rows = Initiative.objects.order_by("id")
    if not rows.exists():
        return
    yield "initiatives/initiatives.csv", model_csv(rows)
    milestones = Milestone.objects.order_by("initiative_id", "due_on", "id")
    if milestones.exists():
        yield "initiatives/milestones.csv", model_csv(milestones)
    risky = [row for row in rows.still_open() if row.risk >= 4]
    yield "initiatives/open-risks.md", [_risks_text(risky)]


def initiative_checks(engagement: Engagement) -> list[Check]:
    rows = list(Initiative.objects.still_open())
    link = page("initiative_list")
    undated = sum(not row.due_on for row in rows)
    unowned = sum(row.owner_id is None for row in rows)
    return [
        Check(Initiative.objects.exists(), "Initiatives: the roadmap is empty", link),
        Check(not undated, f"Initiatives: {undated} open without a due date", link),
        Check(not unowned, f"Initiatives: {unowned} open without an owner", link),
    ]


def _risks_text(rows: Sequence[Initiative]) -> str:
    lines = ["# Open initiatives with a high risk", ""]
    lines += [
        f"- {row.title}: risk {row.risk} of 5, {row.get_status_display().lower()}, "
        f"due {row.due_on or 'on no date'}"
        for row in rows
    ]
    return "\n".join(lines if rows else [*lines, "There are none."]) + "\n"


# ---- People ----


def people_files(engagement: Engagement) -> Iterator[File]:
    people = Stakeholder.objects.filter(engagement=engagement).order_by("department", "name", "id")
    if people.exists():
        # support and notes are for CTOs and executives alone, and stay out of a file
        yield "people/people-map.csv", model_csv(people, leave_out=["support", "notes", "member"])
    yield (
        "people/contacts.csv",
        csv_lines(
            ["name", "title", "e-mail", "roles"],
            ((m.name, m.title, m.email, m.role_names) for m in _active_members()),
        ),
    )


def people_checks(engagement: Engagement) -> list[Check]:
    mapped = Stakeholder.objects.filter(engagement=engagement)
    return [Check(mapped.exists(), "People: nobody is on the people map", page("people_map"))]


# ---- Integration plan ----


def plan_files(engagement: Engagement) -> Iterator[File]:
    plan = IntegrationActivity.objects.filter(engagement=engagement).in_order()
    if plan.exists():
        yield "plan/integration-plan.csv", model_csv(plan)


def plan_checks(engagement: Engagement) -> list[Check]:
    plan = IntegrationActivity.objects.filter(engagement=engagement)
    link = page("integration_plan")
    left = plan.filter(status=IntegrationActivity.Status.PLANNED).count()
    words = "activity is" if left == 1 else "activities are"
    return [
        Check(plan.exists(), "Integration plan: it was never started", link),
        Check(not left, f"Integration plan: {left} {words} neither done nor dropped", link),
    ]


# ---- Access ----


def access_files(engagement: Engagement) -> Iterator[File]:
    tools = CommunicationTool.objects.order_by("type", "platform", "id")
    if tools.exists():
        yield "access/tools.csv", model_csv(tools)
    yield (
        "access/members.csv",
        csv_lines(
            ["name", "e-mail", "roles", "since"],
            ((m.name, m.email, m.role_names, m.created_at) for m in _active_members()),
        ),
    )
    keys = ApiKey.objects.select_related("member__user").filter(revoked_at=None).order_by("id")
    if keys.exists():
        yield (
            "access/api-keys.csv",
            csv_lines(
                ["name", "begins with", "acts as", "scopes", "expires", "last used"],
                (
                    (
                        *(k.name, k.prefix, k.member.name if k.member else "a service", k.scopes),
                        *(k.expires_at, k.last_used_at),
                    )
                    for k in keys
                ),
            ),
        )


def access_checks(engagement: Engagement) -> list[Check]:
    tools = page("tool_list")
    in_use = list(CommunicationTool.objects.in_use())
    unlinked = sum(not tool.link for tool in in_use)
    return [
        Check(bool(in_use), "Access: no tool is marked as in use", tools),
        Check(not unlinked, f"Access: {unlinked} tools in use without a link", tools),
    ]


# ---- Documents ----


def document_files(engagement: Engagement) -> Iterator[File]:
    seen: dict[str, int] = {}
    for file in files_of(engagement):
        times = seen[file.name] = seen.get(file.name, 0) + 1
        stem, dot, ending = file.name.rpartition(".")
        name = file.name if times == 1 else f"{stem} ({times}){dot}{ending}"
        yield f"documents/{name}", read_chunks(file)


def document_checks(engagement: Engagement) -> list[Check]:
    return [
        Check(
            bool(files_of(engagement)),
            "Documents: none is attached to the engagement",
            page("handover_detail"),
        )
    ]


def _active_members() -> list[Member]:
    rows = Member.objects.filter(status=Member.Status.ACTIVE).select_related("user")
    return list(rows.order_by("id"))
