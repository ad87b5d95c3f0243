"""Sessions in the database, read from the cache: what was ended never comes back from there.

Django fills the cache after it read or wrote the row. Between the two a session can be ended, by
its person in another place or by an admin; the copy would then live on in the cache until it
expires. So what was filled is taken out again where the row is gone, and what is ended is taken
out once more when its transaction has ended: until then, others still read the row.
"""

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.cache import BaseCache, caches
from django.db import transaction
from redis.exceptions import RedisError


class SessionStore(cached_db.SessionStore):
    """Django's own store of both, with the gap closed; one query more where the cache is filled."""

    def load(self) -> dict[str, Any]:
        """The session's data; empty, as for one that never was, when it was ended meanwhile.

        From the database alone while the cache is out of reach.
        """
        try:
            was_cached = _cache().get(self.cache_key) is not None
            data: dict[str, Any] = super().load()
        except (RedisError, OSError):
            return DatabaseStore.load(self)  # type: ignore[no-any-return]
        if not was_cached and data and not self._stands():
            return {}
        return data

    def save(self, must_create: bool = False) -> None:
        """Write row and cache; the cache not, when the session was ended meanwhile."""
        super().save(must_create)
        if not must_create:
            self._stands()

    def delete(self, session_key: str | None = None) -> None:
        """End the session, in the cache also after the transaction that ends the row."""
        key = session_key or self.session_key
        super().delete(session_key)
        if key is not None:
            transaction.on_commit(lambda: self._forget(key))

    def _stands(self) -> bool:
        """Whether the row is there; where it is not, the cache forgets it too."""
        key = self.session_key
        if key is None or DatabaseStore.exists(self, key):
            return True
        self._forget(key)
        return False

    def _forget(self, key: str) -> None:
        _cache().delete(self.cache_key_prefix + key)


def _cache() -> BaseCache:
    return caches[settings.SESSION_CACHE_ALIAS]
