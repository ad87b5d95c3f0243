"""The company, its people, its keys and its audit trail in the API."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import invitations, second_factor, services
from tenants.api.filters import BooleanFilter
from tenants.api.resource_serializers import (
    ApiKeyCreatedSerializer,
    ApiKeyCreateSerializer,
    ApiKeySerializer,
    ArchiveSerializer,
    AuditEventSerializer,
    HolidayCreateSerializer,
    HolidaySerializer,
    LogoSerializer,
    MemberInviteSerializer,
    MemberRolesSerializer,
    MemberSerializer,
    TenantRowSerializer,
)
from tenants.api.viewsets import Created, Deleted, Listed, Retrieved, TenantViewSet, Updated
from tenants.calendars.services import (
    holiday_add,
    holiday_remove,
    holiday_update,
    holidays_choose,
)
from tenants.company import logos
from tenants.company import services as company
from tenants.errors import Invalid, NotFound
from tenants.models import ApiKey, AuditEvent, Holiday, Member, Tenant
from tenants.permissions import ROLE_NAMES, Role

_LIST = ("holiday_country", "holiday_subdivision")


class TenantRowViewSet(Retrieved, Updated, TenantViewSet):
    """The caller's company and its settings."""

    model = Tenant
    serializer_class = TenantRowSerializer
    permissions: ClassVar = {
        "retrieve": "tenant.view",
        "partial_update": "tenant.manage",
        "logo": "tenant.manage",
        "remove_logo": "tenant.manage",
        "restore_logo": "tenant.manage",
        "archive": "tenant.manage",
        "restore": "tenant.manage",
    }
    while_inactive = frozenset({"restore"})

    def get_object(self) -> Tenant:
        return self.get_queryset().get(pk=self.request.tenant.pk)  # type: ignore[attr-defined]

    def perform_update(self, row: Tenant, changes: dict[str, Any]) -> Tenant:
        chosen = {name: changes.pop(name) for name in _LIST if name in changes}
        required = changes.pop("require_second_factor", None)
        if required is not None:
            self.check_confirmed()
            row = second_factor.second_factor_require(
                tenant=row, actor=self.actor, required=required
            )
        if changes:
            row = services.tenant_update(tenant=row, actor=self.actor, changes=changes)
        if chosen:
            country = chosen.get("holiday_country", row.holiday_country)
            moved = country != row.holiday_country
            kept = "" if moved else row.holiday_subdivision
            row = holidays_choose(
                tenant=row,
                actor=self.actor,
                country=country,
                subdivision=chosen.get("holiday_subdivision", kept),
            )
        return row

    def get_parsers(self) -> list[Any]:
        """A logo is a form with a file, all else JSON."""
        if getattr(self, "action_map", {}).get("post") == "logo":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(
        request={"multipart/form-data": LogoSerializer}, responses={200: TenantRowSerializer}
    )
    def logo(self, request: Request) -> Response:
        """Show this picture as the company's logo."""
        file = self.read_input(serializer_class=LogoSerializer)["file"]
        logos.check_size(file.size)
        try:
            row = company.logo_set(tenant=self.get_object(), actor=self.actor, content=file.read())
        except Invalid as error:
            raise Invalid({"file": error.message}) from error
        return self.answer(row)

    @extend_schema(request=None, responses={204: None})
    def remove_logo(self, request: Request) -> Response:
        """Show the company's initials again."""
        company.logo_remove(tenant=self.get_object(), actor=self.actor)
        return Response(status=204)

    @extend_schema(request=None, responses={200: TenantRowSerializer})
    def restore_logo(self, request: Request) -> Response:
        """Show the logo again that was removed last."""
        return self.answer(company.logo_restore(tenant=self.get_object(), actor=self.actor))

    @extend_schema(request=ArchiveSerializer, responses={200: TenantRowSerializer})
    def archive(self, request: Request) -> Response:
        """Put the company away; its keys stop, an admin can restore it for 90 days."""
        data = self.read_input(serializer_class=ArchiveSerializer)
        row = company.tenant_archive(tenant=self.get_object(), actor=self.actor, **data)
        return self.answer(row)

    @extend_schema(request=None, responses={200: TenantRowSerializer})
    def restore(self, request: Request) -> Response:
        """Bring an archived company back; by an admin's browser session, for keys have stopped."""
        return self.answer(company.tenant_restore(tenant=self.get_object(), actor=self.actor))


class HolidayFilter(filters.FilterSet):
    """By date, where it comes from, and whether it counts."""

    date_from = filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date", lookup_expr="lte")
    source = filters.ChoiceFilter(choices=Holiday.Source.choices)
    active = BooleanFilter()

    class Meta:
        model = Holiday
        fields: ClassVar[list[str]] = []


class HolidayViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """Days on which the company does not work: of a country's public list, and its own."""

    model = Holiday
    serializer_class = HolidaySerializer
    filterset_class = HolidayFilter
    permissions: ClassVar = {
        "list": "tenant.view",
        "retrieve": "tenant.view",
        "create": "tenant.manage",
        "partial_update": "tenant.manage",
        "destroy": "tenant.manage",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("tenant")

    def get_input_serializer_class(self) -> type[Any]:
        return HolidayCreateSerializer if self.action == "create" else HolidaySerializer

    @extend_schema(request=HolidayCreateSerializer)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a day of the company's own."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, data: dict[str, Any]) -> Holiday:
        return holiday_add(tenant=self.request.tenant, actor=self.actor, **data)  # type: ignore[attr-defined]

    def perform_update(self, row: Holiday, changes: dict[str, Any]) -> Holiday:
        return holiday_update(holiday=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: Holiday) -> None:
        holiday_remove(holiday=row, actor=self.actor)


class MemberFilter(filters.FilterSet):
    """Without a status those who are here or invited, not those who left."""

    status = filters.ChoiceFilter(choices=Member.Status.choices, method="by_status")
    email = filters.CharFilter(field_name="user__email", lookup_expr="iexact", max_length=254)
    role = filters.ChoiceFilter(
        choices=[(role.value, ROLE_NAMES[role]) for role in Role],
        method="by_role",
    )

    class Meta:
        model = Member
        fields: ClassVar[list[str]] = ["status", "role"]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrowed = super().filter_queryset(queryset)
        if self.form.cleaned_data["status"]:
            return narrowed
        return narrowed.filter(status__in=Member.NAMEABLE)

    def by_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(status=value)

    def by_role(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(roles__contains=[value])


class MemberViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """The people of the company.

    POST invites by mail, PATCH gives roles, DELETE ends the membership or the invitation. Someone
    who is `invited` can be named as CTO, sponsor or owner, and can do nothing until they accept.
    """

    model = Member
    serializer_class = MemberSerializer
    permissions: ClassVar = {
        "list": "member.view",
        "retrieve": "member.view",
        "create": "member.manage",
        "partial_update": "member.manage",
        "destroy": "member.manage",
        "resend": "member.manage",
        "revoke": "member.manage",
        "me": "member.view",
        "leave": "member.leave",
    }
    dangerous = frozenset({"create", "partial_update", "destroy", "resend", "revoke", "leave"})

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("user").prefetch_related("invitations")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters belong to the list: those who left can still be read one by one."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    filterset_class = MemberFilter

    @extend_schema(request=MemberInviteSerializer)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite a person by mail; 409 when they are a member or invited already."""
        return super().create(request, *args, **kwargs)

    @extend_schema(request=MemberRolesSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a member exactly these roles."""
        return super().partial_update(request, *args, **kwargs)

    def get_input_serializer_class(self) -> type[Any]:
        return MemberInviteSerializer if self.action == "create" else MemberRolesSerializer

    def perform_create(self, data: dict[str, Any]) -> Member:
        return invitations.member_invite(actor=self.actor, **data)

    def perform_update(self, row: Member, changes: dict[str, Any]) -> Member:
        if "roles" not in changes:
            return row
        return services.member_set_roles(member=row, actor=self.actor, roles=changes["roles"])

    def perform_destroy(self, row: Member) -> None:
        services.member_remove(member=row, actor=self.actor)

    @extend_schema(request=None, responses={200: MemberSerializer})
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the invitation again, with a new link; 409 unless the person is invited."""
        return self.answer(
            invitations.invitation_resend(member=self.get_object(), actor=self.actor)
        )

    @extend_schema(request=None, responses={200: MemberSerializer})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Withdraw the invitation: its link stops; 409 for someone who has joined."""
        return self.answer(
            invitations.invitation_revoke(member=self.get_object(), actor=self.actor)
        )

    @extend_schema(responses={200: MemberSerializer}, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def me(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who is calling; 404 for a service key, which is nobody."""
        return self.answer(self._caller())

    @extend_schema(request=None, responses={204: None})
    @me.mapping.delete
    def leave(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Leave the company; 422 for its last admin."""
        services.member_leave(member=self._caller())
        return Response(status=204)

    def _caller(self) -> Member:
        member: Member | None = self.request.member  # type: ignore[attr-defined]
        if member is None:
            raise NotFound
        return member


class ApiKeyViewSet(Listed, Retrieved, Created, Deleted, TenantViewSet):
    """Keys to this API: one's own, and all of them for admins. DELETE revokes."""

    model = ApiKey
    serializer_class = ApiKeySerializer
    input_serializer_class = ApiKeyCreateSerializer
    hidden_in_replays = frozenset({"key"})
    dangerous = frozenset({"create"})
    permissions: ClassVar = {
        "list": "api_key.own",
        "retrieve": "api_key.own",
        "create": "api_key.own",
        "destroy": "api_key.own",
    }

    def get_queryset(self) -> QuerySet[Any]:
        keys = super().get_queryset()
        if getattr(self, "swagger_fake_view", False) or self.actor.can("api_key.manage"):
            return keys
        return keys.filter(member_id=self.actor.actor_id, member__isnull=False)

    @extend_schema(request=ApiKeyCreateSerializer, responses={201: ApiKeyCreatedSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a key; `key` in the answer is shown this once."""
        data = self.read_input()
        member = None if data.get("scopes") else request.member  # type: ignore[attr-defined]
        row, key = services.api_key_create(actor=self.actor, member=member, **data)
        return self.answer(row, status=201, key=key)

    def perform_destroy(self, row: ApiKey) -> None:
        services.api_key_revoke(key=row, actor=self.actor)


class AuditEventFilter(filters.FilterSet):
    """Who did what to what, and when."""

    actor = filters.UUIDFilter(field_name="actor_id")
    verb = filters.CharFilter()
    target_type = filters.CharFilter()
    target_id = filters.UUIDFilter()
    request_id = filters.CharFilter()
    occurred_after = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    occurred_before = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")

    class Meta:
        model = AuditEvent
        fields: ClassVar[list[str]] = []


class AuditEventViewSet(Listed, Retrieved, TenantViewSet):
    """The audit trail: who did what, when. It cannot be changed."""

    model = AuditEvent
    serializer_class = AuditEventSerializer
    filterset_class = AuditEventFilter
    permissions: ClassVar = {"list": "audit.view", "retrieve": "audit.view"}
