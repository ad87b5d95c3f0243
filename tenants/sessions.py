"""Sessions: how long they last, where a person is signed in, and how they end."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.core.signing import BadSignature
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"
SEEN_EVERY = 300  # seconds; how exact the idle limit and "last seen" are
DEVICE_COOKIE = "bowline-device"
DEVICE_AGE = 365 * 24 * 3600
DEVICES_KEPT = 5  # logins that one browser remembers
_SALT = "bowline.device"


@receiver(user_logged_in)
def stamp(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """A session begins: both of its limits count from here."""
    now = int(time.time())
    request.session[SIGNED_IN_AT], request.session[SEEN_AT] = now, now


class SessionLimits:
    """End a session that was idle for SESSION_IDLE_SECONDS, or is older than SESSION_COOKIE_AGE.

    Both are held by the server, whatever the browser does with its cookie. While in use, the
    session notes that every five minutes, which also keeps the list of sessions true.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and request.user.is_authenticated:
            self._hold(request, int(time.time()))
        return self.get_response(request)

    @staticmethod
    def _hold(request: HttpRequest, now: int) -> None:
        session = request.session
        seen = session.get(SEEN_AT, 0)
        idle = now - seen > settings.SESSION_IDLE_SECONDS
        if idle or now - session.get(SIGNED_IN_AT, 0) > settings.SESSION_COOKIE_AGE:
            UserSession.objects.filter(session_key=session.session_key).delete()
            logout(request)
            messages.info(request, "You were signed out, because it was a while. Sign in again.")
        elif now - seen >= SEEN_EVERY:
            session[SEEN_AT] = now
            UserSession.objects.filter(session_key=session.session_key).update(
                last_seen_at=timezone.now(),
                ip=get_adapter().get_client_ip(request),
                user_agent=request.headers.get("User-Agent", "")[:200],
            )


def end_all(user_id: UUID) -> int:
    """Sign a person out everywhere; answers in how many places they were."""
    ended = 0
    for session in UserSession.objects.filter(user_id=user_id):
        session.end()
        ended += 1
    return ended


def seen_lately(at: dt.datetime | None) -> bool:
    """Whether an instant is so near that it need not be noted again."""
    return at is not None and timezone.now() - at < dt.timedelta(seconds=SEEN_EVERY)


# ---- Browsers that a person signed in with before ----


def knows_device(request: HttpRequest, user: Any) -> bool:
    """Whether this browser signed in as this person before."""
    return str(user.pk) in _known(request)


def remember_device(request: HttpRequest, response: HttpResponseBase, user: Any) -> None:
    """Let this browser be known from now on: a signed cookie, nothing kept on the server."""
    known = [str(user.pk), *(pk for pk in _known(request) if pk != str(user.pk))][:DEVICES_KEPT]
    response.set_signed_cookie(
        DEVICE_COOKIE,
        ".".join(known),
        salt=_SALT,
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> list[str]:
    try:
        value = request.get_signed_cookie(DEVICE_COOKIE, default="", salt=_SALT, max_age=DEVICE_AGE)
    except BadSignature:
        return []
    return value.split(".") if value else []
