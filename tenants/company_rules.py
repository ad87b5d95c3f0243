"""What a company's settings must be, and how they are written down."""

from tenants import colours, currencies
from tenants.calendars.working import MIDNIGHT, WEEKDAYS
from tenants.errors import Invalid
from tenants.models import Tenant


def settle(tenant: Tenant) -> None:
    """Bring values into their one form: days in the week's order, a colour in lower case.

    Raises Invalid for a colour that is none.
    """
    chosen = set(tenant.working_days or [])
    if chosen <= set(WEEKDAYS):  # else `check` names the stranger
        tenant.working_days = [day for day in WEEKDAYS if day in chosen]
    if tenant.brand_color:
        try:
            tenant.brand_color = colours.parse(tenant.brand_color)
        except ValueError as error:
            raise Invalid({"brand_color": "Use a colour such as #1b5a86."}) from error


def check(tenant: Tenant, before: Tenant) -> None:
    """Raise Invalid unless the settings fit together and may follow on those before."""
    errors = _hours(tenant) | _update(tenant)
    if len(tenant.name) < 2:
        errors["name"] = "A company's name has at least two characters."
    if not tenant.working_days:
        errors["working_days"] = "Choose at least one day of the week."
    if tenant.currency != before.currency:
        errors |= _currency(tenant, before)
    if tenant.brand_color and tenant.brand_color != before.brand_color:
        errors |= _colour(tenant.brand_color)
    if errors:
        raise Invalid(errors)


def _hours(tenant: Tenant) -> dict[str, str]:
    start, end = tenant.working_hours_start, tenant.working_hours_end
    for field, time in (("working_hours_start", start), ("working_hours_end", end)):
        if time.second or time.microsecond:
            return {field: "Use whole minutes."}
    if end <= start and end != MIDNIGHT:
        return {"working_hours_end": "The day ends before it begins. Choose a later time."}
    return {}


def _update(tenant: Tenant) -> dict[str, str]:
    """Weekday and time of the weekly update's deadline: both, or neither for Friday at 17:00."""
    if tenant.update_due_weekday and tenant.update_due_time is None:
        return {"update_due_time": "Choose a time as well."}
    if tenant.update_due_time is not None and not tenant.update_due_weekday:
        return {"update_due_weekday": "Choose a weekday as well."}
    return {}


def _currency(tenant: Tenant, before: Tenant) -> dict[str, str]:
    if tenant.currency not in currencies.names():
        return {"currency": f"There is no currency {tenant.currency!r}. Use a code such as EUR."}
    standing = currencies.standing_money()
    if standing:
        what = " and ".join([*([", ".join(standing[:-1])] if standing[1:] else []), standing[-1]])
        return {
            "currency": f"{what[:1].upper()}{what[1:]} stand in {before.currency}, and would mean "
            "something else in another currency. It cannot be changed any more."
        }
    return {}


def _colour(colour: str) -> dict[str, str]:
    found = colours.shades(colour)
    if found.passes:
        return {}
    return {
        "brand_color": f"White text on {colour} has a contrast of {found.light_ratio}:1, "
        f"and needs {colours.ENOUGH}:1. The nearest colour that passes is {found.nearest}."
    }
