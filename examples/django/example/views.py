"""Three pages, and one that shows who came: read through Footfall's API, drawn as an SVG."""

from collections import Counter
from datetime import datetime, timedelta, timezone

from django.conf import settings
from django.shortcuts import render

from footfall.client import Client, FootfallError

HOURS = 24
TICK_HOURS = 6
ROWS = 500
LANES = 8
# The picture's own units; the page scales it to its width.
WIDTH, LANE, AXIS = 720, 34, 22


def ways(request):
    """For all templates: how this site is counted."""
    return {"counts_in_template": "client" in settings.WAYS, "counts_on_server": "server" in settings.WAYS}


def page(request, name):
    return render(request, f"{name}.html")


def picture(visits, since, until):
    """A lane a page, the busiest first, and a dot a visit, by its time."""
    pages = [path for path, _ in Counter(visit.path for visit in visits).most_common(LANES)]
    height = LANE * len(pages)

    def x(time):
        return round((time - since) / (until - since) * WIDTH, 1)

    def y(path):
        return LANE * (pages.index(path) + 1) - 9

    first_tick = since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = [first_tick + timedelta(hours=hour) for hour in range(HOURS)]
    return {
        "width": WIDTH,
        "height": height + AXIS,
        "floor": height,
        "lanes": [{"path": path, "y": y(path)} for path in pages],
        "dots": [{"x": x(visit.time), "y": y(visit.path), "visit": visit} for visit in visits if visit.path in pages],
        "ticks": [{"x": x(hour), "hour": hour} for hour in hours if hour.hour % TICK_HOURS == 0],
    }


def visits(request):
    """The newest visits of a day: a dot each, by time and page, and the same as a table."""
    until = datetime.now(timezone.utc)
    since = until - timedelta(hours=HOURS)
    try:
        with Client.from_settings() as client:
            found = list(client.visits(since=since, limit=ROWS))
    except (FootfallError, ValueError) as error:  # ValueError: the settings name no server
        return render(request, "visits.html", {"problem": error}, status=503)
    return render(request, "visits.html", {"visits": found, "picture": picture(found, since, until)})
