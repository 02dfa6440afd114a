from django.apps import AppConfig


class FootfallConfig(AppConfig):
    name = "footfall"
    verbose_name = "Footfall"
    default_auto_field = "django.db.models.AutoField"

    def ready(self):
        from . import checks  # noqa: F401  registers itself
