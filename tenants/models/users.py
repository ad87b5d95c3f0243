"""Logins, above all tenants."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from tenants import doors
from tenants.isolation import uuid7


def initials_of(name: str) -> str:
    """Up to two letters for a name, one for an address."""
    words = name.partition("@")[0].split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class UserManager(BaseUserManager["User"]):
    """Logins by e-mail address, kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A login; without a password it cannot sign in until one is set."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """By key alone, as each request's session asks: one plain statement, memberships with it.

        The ORM took longer to build that query than PostgreSQL to answer it.
        """
        if args or kwargs.keys() != {"pk"} or self.db != "default":
            return super().get(*args, **kwargs)
        user, memberships = doors.login(self.model, kwargs["pk"])
        if user is None:
            raise self.model.DoesNotExist(f"There is no login {kwargs['pk']}.")
        user.memberships_found = memberships
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))


USUAL_HOURS = (dt.time(9), dt.time(18))  # of a person who named none


class User(AbstractBaseUser):
    """A person's login. One login reaches many tenants through its memberships."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    working_hours_start = models.TimeField(
        null=True, blank=True, help_text="On the person's own clock; empty for 9 to 18."
    )
    working_hours_end = models.TimeField(
        null=True, blank=True, help_text="Up to it; earlier than the start for work over midnight."
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    memberships_found: "list[doors.Membership] | None" = None  # as of when the login was read

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(working_hours_start__isnull=True, working_hours_end__isnull=True)
                | models.Q(working_hours_start__isnull=False, working_hours_end__isnull=False)
                & ~models.Q(working_hours_start=models.F("working_hours_end")),
                name="user_working_hours_both",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Up to two letters for the round picture beside a name."""
        return initials_of(self.name or self.email)

    @property
    def working_hours(self) -> tuple[dt.time, dt.time]:
        """The hours in which the person works, on their own clock; 9 to 18 unless they said."""
        if self.working_hours_start is None or self.working_hours_end is None:
            return USUAL_HOURS
        return self.working_hours_start, self.working_hours_end
