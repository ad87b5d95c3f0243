"""What a request of the API carries beside its body; set by `tenants.middleware`."""

from rest_framework.request import Request

from tenants.models import ApiKey, Member, Tenant


class ApiRequest(Request):
    """A request whose caller is known."""

    tenant: Tenant
    member: Member | None  # None for a service key
    actor: Member | ApiKey
    api_key: ApiKey | None  # None for a browser's session
