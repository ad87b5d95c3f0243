"""The upload of one file."""

from typing import Any

from django import forms

from tenants.errors import Invalid, TooLarge
from tenants.files.inspection import ACCEPT


class FileForm(forms.Form):
    """One file; its rules are the service's."""

    file = forms.FileField(
        label="File",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    def send(self, service: Any, **facts: Any) -> Any:
        """Call the service; what it refuses about the file stands at the field, answer None."""
        try:
            return service(upload=self.cleaned_data["file"], **facts)
        except Invalid as error:
            for name, text in error.errors.items():
                self.add_error(name if name in self.fields else None, text)
        except TooLarge as error:
            self.add_error("file", error.message)
        return None
