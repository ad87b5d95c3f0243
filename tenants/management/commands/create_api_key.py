"""`create_api_key --tenant SLUG --email EMAIL --name NAME`: prints the key and nothing else."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import doors
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid
from tenants.isolation import tenant
from tenants.management.refusals import said
from tenants.services import api_key_create, member_of


class Command(BaseCommand):
    help = "Create a member's API key and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = doors.tenant_id_of(options["tenant"])
        if tenant_id is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        with tenant(tenant_id):
            member = member_of(email=options["email"])
            if member is None:
                raise CommandError(f"{options['email']} is no member of {options['tenant']}.")
            try:
                _key, shown = api_key_create(
                    actor=SystemActor(), name=options["name"], member=member
                )
            except Invalid as error:
                raise CommandError(said(error)) from error
        self.stdout.write(shown)
