"""Days on which a company does not work."""

from typing import ClassVar

from django.db import models

from tenants.isolation.models import TimestampedTenantModel


class Holiday(TimestampedTenantModel):
    """A date that is not worked: from a country's public list, or the company's own.

    One of the list is never deleted by hand, it is switched off: the next filling would bring it
    back. What was switched off stays so.
    """

    class Source(models.TextChoices):
        LIST = "list", "Public list"
        OWN = "own", "Own"

    date = models.DateField()
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=4, choices=Source.choices, default=Source.OWN)
    country = models.CharField(max_length=2, blank=True, editable=False)
    subdivision = models.CharField(max_length=20, blank=True, editable=False)
    active = models.BooleanField(default=True)

    class Meta(TimestampedTenantModel.Meta):
        ordering: ClassVar[list[str]] = ["date", "source"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "date", "source"], name="holiday_once_a_date_and_source"
            ),
            models.CheckConstraint(
                condition=models.Q(source="own", country="", subdivision="")
                | (models.Q(source="list") & ~models.Q(country="")),
                name="holiday_of_a_list_names_its_country",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.date:%Y-%m-%d}"

    @property
    def is_own(self) -> bool:
        return self.source == self.Source.OWN
