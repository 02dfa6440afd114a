"""No table: a name for the page in the admin, and the permission to see it."""

from django.db import models


class Traffic(models.Model):
    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = "traffic"
        verbose_name_plural = "traffic"
