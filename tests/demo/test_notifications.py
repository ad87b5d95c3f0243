"""The demo's inbox: the latest letter alone, without mail, however often it is seeded."""

import datetime as dt

from demo.notifications import tell_latest
from reviews.services import update_comment
from reviews.weeks import WEEK, week_start_of
from tenants.models import Delivery, Notification
from tenants.notifications.services import silence
from tests.engagements.builders import make_engagement
from tests.factories import Company
from tests.reviews.builders import sent


def test_latest_letter_fills_the_inbox_once_and_sends_no_mail(inside: Company) -> None:
    engagement = make_engagement(inside, starts_on=inside.tenant.today - dt.timedelta(days=60))
    this_week = week_start_of(inside.tenant, inside.tenant.today)
    tell_latest(engagement)
    with silence():
        for week in (this_week - 2 * WEEK, this_week - WEEK):
            update = sent(engagement, inside, week)
        update_comment(update=update, actor=inside.executive, body="Thank you.")
    assert not Notification.objects.exists()
    for _ in range(2):
        tell_latest(engagement)
    told = set(Notification.objects.values_list("member_id", "kind", "target_id"))
    assert told == {
        (inside.executive.pk, "update.submitted", update.pk),
        (inside.cto.pk, "update.commented", update.pk),
    }
    assert set(Notification.objects.values_list("created_at", flat=True)) == {update.submitted_at}
    assert not Delivery.objects.filter(state="waiting").exists()
