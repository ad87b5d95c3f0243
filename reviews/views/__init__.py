"""Pages of weekly updates, under /t/<slug>/updates/."""

from reviews.views.edit import update_edit, update_preview
from reviews.views.letters import (
    item_close,
    update_acknowledge,
    update_amend,
    update_comment,
    update_detail,
    update_list,
)

__all__ = [
    "item_close",
    "update_acknowledge",
    "update_amend",
    "update_comment",
    "update_detail",
    "update_edit",
    "update_list",
    "update_preview",
]
