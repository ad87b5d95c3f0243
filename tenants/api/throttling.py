"""How many calls a minute a key, a person and a company may make, counted exactly."""

import logging
import time
from typing import Any, cast

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tenants.api.requests import ApiRequest

logger = logging.getLogger(__name__)
WINDOW_SECONDS = 60
_REST_AFTER_FAILURE_SECONDS = 5
_COUNT = """
for i, key in ipairs(KEYS) do
  local n = redis.call('INCR', key)
  if n == 1 then redis.call('EXPIRE', key, ARGV[#ARGV]) end
  if n > tonumber(ARGV[i]) then return i end
end
return 0
"""

_client = redis.Redis.from_url(
    settings.REDIS_URL,
    socket_timeout=settings.API_RATE_PATIENCE,
    socket_connect_timeout=settings.API_RATE_PATIENCE,
)
_count = _client.register_script(_COUNT)
_resting_until = 0.0


class RateLimit(BaseThrottle):
    """One atomic step in Valkey per call, so exactly N of any number of concurrent calls pass.

    The narrow windows come first: calls beyond a key's limit do not use up its company's. Without
    Valkey every call passes, and the log says so.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the call is within every window of this minute."""
        if getattr(request, "tenant", None) is None:
            return True
        return within_limits(_windows(cast(ApiRequest, request)), time.time())

    def wait(self) -> float:
        return seconds_left(time.time())


def _windows(request: ApiRequest) -> list[tuple[str, int]]:
    """The counters of this caller, each with its limit a minute."""
    limits = settings.API_RATE_LIMITS
    tenant_id = request.tenant.pk
    windows = []
    if request.api_key is not None:
        windows.append((f"{tenant_id}:key:{request.api_key.pk}", limits["key"]))
    if request.member is not None:
        windows.append((f"{tenant_id}:user:{request.member.pk}", limits["user"]))
    windows.append((f"{tenant_id}:tenant", limits["tenant"]))
    return windows


def within_limits(windows: list[tuple[str, int]], now: float) -> bool:
    """Count one call in each window; False as soon as one is full."""
    global _resting_until
    if now < _resting_until:
        return True
    minute = int(now // WINDOW_SECONDS)
    try:
        full = _count(
            keys=[f"bowline:rate:{name}:{minute}" for name, _ in windows],
            args=[*(limit for _, limit in windows), WINDOW_SECONDS * 2],
        )
    except redis.RedisError as error:
        _resting_until = now + _REST_AFTER_FAILURE_SECONDS
        logger.warning("Rate limits are off: %s", error)
        return True
    return full == 0


def seconds_left(now: float) -> float:
    """Seconds until the next minute's windows open."""
    return WINDOW_SECONDS - now % WINDOW_SECONDS
