"""Thousands of random histories of spend, on the engine and on an independent simple model.

    python -m benchmarks.spend_model [--histories 2000] [--first 0] [--events 14] [--minutes 30]

Each history is people with random roles, random tiers, and random events in random order: asking,
submitting, approving, voting, sending back, changing, withdrawing, bypassing, ratifying, ordering,
paying, closing, people who leave, change roles or delegate. After each event both must agree on
whether it is allowed and on the states, whom each request waits for, rounds, tiers and the budget
to the cent; at the end of a history the database's own constraints are checked. A difference stops
the run with the whole history; `--first SEED --histories 1` plays it again.
"""

import argparse
import os
import random
import time
from collections import Counter

from benchmarks.table import Table, servers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--events", type=int, default=14)
    parser.add_argument("--minutes", type=float, default=30)
    options = parser.parse_args()
    os.environ["DEBUG"] = "0"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    with servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _play(options)


def _play(options: argparse.Namespace) -> None:
    from tenants.isolation import tenant
    from tests.decisions.histories import play, six_people
    from tests.factories import make_company

    company = make_company("histories")
    begun = time.monotonic()
    events: Counter[str] = Counter()
    played = 0
    with tenant(company.id):
        members = six_people(company)
    for seed in range(options.first, options.first + options.histories):
        with tenant(company.id):
            game = play(members, random.Random(seed), events=options.events)
        played += 1
        events.update(accepted=len(game.log) - game.refused, refused=game.refused)
        if time.monotonic() - begun > options.minutes * 60:
            break
    table = Table("Engine against the simple model", ["what", "count"], ratios=False)
    table.row("histories", played)
    table.row("events that both allowed", events["accepted"])
    table.row("events that both refused", events["refused"])
    table.row("differences", 0)
    table.note(f"Seeds from {options.first}; {time.monotonic() - begun:,.0f} s.")
    table.print()


if __name__ == "__main__":
    main()
