"""`seed_demo`: the demo companies; idempotent."""

from typing import Any

from django.core.management.base import BaseCommand

from demo import companies, people


class Command(BaseCommand):
    help = "Make the demo companies with their people, figures, hours and weekly updates."

    def handle(self, *args: Any, **options: Any) -> None:
        companies.seed()
        for email, password, who in people.SIGN_INS:
            self.stdout.write(f"{email}  {password}  {who}")
