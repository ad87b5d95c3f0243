"""Reading letters: the list of weeks, one letter, and what the client answers."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from engagements.figures import current_engagement
from engagements.models import Engagement
from reviews import policies, services, weeks
from reviews.figures import NextUpdate, is_owed, next_update
from reviews.forms import TEXTS, AmendForm, CommentForm
from reviews.letter import letter_of
from reviews.models import Ask, Blocker, WeeklyUpdate
from reviews.views.rows import address, get_update
from tenants.errors import Invalid, NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed

WEEKS_A_PAGE = 26


@dataclass(frozen=True, kw_only=True)
class WeekRow:
    """One week of the list, with its letter or without."""

    week_start: dt.date
    due_at: dt.datetime
    update: WeeklyUpdate | None

    @property
    def week_number(self) -> int:
        return weeks.week_number(self.week_start)

    @property
    def week_end(self) -> dt.date:
        return self.week_start + dt.timedelta(days=6)


@tenant_page("update.view")
def update_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Weeks, newest first, with what became of each; those without a letter say so."""
    engagement = current_engagement()
    due = next_update(engagement) if engagement else None
    before = parse_before(request)
    rows = _week_rows(request, engagement, before)
    context = {
        "engagement": engagement,
        "due": due,
        "may_write": engagement is not None
        and allowed(policies.check_can_start_update, actor=request.member, engagement=engagement),
        "sees_hours": request.member.can("time.view"),
        "rows": rows[:WEEKS_A_PAGE],
        "older": rows[WEEKS_A_PAGE - 1].week_start if len(rows) > WEEKS_A_PAGE else None,
        "is_first_page": before is None,
        "this_week": _this_week(request, due),
    }
    return render(request, "reviews/update_list.html", context)


@tenant_page("update.view")
def update_detail(request: TenantRequest, slug: str, week_start: dt.date) -> HttpResponse:
    """The letter as the client reads it, with its thread and amendments."""
    return _letter_page(request, get_update(request, week_start))


@require_POST
@tenant_page("update.view", write="update.acknowledge")
def update_acknowledge(request: TenantRequest, slug: str, week_start: dt.date) -> HttpResponse:
    """The client has read it."""
    update = get_update(request, week_start)
    services.update_acknowledge(update=update, actor=request.member)
    messages.success(request, f"Acknowledged. {update.author.name} sees it on the letter.")
    return redirect_after_post(request, address("update_detail", request, week_start))


@require_POST
@tenant_page("update.view", write="update.comment")
def update_comment(request: TenantRequest, slug: str, week_start: dt.date) -> HttpResponse:
    """Add to the thread."""
    update = get_update(request, week_start)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _letter_page(request, update, form=form, status=422)
    body = form.cleaned_data["body"]
    comment = services.update_comment(update=update, actor=request.member, body=body)
    url = address("update_detail", request, week_start)
    return redirect_after_post(request, f"{url}#comment-{comment.pk}")


