import datetime as dt

from django.urls import path, register_converter

from reviews.views import edit, letters


class WeekConverter:
    """The first day of a week in an address: 2026-10-12."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date | str) -> str:
        return str(value)


register_converter(WeekConverter, "week")

urlpatterns = [
    path("", letters.update_list, name="update_list"),
    path("<week:week_start>/", letters.update_detail, name="update_detail"),
    path("<week:week_start>/edit/", edit.update_edit, name="update_edit"),
    path("<week:week_start>/preview/", edit.update_preview, name="update_preview"),
    path("<week:week_start>/acknowledge/", letters.update_acknowledge, name="update_acknowledge"),
    path("<week:week_start>/comment/", letters.update_comment, name="update_comment"),
    path("<week:week_start>/amend/", letters.update_amend, name="update_amend"),
    path("<week:week_start>/close/<uuid:item_id>/", letters.item_close, name="item_close"),
]
