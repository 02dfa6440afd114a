"""A page in Django's admin: the last thirty days, for those who may view "traffic"."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse

from . import conf
from .client import FootfallError
from .models import Traffic
from .report import report

# The chart's own units; the page scales it to its width.
WIDTH, HEIGHT = 720, 180
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 8, 24
LABEL_EVERY_DAYS = 7
GAP = 0.25  # of a bar's place


def nice_ceiling(number):
    """The smallest of 2, 4, 6, 8, 10, 20, 40, … that holds the number: the half of each is whole as well."""
    power = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if number <= step * power:
                return step * power
        power *= 10


def chart(days):
    """Bars, lines and labels, in the chart's units."""
    most = nice_ceiling(max((row.pageviews for row in days), default=0) or 1)
    floor = HEIGHT - BOTTOM
    scale = (floor - TOP) / most
    place = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    bars = []
    for index, row in enumerate(days):
        tall = row.pageviews * scale
        bars.append({
            "day": row.day, "visitors": row.visitors, "pageviews": row.pageviews,
            "x": round(LEFT + place * (index + GAP / 2), 1), "width": round(place * (1 - GAP), 1),
            "y": round(floor - tall, 1), "height": round(tall, 1),
            "left": round(LEFT + place * index, 1), "place": round(place, 1),
            "middle": round(LEFT + place * (index + 0.5), 1),
            "label": (len(days) - 1 - index) % LABEL_EVERY_DAYS == 0,
        })
    lines = [{"y": round(floor - value * scale, 1), "value": value} for value in (0, most // 2, most)]
    return {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "floor": floor, "top": TOP, "bars": bars, "lines": lines}


@admin.register(Traffic)
class TrafficAdmin(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        # The list is all there is: no row can be opened.
        return [url for url in super().get_urls() if getattr(url, "name", None) == "footfall_traffic_changelist"]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        settings = conf.load()
        context = {
            **self.admin_site.each_context(request),
            "title": f"Traffic of {settings.site or 'this site'}",
            "opts": self.model._meta,
            "dashboard": f"{settings.script_url[:-len('/js/footfall.js')]}/dashboard"
            if settings.script_url.endswith("/js/footfall.js") and settings.is_whole else "",
            **(extra_context or {}),
        }
        try:
            found = report()
            context.update(report=found, chart=chart(found.days))
        except (FootfallError, ValueError) as error:
            context["problem"] = str(error)
        return TemplateResponse(request, "admin/footfall/traffic.html", context)
