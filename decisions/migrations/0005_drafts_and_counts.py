import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("decisions", "0004_initiative")]

    operations = [
        migrations.AddField(
            model_name="spendrequest",
            name="version",
            field=models.PositiveIntegerField(default=0, help_text="Moves with each saved change."),
        ),
        migrations.AddField(
            model_name="spendrequest",
            name="saved_from",
            field=models.CharField(
                blank=True, default="", help_text="Which open form saved it last.", max_length=36
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="spendstep",
            name="above",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, default=list, size=None
            ),
        ),
    ]
