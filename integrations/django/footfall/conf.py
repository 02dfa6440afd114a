"""The settings: one dictionary, ``FOOTFALL``, with a default for everything but where Footfall is and which site this is.

    FOOTFALL = {"URL": "http://127.0.0.1:8080", "SITE": "example.com", "TOKEN": "ff_ingest_…"}

They are read once, and again when a test overrides them.
"""

import os
import re
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed


@dataclass(frozen=True)
class Settings:
    url: str  # where this server reaches Footfall, without a slash at the end
    site: str
    token: str  # an ingest token; "" leaves the server side off
    read_token: str  # for the page in the admin and for reading; "": the ingest token is tried
    script_url: str  # where browsers get the script
    strict: bool  # pages carry a page token
    record: bool  # the middleware records
    tell_pages: bool  # a page learns which hit it is
    check: bool  # manage.py asks Footfall whether the settings are right
    edge: bool  # Footfall's own edge stands in front and has given the session
    exclude_paths: tuple
    exclude_staff: bool
    exclude_bots: bool
    honour_dnt: bool
    honour_gpc: bool
    trusted_proxies: tuple
    queue_size: int
    batch_size: int
    batch_seconds: float
    timeout_seconds: float
    exit_seconds: float
    spool: Path
    spool_bytes_max: int
    session_cookie: str  # Django's own names
    session_engine: str
    unknown: tuple = field(default=())  # names that mean nothing: the check tells

    @property
    def is_whole(self):
        return bool(self.url and self.site)


DEFAULTS = {
    "URL": "",
    "SITE": "",
    "TOKEN": "",
    "READ_TOKEN": "",
    "SCRIPT_URL": "",
    "STRICT": False,
    "RECORD": True,
    "TELL_PAGES": True,
    "CHECK": True,
    "EDGE": False,
    "EXCLUDE_PATHS": (),
    "EXCLUDE_STAFF": True,
    "EXCLUDE_BOTS": False,
    "HONOUR_DNT": False,
    "HONOUR_GPC": False,
    "TRUSTED_PROXIES": (),
    # Ten thousand hits are about five megabytes; what comes beyond goes to the spool.
    "QUEUE_SIZE": 10_000,
    # What the API takes in one request.
    "BATCH_SIZE": 100,
    "BATCH_SECONDS": 1.0,
    "TIMEOUT_SECONDS": 5.0,
    # How long the end of a process may wait for the last batch before it goes to the spool.
    "EXIT_SECONDS": 2.0,
    "SPOOL": None,
    "SPOOL_BYTES_MAX": 256 * 1024 * 1024,
}

# From the environment, where the settings say nothing: tokens do not belong into a file that is shared. FOOTFALL_TOKEN is
# the command line's, an admin's as a rule.
VARIABLES = {"URL": "FOOTFALL_URL", "SITE": "FOOTFALL_SITE", "TOKEN": "FOOTFALL_INGEST_TOKEN",
             "READ_TOKEN": "FOOTFALL_READ_TOKEN"}

_loaded = None


def load():
    """The settings. Raises ImproperlyConfigured where a value cannot be what it is."""
    global _loaded
    if _loaded is None:
        _loaded = _read()
    return _loaded


def _forget(*, setting, **_):
    global _loaded
    if setting in ("FOOTFALL", "BASE_DIR", "SESSION_ENGINE", "SESSION_COOKIE_NAME"):
        _loaded = None


setting_changed.connect(_forget, dispatch_uid="footfall.conf")


def _list_of(name, values):
    # A text is a sequence of letters, and each letter would be taken for a pattern.
    if isinstance(values, (str, bytes)):
        raise ValueError(f"{name} must be a list")
    return values


def _positive(name, value, kind):
    number = kind(value)
    if number <= 0:
        raise ValueError(f"{name} must be more than 0")
    return number


def _read():
    given = getattr(settings, "FOOTFALL", {})
    if not isinstance(given, dict):
        raise ImproperlyConfigured("FOOTFALL must be a dictionary")
    values = {**DEFAULTS, **given}
    for name, variable in VARIABLES.items():
        values[name] = values[name] or os.environ.get(variable, "")
    try:
        url = values["URL"].rstrip("/")
        return Settings(
            url=url,
            site=values["SITE"],
            token=values["TOKEN"],
            read_token=values["READ_TOKEN"],
            script_url=values["SCRIPT_URL"] or f"{url}/js/footfall.js",
            strict=bool(values["STRICT"]),
            record=bool(values["RECORD"]),
            tell_pages=bool(values["TELL_PAGES"]),
            check=bool(values["CHECK"]),
            edge=bool(values["EDGE"]),
            exclude_paths=tuple(re.compile(pattern) for pattern in _list_of("EXCLUDE_PATHS", values["EXCLUDE_PATHS"])),
            exclude_staff=bool(values["EXCLUDE_STAFF"]),
            exclude_bots=bool(values["EXCLUDE_BOTS"]),
            honour_dnt=bool(values["HONOUR_DNT"]),
            honour_gpc=bool(values["HONOUR_GPC"]),
            trusted_proxies=tuple(ip_network(network)
                                  for network in _list_of("TRUSTED_PROXIES", values["TRUSTED_PROXIES"])),
            queue_size=_positive("QUEUE_SIZE", values["QUEUE_SIZE"], int),
            batch_size=min(100, _positive("BATCH_SIZE", values["BATCH_SIZE"], int)),
            batch_seconds=_positive("BATCH_SECONDS", values["BATCH_SECONDS"], float),
            timeout_seconds=_positive("TIMEOUT_SECONDS", values["TIMEOUT_SECONDS"], float),
            exit_seconds=_positive("EXIT_SECONDS", values["EXIT_SECONDS"], float),
            spool=Path(values["SPOOL"] or Path(getattr(settings, "BASE_DIR", ".")) / "footfall-spool"),
            spool_bytes_max=_positive("SPOOL_BYTES_MAX", values["SPOOL_BYTES_MAX"], int),
            session_cookie=settings.SESSION_COOKIE_NAME,
            session_engine=settings.SESSION_ENGINE,
            unknown=tuple(sorted(str(name) for name in set(given) - set(DEFAULTS))),
        )
    except (AttributeError, TypeError, ValueError, re.error) as error:
        raise ImproperlyConfigured(f"FOOTFALL: {error}") from error
