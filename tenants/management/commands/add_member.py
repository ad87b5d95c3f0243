"""`add_member --tenant SLUG --email EMAIL --name NAME --roles cto,finance`: idempotent."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import doors
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid
from tenants.isolation import tenant
from tenants.management.refusals import said
from tenants.services import member_add


class Command(BaseCommand):
    help = "Make a person a member with exactly these roles; they set a password later."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--roles", required=True, help="comma-separated, such as cto,finance")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = doors.tenant_id_of(options["tenant"])
        if tenant_id is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        roles = [role.strip() for role in options["roles"].split(",") if role.strip()]
        try:
            with tenant(tenant_id):
                member = member_add(
                    email=options["email"], name=options["name"], roles=roles, actor=SystemActor()
                )
        except Invalid as error:
            raise CommandError(said(error)) from error
        self.stdout.write(str(member.pk))