@tenant_page("update.write")
def update_amend(request: TenantRequest, slug: str, week_start: dt.date) -> HttpResponse:
    """Change texts of an acknowledged letter, with a reason."""
    update = get_update(request, week_start)
    policies.check_can_amend_update(actor=request.member, update=update)
    form = AmendForm(request.POST or None, initial={name: getattr(update, name) for name in TEXTS})
    if request.method == "POST" and form.is_valid():
        texts = dict(form.cleaned_data)
        reason = texts.pop("reason")
        amendment = form.send(
            services.update_amend, update=update, actor=request.member, texts=texts, reason=reason
        )
        if amendment is not None:
            messages.success(request, "Amended. The text before stays beside the letter.")
            return redirect_after_post(request, address("update_detail", request, week_start))
    context = {"update": update, "form": form}
    return render(
        request, "reviews/update_amend.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@tenant_page("update.view", write="update.comment")
def item_close(
    request: TenantRequest, slug: str, week_start: dt.date, item_id: UUID
) -> HttpResponse:
    """Mark a blocker of the letter as cleared, or an ask as done."""
    update = get_update(request, week_start)
    rows: list[Ask | Blocker] = [*update.asks.all(), *update.blockers.all()]
    item = next((row for row in rows if row.pk == item_id), None)
    if item is None:
        raise NotFound()
    services.item_close(item=item, actor=request.member)
    done = "Done" if isinstance(item, Ask) else "Cleared"
    messages.success(request, f"{done}: {item.text}")
    return redirect_after_post(request, address("update_detail", request, week_start))


def _letter_page(
    request: TenantRequest,
    update: WeeklyUpdate,
    *,
    form: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.member
    letter = letter_of(update, reader=actor)
    is_latest = not WeeklyUpdate.objects.sent().newer_than(update).exists()
    closable = {  # what is still open of an older letter waits in the latest one
        item.pk
        for item in [*letter.asks, *letter.blockers]
        if is_latest
        and item.is_open
        and allowed(policies.check_can_close_item, actor=actor, item=item, update=update)
    }
    context = {
        "update": update,
        "letter": letter,
        "form": form or CommentForm(),
        "closable": closable,
        "comments": update.comments.select_related("author__user"),
        "amendments": update.amendments.all(),
        "is_waiting": update.status == WeeklyUpdate.Status.SUBMITTED,
        "can": {
            name: allowed(check, actor=actor, update=update)
            for name, check in {
                "acknowledge": policies.check_can_acknowledge_update,
                "comment": policies.check_can_comment_update,
                "edit": policies.check_can_edit_draft,
                "revise": policies.check_can_revise_update,
                "amend": policies.check_can_amend_update,
            }.items()
        },
    }
    return render(request, "reviews/update_detail.html", context, status=status)


def parse_before(request: TenantRequest) -> dt.date | None:
    """`?before=2026-10-12`: only older weeks; raises Invalid for what is no date."""
    text = request.GET.get("before", "")
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not weeks.is_counted(found):
        raise Invalid({"before": "Use a date such as 2026-10-12."})
    return found


def _this_week(request: TenantRequest, due: NextUpdate | None) -> dt.date:
    if due is not None:
        return due.week_start
    return weeks.week_start_of(request.tenant, request.tenant.today)


def _week_rows(
    request: TenantRequest, engagement: Engagement | None, before: dt.date | None
) -> list[WeekRow]:
    """A page of weeks and one more: letters, and between them the weeks that are owed one."""
    found = WeeklyUpdate.objects.with_people().visible_to(request.member)
    if before is not None:
        found = found.filter(week_start__lt=before)
    rows = [
        WeekRow(week_start=update.week_start, due_at=update.due_at, update=update)
        for update in found[: WEEKS_A_PAGE + 1]
    ]
    rows += _without_letter(request, engagement, {row.week_start for row in rows}, before)
    return sorted(rows, key=lambda row: row.week_start, reverse=True)[: WEEKS_A_PAGE + 1]


def _without_letter(
    request: TenantRequest,
    engagement: Engagement | None,
    written: set[dt.date],
    before: dt.date | None,
) -> list[WeekRow]:
    """Weeks of the running engagement that are over and owed a letter that nobody wrote."""
    if engagement is None or engagement.status != Engagement.Status.ACTIVE:
        return []
    tenant = request.tenant
    rows = []
    week_start = weeks.week_start_of(tenant, tenant.today) - weeks.WEEK
    if before is not None:
        week_start = min(week_start, weeks.week_start_of(tenant, before) - weeks.WEEK)
    for _ in range(WEEKS_A_PAGE + 1):
        due_at = weeks.default_due_at(tenant, week_start)
        if not is_owed(engagement, week_start, due_at):
            break
        if week_start not in written:
            rows.append(WeekRow(week_start=week_start, due_at=due_at, update=None))
        week_start -= weeks.WEEK
    return rows
