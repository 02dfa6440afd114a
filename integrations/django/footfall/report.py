"""The last thirty days for the page in the admin: days, totals, top pages; kept for a minute.

Days are those of UTC, as Footfall counts them, and today is the last one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import List

from django.core.cache import cache

from . import conf
from .client import Client

DAYS = 30
CACHE_SECONDS = 60
TOP_PAGES = 15


@dataclass(frozen=True)
class DayRow:
    day: date
    visitors: int
    pageviews: int


@dataclass(frozen=True)
class PageRow:
    path: str
    visitors: int
    pageviews: int


@dataclass(frozen=True)
class Report:
    visitors: int
    sessions: int
    pageviews: int
    days: List[DayRow]  # each of the thirty, oldest first
    pages: List[PageRow]


def report():
    """Raises FootfallError, or ValueError where the settings name no server."""
    settings = conf.load()
    key = f"footfall.report.{settings.site}"
    found = cache.get(key)
    if found is None:
        found = _ask(datetime.now(timezone.utc).date())
        cache.set(key, found, CACHE_SECONDS)
    return found


def _ask(today):
    wanted = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    between = [wanted[0].isoformat(), today.isoformat()]
    with Client.from_settings() as client:
        totals = client.stats(("visitors", "visits", "pageviews"), between)
        days = client.stats(("visitors", "pageviews"), between, ("time:day",), order_by=[["time:day", "asc"]])
        pages = client.stats(("visitors", "pageviews"), between, ("event:page",), order_by=[["pageviews", "desc"]],
                             pagination={"limit": TOP_PAGES})
    visitors, sessions, pageviews = totals[0].metrics if totals else (0, 0, 0)
    came = {row.dimensions[0][:10]: row.metrics for row in days}
    return Report(visitors, sessions, pageviews,
                  [DayRow(day, *came.get(day.isoformat(), (0, 0))) for day in wanted],
                  [PageRow(row.dimensions[0], *row.metrics) for row in pages])
