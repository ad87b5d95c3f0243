"""How a command tells its reader why nothing was done."""

from tenants.errors import DomainError, Invalid


def said(error: DomainError) -> str:
    """The refusal in one line, with the option that each part of it is about."""
    if not isinstance(error, Invalid) or not error.errors:
        return error.message
    return " ".join(f"{field}: {message}" for field, message in error.errors.items())
