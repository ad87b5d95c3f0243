"""What every form of ours shares: the browser's own fields, and rules that a service keeps."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms

from tenants.errors import Invalid, StaleVersion, WrongState
from tenants.isolation import uuid7


class DateInput(forms.DateInput):
    """The browser's own date field, in the format that it reads."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ServiceForm(forms.Form):
    """A form whose rules a service keeps; `places` are fields that stand for the service's.

    `keeps_text`: what the record's state refuses is said in the form too, with all that was typed,
    instead of on a page of its own.
    """

    places: ClassVar[dict[str, str]] = {}
    keeps_text: ClassVar[bool] = False

    def send(self, call: Callable[..., Any], **facts: Any) -> Any:
        """What the service answers, or None with its errors in their places.

        A dotted field of the service is the form's field with underscores.
        """
        try:
            return call(**facts)
        except Invalid as refused:
            for field, message in refused.errors.items():
                name = self.places.get(field, field.replace(".", "_"))
                said = forms.ValidationError(message, code=refused.codes.get(field))
                self.add_error(name if name in self.fields else None, said)
            if not refused.errors:
                self.add_error(None, refused.message)
        except StaleVersion as refused:
            self.add_error(None, refused.message)
        except WrongState as refused:
            if not self.keeps_text:
                raise
            self.add_error(None, refused.message)
        return None

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as a service takes them."""
        return dict(self.cleaned_data)


class OnceForm(ServiceForm):
    """A form that makes something: sent twice (two clicks, the way back) it names the same id, so
    the service makes one."""

    form_id = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid7)
