"""Thousands of random histories of spend, on the engine and on an independent simple model.

    python -m benchmarks.spend_model [--histories 10000] [--first 0] [--events 14] [--minutes 60]

Each history is people with random roles, a company of USD, JPY or KWD (2, 0 and 3 decimals), random
tiers, often a charter, and random events in random order: asking (once or again and again, in four
currencies), submitting, approving, voting, sending back, changing, amending, withdrawing, rates
recorded late or again, time that passes (reminders, escalation along the path, expiry, emergencies
nobody ratified), extending, bypassing, ratifying, exceptions to the budget, ordering, paying,
closing, people who leave, change roles, delegate for a while, or are away and covered, new tiers.
After each event both must agree on whether it is allowed and on the states, whom each request waits
for, what was said by whom and as what, rounds, tiers, frozen rates, every clock and the budget to
the smallest unit; at the end of a history on who was reminded and to whom it passed, and the
database's own constraints are checked. A difference stops the run with the whole history;
`--first SEED --histories 1` plays it again.
"""

import argparse
import gc
import random
import time
from collections import Counter
from typing import Any

from benchmarks.table import Table, bowline

SELDOM = (
    "sent in another currency",
    "words of who covers",
    "words of delegates",
    "reminders",
    "steps passed on",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--events", type=int, default=14)
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    with bowline():
        _play(options)


def _play(options: argparse.Namespace) -> None:
    from tenants.isolation import tenant
    from tests.decisions.histories import cast_of, play
    from tests.factories import make_company

    company = make_company("histories")
    begun, worked = time.monotonic(), time.process_time()
    events: Counter[str] = Counter()
    played = 0
    with tenant(company.id):
        cast = cast_of(company)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # what a history makes dies with it
    for seed in range(options.first, options.first + options.histories):
        with tenant(company.id):
            game = play(cast, random.Random(seed), events=options.events)
        played += 1
        if played % 250 == 0:
            print(f"{played:,} histories, no difference", flush=True)
        events.update(accepted=len(game.log) - game.refused, refused=game.refused, **_seen(game))
        if time.monotonic() - begun > options.minutes * 60:
            break
    table = Table("Engine against the simple model", ["what", "count"], ratios=False)
    table.row("histories", played)
    table.row("events that both allowed", events["accepted"])
    table.row("events that both refused", events["refused"])
    for what in SELDOM:
        table.row(what, events[what])
    table.row("differences", 0)
    seconds, cpu = time.monotonic() - begun, time.process_time() - worked
    table.note(f"Seeds from {options.first}; {seconds:,.0f} s, {cpu:,.0f} s of CPU in Python.")
    table.print()


def _seen(game: Any) -> dict[str, int]:
    """How often a history came to what seldom happens; words are those of the last rounds."""
    words = [word.how for ask in game.model.asks for word in ask.words]
    told = [verb for verb, *_ in game.model.told]
    foreign = [
        a for a in game.model.asks if a.rate is not None and a.rate_for != game.model.currency
    ]
    counts = (
        len(foreign),
        words.count("coverage"),
        words.count("delegation"),
        told.count("reminded"),
        told.count("escalated"),
    )
    return dict(zip(SELDOM, counts, strict=True))


if __name__ == "__main__":
    main()
