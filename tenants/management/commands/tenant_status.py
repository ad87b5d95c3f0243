"""`tenant_status --tenant SLUG --status suspended --reason TEXT`: suspend, reactivate, archive."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import doors
from tenants.audit.actors import SystemActor
from tenants.company.services import tenant_set_status
from tenants.errors import Invalid
from tenants.isolation import tenant
from tenants.management.refusals import said
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Suspend a company (it can be read and exported, not changed), or let it work again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True)
        parser.add_argument("--status", required=True, choices=Tenant.Status.values)
        parser.add_argument("--reason", required=True, help="shown to the company's people")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = doors.tenant_id_of(options["tenant"])
        if tenant_id is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        try:
            with tenant(tenant_id):
                changed = tenant_set_status(
                    tenant=Tenant.objects.get(pk=tenant_id),
                    actor=SystemActor(),
                    status=options["status"],
                    reason=options["reason"],
                )
        except Invalid as error:
            raise CommandError(said(error)) from error
        self.stdout.write(f"{changed.slug} {changed.status}")
