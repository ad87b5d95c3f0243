"""How people sign in: allauth, closed to sign-ups until an invitation opens it."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Logins are made by an admin's invitation or the command line, never by a stranger."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
