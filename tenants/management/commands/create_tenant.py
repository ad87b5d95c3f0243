"""`create_tenant --name --slug --time-zone --currency --admin-email`: a new company."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.errors import Invalid
from tenants.management.refusals import said
from tenants.services import tenant_create


class Command(BaseCommand):
    help = "Create a company with its first admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", required=True)
        parser.add_argument("--time-zone", required=True)
        parser.add_argument("--currency", required=True)
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--admin-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            created = tenant_create(
                name=options["name"],
                slug=options["slug"],
                time_zone=options["time_zone"],
                currency=options["currency"],
                admin_email=options["admin_email"],
                admin_name=options["admin_name"],
            )
        except Invalid as error:
            raise CommandError(said(error)) from error
        self.stdout.write(f"{created.slug} {created.pk}")
