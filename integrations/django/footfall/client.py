"""Speaks to Footfall's API: counts, visits and statistics to read, hits to record.

    from footfall.client import Client
    client = Client.from_settings()
    client.count("/about")                       # 42
    for visit in client.visits(path="/about"):   # newest first, page after page
        print(visit.time, visit.ip)

Every call may raise ``Unreachable`` (nobody knows whether it arrived) or ``Refused`` (it did not happen, and why).
A client keeps one connection and belongs to one thread.
"""

import http.client
import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union
from urllib.parse import quote, urlencode, urlsplit

from . import __version__, conf

Moment = Union[datetime, date, str]

PAGE_ROWS = 1_000  # the most that the API gives at once
BODY_BYTES_MAX = 240_000  # the API takes 256 KiB of hits


class FootfallError(Exception):
    """Footfall could not do what was asked."""


class Unreachable(FootfallError):
    """No answer, or half of one: what was sent may or may not have arrived."""


class Refused(FootfallError):
    """An answer that says no."""

    def __init__(self, status, code, detail, field=None, retry_after=None):
        super().__init__(f"{status} {code}: {detail}" + (f" ({field})" if field else ""))
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.retry_after = retry_after  # seconds, or None

    @property
    def is_temporary(self):
        return self.status in (408, 425, 429) or self.status >= 500


@dataclass(frozen=True)
class Visit:
    """A row of the table `visits`. Text that is not there is empty."""

    id: str
    time: datetime
    site: str
    path: str
    query: str = ""
    title: str = ""
    session: str = ""
    visitor: str = ""
    ip: str = ""
    user_agent: str = ""
    referrer: str = ""
    event: str = ""
    kind: str = "load"
    source: str = "script"
    props: Optional[Dict[str, str]] = None
    country: str = ""
    region: str = ""
    city: str = ""
    browser: str = ""
    browser_version: str = ""
    os: str = ""
    os_version: str = ""
    device: str = ""
    referrer_source: str = ""
    channel: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    bot: Optional[str] = None
    engaged_ms: int = 0
    scroll_depth: Optional[int] = None

    @classmethod
    def from_json(cls, row):
        known = {name: row[name] for name in _VISIT_FIELDS if row.get(name) is not None}
        known["time"] = parse_time(row["time"])
        return cls(**known)


_VISIT_FIELDS = tuple(each.name for each in fields(Visit))


@dataclass(frozen=True)
class Verdict:
    """What became of a batch: the ids of those taken, in order, and why the others were not."""

    accepted: int
    ids: List[str]
    refused: List[Dict[str, Any]]


@dataclass(frozen=True)
class TopRow:
    value: str
    visits: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class StatsRow:
    dimensions: List[str]
    metrics: List[Any]


def parse_time(text):
    """An RFC 3339 time of the API as an aware datetime."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _moment(value):
    return value.isoformat() if isinstance(value, (datetime, date)) else value


class Client:
    def __init__(self, url, site, token="", timeout_seconds=5.0):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{url}' is no http(s) address")
        self.site = site
        self._token = token
        self._prefix = parts.path.rstrip("/")
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=timeout_seconds)

    @classmethod
    def from_settings(cls, to_record=False):
        settings = conf.load()
        token = settings.token if to_record else settings.read_token or settings.token
        return cls(settings.url, settings.site, token, settings.timeout_seconds)

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- Reading ---

    def count(self, key="TOTAL", **parameters):
        """The number of a counter: a path, a name, or TOTAL; 0 where nothing was counted yet."""
        try:
            return self.get(f"/api/counters/{quote(key, safe='')}", **parameters)["value"]
        except Refused as refusal:
            if refusal.status == 404 and refusal.field == "key":
                return 0
            raise

    def counts(self) -> Dict[str, int]:
        """All counters of the site: a number by key."""
        return {row["key"]: row["value"] for row in self.get("/api/counters")["counters"]}

    def visits(self, *, ip=None, path=None, session=None, visitor=None, event=None, since: Optional[Moment] = None,
               until: Optional[Moment] = None, oldest_first=False, limit: Optional[int] = None) -> Iterator[Visit]:
        """Visits that match all that is given, page after page as they are asked for."""
        asked = {"ip": ip, "path": path, "session": session, "visitor": visitor, "event": event,
                 "from": _moment(since), "to": _moment(until), "order": "asc" if oldest_first else None}
        cursor, left = None, limit
        while left is None or left > 0:
            rows = PAGE_ROWS if left is None else min(left, PAGE_ROWS)
            page = self.get("/api/visits", limit=rows, cursor=cursor, **asked)
            for row in page["visits"]:
                yield Visit.from_json(row)
            left = None if left is None else left - len(page["visits"])
            cursor = page["next_cursor"]
            if not cursor:
                return

    def visits_by_ip(self, ip, **more):
        return self.visits(ip=ip, **more)

    def visits_by_path(self, path, **more):
        return self.visits(path=path, **more)

    def visits_by_session(self, session, **more):
        return self.visits(session=session, **more)

    def top(self, by, *, since: Optional[Moment] = None, until: Optional[Moment] = None, limit=50) -> List["TopRow"]:
        """How often each value came, most first; `by`: ip, path, session, referrer, …"""
        answer = self.get("/api/visits/top", by=by, limit=limit, **{"from": _moment(since), "to": _moment(until)})
        return [TopRow(row["value"], row["visits"], parse_time(row["first"]), parse_time(row["last"]))
                for row in answer["top"]]

    def stats(self, metrics: Sequence[str], date_range: Any = "30d", dimensions: Sequence[str] = (),
              filters: Sequence[Any] = (), **more) -> List[StatsRow]:
        """Numbers, by Plausible's question: metrics in the order asked for, grouped by the dimensions."""
        question = {"site_id": self.site, "metrics": list(metrics), "date_range": date_range,
                    "dimensions": list(dimensions), "filters": list(filters), **more}
        return [StatsRow(row["dimensions"], row["metrics"]) for row in self.post("/api/v2/query", question)["results"]]

    # --- Recording ---

    def record(self, hits: Sequence[Dict[str, Any]], late=False) -> Verdict:
        """Records up to a hundred hits; a hit whose id was recorded before counts no second time.

        late   they may be older than the ten minutes in which ids are remembered: the store is asked as well
        """
        answer = self.post("/api/visits", list(hits), **({"late": "true"} if late else {}))
        return Verdict(answer["accepted"], answer["ids"], answer["refused"])

    # --- Any route ---

    def get(self, route, /, **parameters):
        return self._call("GET", route, parameters, None)

    def post(self, route, body, /, **parameters):
        return self._call("POST", route, parameters, json.dumps(body).encode())

    def _call(self, method, route, parameters, body):
        asked = {name: value for name, value in {"site": self.site, **parameters}.items() if value is not None}
        headers = {"User-Agent": f"django-footfall/{__version__}", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request(method, f"{self._prefix}{route}?{urlencode(asked)}", body, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(f"{method} {route}: {error or type(error).__name__}") from error
        if response.status >= 300:
            raise _refusal(response, text)
        try:
            return json.loads(text)
        except ValueError as error:
            raise Unreachable(f"{method} {route}: the answer is no JSON") from error


def _refusal(response, text):
    try:
        problem = json.loads(text)
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    after = response.headers.get("Retry-After", "")
    return Refused(response.status, problem.get("code", "unknown"), problem.get("detail", response.reason),
                   problem.get("field"), int(after) if after.isdigit() else None)
