"""What the page of one key figure shows: now, the chart, the values, the definition."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from django.utils import timezone

from kpis import figures
from kpis.figures import Figure
from kpis.models import Kpi, Mark, MeasurementImport, Period, Rollup, Status, Target
from kpis.rollups.periods import Calendar
from kpis.views.trend import FEWEST_POINTS, Forecast, forecast
from kpis.views.words import (
    PLURALS,
    axis_label,
    chart_title,
    dates_of,
    exact,
    good_or_bad,
    limits,
    within,
)
from kpis.wording import Wording, inside_sentence, period_name, wording
from tenants.models import Tenant
from tenants.ui.charts import nice_ticks
from tenants.ui.formats import day_short

SHOWN = {
    Period.DAY: 90,
    Period.WEEK: 26,
    Period.MONTH: 24,
    Period.QUARTER: 12,
    Period.YEAR: 10,
}
ROWS_FIRST = 8  # of the table, before "Show all"
MOST_ROWS = 1000
MOST_PLACES = 800  # of the chart
TREND = 12
ROOM_FOR_A_WORD = 8  # a label takes an eighth of the chart's height
WITH_TIPS = 130  # more places than that leave no room to point at one


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One period in the table."""

    name: str
    dates: str
    start: dt.date
    value: str
    change: str
    change_means: str
    target: str
    status: str
    n: Decimal | int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One cell of the strip."""

    label: str
    value: str
    small: str
    foot: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What `line` draws; a period without data is a gap."""

    title: str
    values: list[Decimal | None]
    targets: list[Decimal | None]
    labels: list[str]
    tips: list[str]
    sentence: str
    end_label: str
    target_label: str
    unit: str
    ticks: list[float] | None
    has_gaps: bool


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A dated target as the history shows it."""

    value: str
    at_risk: str
    effective_on: dt.date
    set_by: str
    is_current: bool
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class Record:
    """The page. `now` is the latest period with data, `version` changes with what is shown."""

    kpi: Kpi
    period: str
    now: Figure | None
    now_status: str
    now_name: str
    now_value: tuple[str, str]
    facts: list[Fact]
    chart: Chart | None
    rows: list[ValueRow]
    rows_text: str
    more_rows: bool
    limits: list[tuple[str, str]]
    targets: list[TargetRow]
    words: Wording
    is_updating: bool
    is_importing: bool
    latest_import: MeasurementImport | None
    last_at: dt.datetime | None
    version: str


def period_of(kpi: Kpi, text: str | None) -> str:
    """The period that an address asks for, else that of the figure's cadence."""
    return text if text in Period.values else str(kpi.period)


def record(*, kpi: Kpi, tenant: Tenant, period: str, show_all: bool = False) -> Record:
    """Load the page of a figure in one kind of period; five queries."""
    calendar, today = Calendar.of_kpi(kpi), tenant.today
    found = figures.series(
        kpi=kpi, period=period, points=MOST_ROWS if show_all else SHOWN[Period(period)] + 1
    )
    targets = list(kpi.targets.select_related("set_by__user").order_by("-effective_on", "-id"))
    in_force = next((t for t in targets if t.effective_on <= today), None)
    words = wording(
        unit=kpi.unit,
        direction=kpi.direction,
        factor=kpi.display_factor,
        currency=tenant.currency,
        values=(
            *(f.value for f in found),
            *(f.target for f in found),
            in_force.value if in_force else None,
        ),
    )
    page = _Page(kpi, period, calendar, today, words, found, targets)
    is_updating = Mark.objects.filter(kpi_id=kpi.pk).exists()
    latest_import = MeasurementImport.objects.filter(kpi=kpi).order_by("-id").first()
    is_importing = latest_import is not None and latest_import.status in ("queued", "running")
    now = found[-1] if found else None
    last_at = last_data_at(kpi) if now else None
    places = page.places(MOST_PLACES if show_all else SHOWN[Period(period)])
    drawn = set(places)
    table = page.rows(found if show_all else [f for f in found if f.period_start in drawn])
    shown = table if show_all else table[:ROWS_FIRST]
    return Record(
        kpi=kpi,
        period=period,
        now=now,
        now_status=_status_now(now, kpi, last_at) if now else "",
        now_name=page.now_name() if now else "",
        now_value=words.parts(now.value) if now else ("–", ""),
        facts=page.facts(in_force),
        chart=page.chart(places) if now else None,
        rows=shown,
        rows_text=_rows_text(len(shown), len(table), PLURALS[Period(period)]),
        more_rows=len(shown) < len(table) or (not show_all and len(found) > len(table)),
        limits=limits(words, in_force.value, in_force.at_risk_value) if in_force else [],
        targets=page.target_rows(in_force),
        words=words,
        is_updating=is_updating,
        is_importing=is_importing,
        latest_import=latest_import,
        last_at=last_at,
        version=_version(
            found, targets, is_updating, latest_import, kpi.updated_at, today, last_at
        ),
    )


