"""Page tokens: what a page shows to prove that it came from this site.

The format is Footfall's (docs/edge.md): ``SUBJECT.E.MAC``. SUBJECT is the view's id, with ``_`` and the visitor's session
behind it where there is one, or ``-`` for the site alone; E the hour, in base 36, up to whose end the token is good; MAC the
first 16 bytes of an HMAC-SHA-256 over both with the site's page key, in base64url. The key is fetched once an hour with the
ingest token and kept in memory, so that making a token costs a hash and no request.
"""

import base64
import hmac
import logging
import os
import threading
import time
import weakref

from . import hits
from .client import Client, FootfallError
from .recorder import recorder

logger = logging.getLogger("footfall")

HOUR = 3_600
KEY_SECONDS = HOUR
RETRY_SECONDS = 30
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
NO_SUBJECT = "-"


def to_base36(number):
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if not number:
            return text


def make_token(key, subject, now):
    """`key`: the page key of the site, 32 bytes; `now`: seconds since 1970. Good for one to two hours."""
    text = f"{subject}.{to_base36(int(now) // HOUR + 1)}"
    mac = hmac.digest(key, text.encode(), "sha256")[:16]
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


class PageKey:
    """The page key of the site, fetched beside what a process does and kept. Any thread; never waits."""

    def __init__(self):
        self._lock = threading.Lock()
        self._key = None
        self._ask_again = 0.0
        self._pid = None
        this = weakref.ref(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: this() and this()._forked())

    def _forked(self):
        self._lock = threading.Lock()

    def get(self):
        """The key, or None while it cannot be had."""
        if time.monotonic() >= self._ask_again or self._pid != os.getpid():
            with self._lock:
                if time.monotonic() >= self._ask_again or self._pid != os.getpid():
                    self._pid = os.getpid()
                    self._ask_again = time.monotonic() + RETRY_SECONDS
                    threading.Thread(target=self._fetch, name="footfall-key", daemon=True).start()
        return self._key

    def _fetch(self):
        try:
            trouble = recorder().trouble
            with Client.from_settings(to_record=True) as client:
                text = client.get("/api/page-key")["key"]
            self._key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            self._ask_again = time.monotonic() + KEY_SECONDS
            trouble.over("key")
        except (FootfallError, KeyError, TypeError, ValueError) as error:
            trouble.tell("key", f"the page key cannot be had, pages carry no new token: {error}")
            trouble.say()
        except Exception:  # a thread of ours ends with a line, not with a stack on standard error
            logger.exception("footfall: the page key could not be fetched")


page_key = PageKey()


def token_for(subject=NO_SUBJECT):
    """A token for a page made now; "" while the key cannot be had."""
    key = page_key.get()
    return make_token(key, subject, time.time()) if key else ""


def token_of_view(request, settings):
    """What a page is told of its view: a token or, while the key cannot be had, the id alone."""
    view = request.footfall_view
    session = hits.session_of(request, settings)
    return token_for(f"{view.id}_{session}" if session else view.id) or view.id
