"""`audit_verify [--tenant SLUG]`: recompute the hash chain; exit code 1 when one is broken."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import doors
from tenants.audit.verify import verify
from tenants.isolation import tenant
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Check the audit trail of one company, or of all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="slug; without it every company is checked")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = doors.all_tenant_ids()
        if options["tenant"]:
            one = doors.tenant_id_of(options["tenant"])
            if one is None:
                raise CommandError(f"There is no tenant {options['tenant']!r}.")
            ids = [one]
        broken = 0
        for tenant_id in ids:
            with tenant(tenant_id):
                verdict = verify()
                slug = Tenant.objects.get(pk=tenant_id).slug
            broken += not verdict.intact
            self.stdout.write(f"{slug}: {verdict.events} events, {verdict.problem or 'intact'}")
        if broken:
            sys.exit(1)