def last_data_at(kpi: Kpi) -> dt.datetime | None:
    """When the latest counted measurement was observed."""
    days = Rollup.objects.filter(kpi=kpi, period=Period.DAY).order_by("-period_start")
    return days.values_list("last_at", flat=True).first()


def _rows_text(shown: int, known: int, plural: str) -> str:
    """How much of it the table shows."""
    if known == MOST_ROWS:
        return f"The latest {known:,} {plural} with data. The CSV has all."
    if shown < known:
        return f"{shown:,} of {known:,} {plural} with data"
    return f"All {known:,} {plural} with data" if known > 1 else ""


def _status_now(now: Figure, kpi: Kpi, last_at: dt.datetime | None) -> str:
    """As the lists say it: stale where nothing came for longer than expected."""
    hours = kpi.expected_freshness_hours
    if now.override_reason or hours is None or last_at is None:
        return now.status
    is_stale = timezone.now() - last_at > dt.timedelta(hours=hours)
    return Status.STALE.value if is_stale else now.status


def _version(*parts: object) -> str:
    text = "\n".join(
        f"{p.pk} {p.status}" if isinstance(p, MeasurementImport) else repr(p) for p in parts
    )
    return sha256(text.encode()).hexdigest()[:16]


def target_at(targets: Sequence[Target], day: dt.date) -> Target | None:
    """The target in force on a day; `targets` are newest first."""
    return next((t for t in targets if t.effective_on <= day), None)


@dataclass(frozen=True, slots=True)
class _Page:
    kpi: Kpi
    period: str
    calendar: Calendar
    today: dt.date
    words: Wording
    found: list[Figure]
    targets: list[Target]

    def name(self, start: dt.date) -> str:
        return period_name(self.period, start, self.calendar, self.today)

    def now_name(self) -> str:
        latest = self.found[-1]
        name = self.name(latest.period_start)
        return name if latest.complete else f"{name}, so far"

    def places(self, most: int) -> list[dt.date]:
        """The starts of the latest periods, those without data too, up to the latest with data."""
        if not self.found:
            return []
        starts = [self.found[-1].period_start]
        while len(starts) < most and starts[-1] > self.found[0].period_start:
            before = self.calendar.start(self.period, starts[-1] - dt.timedelta(1))
            starts.append(before)
        return starts[::-1]

    # ---- the strip ----

    def facts(self, in_force: Target | None) -> list[Fact]:
        latest = self.found[-1] if self.found else None
        return [
            self._target_fact(in_force),
            self._against_fact(latest),
            self._change_fact(),
            self._forecast_fact(latest),
        ]

    def _target_fact(self, in_force: Target | None) -> Fact:
        if in_force is None:
            coming = next(reversed(self.targets), None)
            foot = (
                f"From {day_short(coming.effective_on, self.today)}"
                if coming
                else "Nobody set one yet"
            )
            return Fact("Target", "–", "", foot)
        words = exact(self.words, in_force.value)
        sign, (value, unit) = words.target(in_force.value)[:2], words.parts(in_force.value)
        before = next((t for t in self.targets if t.effective_on < in_force.effective_on), None)
        foot = f"Since {day_short(in_force.effective_on, self.today)}"
        if before is not None:
            foot += f", before that {exact(words, before.value).text(before.value)}"
        return Fact("Target", f"{sign}{value}", unit, foot)

    def _against_fact(self, latest: Figure | None) -> Fact:
        if latest is None or latest.value is None or latest.target is None:
            return Fact(
                "Against target", "–", "", "No target in that period" if latest else "No data yet"
            )
        gap = latest.value - latest.target
        _, unit = self.words.parts(gap)
        if self.kpi.unit == "percent":
            unit, foot = "points", f"Target {self.words.target(latest.target)}"
        elif latest.target and gap:
            share = abs(gap / latest.target) * 100
            foot = (
                f"{share:.0f}% {'above' if gap > 0 else 'below'}"
                if share >= 1
                else (f"Less than 1% {'above' if gap > 0 else 'below'}")
            )
        else:
            foot = "Exactly on it" if not gap else f"Target {self.words.target(latest.target)}"
        return Fact("Against target", self.words.change(gap), unit, foot)

    def _change_fact(self) -> Fact:
        plural = PLURALS[Period(self.period)]
        places = set(self.places(TREND))
        window = [f for f in self.found if f.period_start in places and f.value is not None]
        if len(window) < 2:
            return Fact(f"{TREND} {plural}", "–", "", f"Needs two {plural} with data")
        first, last = window[0], window[-1]
        if first.value is None or last.value is None:  # told already; for the type checker
            raise ValueError
        _, unit = self.words.parts(last.value)
        when = within(self.period, self.name(first.period_start))
        return Fact(
            f"{len(places)} {plural}",
            self.words.change(last.value - first.value),
            "points" if self.kpi.unit == "percent" else unit,
            f"From {self.words.text(first.value)} {when}",
        )

    def _forecast_fact(self, latest: Figure | None) -> Fact:
        plural = PLURALS[Period(self.period)]
        if latest is None or latest.value is None:
            return Fact("Forecast", "–", "", "No data yet")
        current = self.calendar.start(self.period, self.today)
        if self.calendar.next_start(self.period, latest.period_start) < current:
            name = inside_sentence(self.name(latest.period_start))
            return Fact("Forecast", "None", "", f"The last data is from {name}")
        places = {start: place for place, start in enumerate(self.places(TREND))}
        points = [
            (places[f.period_start], f.value)
            for f in self.found
            if f.period_start in places and f.value is not None
        ]
        result = forecast(
            points,
            latest=len(places) - 1,
            target=latest.target,
            direction=self.kpi.direction,
        )
        if len(points) < FEWEST_POINTS:
            return Fact("Forecast", "None", "", f"Needs {FEWEST_POINTS} {plural} with data")
        return self._forecast_words(result, latest, f"{len(places)}-{self.period} trend")

    def _forecast_words(self, result: Forecast, latest: Figure, trend: str) -> Fact:
        start = latest.period_start
        for _ in range(result.periods):
            start = self.calendar.next_start(self.period, start)
        soon = start + dt.timedelta(days=3)  # so near that the year says itself
        name = period_name(self.period, start, self.calendar, soon)
        value, small, foot = {
            "reaches": (name, "on target", f"If the {trend} holds"),
            "loses": (name, "off target", f"If the {trend} holds"),
            "stays": ("On target", "", f"If the {trend} holds"),
            "away": ("None", "", f"The {trend} does not lead to the target"),
            "far": ("None", "", f"The {trend} is too slow to tell when"),
            "unknown": ("None", "", "Without a target there is none"),
        }[result.kind]
        return Fact("Forecast", value, small, foot)

    # ---- the chart ----

    def chart(self, places: list[dt.date]) -> Chart:
        known = {f.period_start: f for f in self.found}
        factor = self.words.factor
        values: list[Decimal | None] = []
        goals: list[Decimal | None] = []
        tips = []
        for start in places:
            figure = known.get(start)
            value = figure.value if figure else None
            goal = target_at(self.targets, self.calendar.end(self.period, start))
            values.append(None if value is None else value * factor)
            goals.append(None if goal is None else goal.value * factor)
            tips.append(f"{self.words.text(value)}, {self.name(start)}" if figure else "")
        latest = self.found[-1]
        final = target_at(self.targets, self.calendar.end(self.period, places[-1]))
        is_long = places[-1] - places[0] > dt.timedelta(days=366)
        shown = [v for v in [*values, *goals] if v is not None]
        return Chart(
            title=chart_title(self.kpi, self.period),
            values=values,
            targets=goals if any(g is not None for g in goals) else [],
            labels=[
                axis_label(self.period, start, self.calendar, over_a_year=is_long)
                for start in places
            ],
            tips=tips if len(places) <= WITH_TIPS else [],
            sentence=self._sentence(places),
            end_label=self.words.text(latest.value),
            target_label=self._target_label(final, latest, shown),
            unit={"percent": "{}%"}.get(self.kpi.unit, "{}"),
            ticks=_share_ticks(shown) if self.kpi.unit == "percent" else None,
            has_gaps=any(v is None for v in values),
        )

    def _target_label(self, final: Target | None, latest: Figure, shown: Sequence[Decimal]) -> str:
        """The word at the target's end; none where it would lie on the line's own end."""
        if final is None or latest.value is None:
            return ""
        distance = abs(latest.value - final.value) * self.words.factor
        if distance < (max(shown) - min(shown)) / ROOM_FOR_A_WORD:
            return ""
        return f"Target {exact(self.words, final.value).text(final.value)}"

    def _sentence(self, places: list[dt.date]) -> str:
        """The chart in words: start, end and target."""
        drawn = set(places)
        shown = [f for f in self.found if f.period_start in drawn]
        first, last = shown[0], shown[-1]
        end = within(self.period, self.name(last.period_start))
        text = f"Line chart. {self.kpi.name} is {self.words.text(last.value)} {end}"
        if len(shown) > 1 and first.value is not None and last.value is not None:
            verb = "rises" if last.value > first.value else "falls"
            verb = "stays" if last.value == first.value else verb
            start = within(self.period, self.name(first.period_start))
            text = (
                f"Line chart. {self.kpi.name} {verb} from {self.words.text(first.value)} {start}"
                f" to {self.words.text(last.value)} {end}"
            )
        target = last.target
        text += (
            f". The target is {self.words.target(target)}."
            if target is not None
            else ", without a target."
        )
        return f"{text} All values are in the table below."

    # ---- the table ----

    def rows(self, found: Sequence[Figure]) -> list[ValueRow]:
        """Newest first; the change is against the period before it that has data."""
        befores = {
            later.period_start: earlier
            for earlier, later in zip(self.found, self.found[1:], strict=False)
        }
        return [self._row(f, befores.get(f.period_start)) for f in reversed(found)]

    def _row(self, figure: Figure, before: Figure | None) -> ValueRow:
        difference, means = None, "none"
        if before is not None and before.value is not None and figure.value is not None:
            difference = figure.value - before.value
            means = good_or_bad(self.kpi.direction, before.value, figure.value, figure.target)
        return ValueRow(
            name=self.name(figure.period_start),
            dates=dates_of(self.period, figure.period_start, figure.period_end, self.today),
            start=figure.period_start,
            value=self.words.number(figure.value),
            change=self.words.change(difference),
            change_means=means,
            target=self._target_text(figure.target),
            status=figure.status,
            n=figure.sample,
            notes=tuple(self._notes(figure, before)),
        )

    def _target_text(self, target: Decimal | None) -> str:
        """A target for a column whose head names the unit."""
        if target is None:
            return "–"
        words = exact(self.words, target)
        return f"{words.target(target)[:2]}{words.number(target)}"

    def _notes(self, figure: Figure, before: Figure | None) -> list[str]:
        notes = []
        if not figure.complete:
            notes.append(f"{self.period.capitalize()} not finished")
        if figure.override_reason:
            notes.append(f"Status set by hand: {figure.override_reason}")
        if before is not None and figure.target is not None and before.target != figure.target:
            goal = exact(self.words, figure.target).text(figure.target)
            if before.target is None:
                notes.append(f"First target, {goal}")
            else:
                verb = "raised" if figure.target > before.target else "lowered"
                notes.append(f"Target {verb} to {goal}")
        return notes

    # ---- targets ----

    def target_rows(self, in_force: Target | None) -> list[TargetRow]:
        return [
            TargetRow(
                value=exact(self.words, t.value).target(t.value),
                at_risk=exact(self.words, t.at_risk_value).text(t.at_risk_value)
                if t.at_risk_value is not None
                else "",
                effective_on=t.effective_on,
                set_by=t.set_by.name if t.set_by else "Bowline",
                is_current=in_force is not None and t.pk == in_force.pk,
                is_ahead=t.effective_on > self.today,
            )
            for t in self.targets
        ]


def _share_ticks(shown: Sequence[Decimal]) -> list[float] | None:
    """Round axis values that end at 100 % where no value is above it."""
    if not shown or max(shown) > 100 or min(shown) < 0:
        return None
    lines = [tick for tick in nice_ticks(min(shown), max(shown)) if 0 <= tick <= 100]
    return lines if len(lines) > 1 else None
