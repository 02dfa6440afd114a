"""What is recorded of a request and its response: whether at all, and what."""

import hashlib
import os
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from ipaddress import ip_address
from urllib.parse import unquote

PAGE_ENDINGS = (".html", ".htm", ".json")
# The names are those of the edge's cookie, on HTTPS and on plain HTTP.
EDGE_COOKIES = ("__Host-footfall", "footfall")
SESSION_CHARACTERS = 22
BOT_WORDS = ("bot", "crawl", "spider", "slurp", "headless", "curl/", "wget/", "python-", "http-client", "monitor", "preview")
# Footfall's own limits: a longer path is no page that could be looked up, longer texts are cut.
PATH_BYTES_MAX = 2_000
QUERY_BYTES_MAX = 2_000
REFERRER_BYTES_MAX = 2_000
USER_AGENT_BYTES_MAX = 512
# Whose key is its content: it changes with what it holds, and is no name of a session.
SESSIONS_WITHOUT_A_KEY = "django.contrib.sessions.backends.signed_cookies"


@dataclass(frozen=True)
class View:
    """A view of a page that may be recorded: named when the request comes, so that the page can be told its name."""

    id: str
    time: datetime
    path: str  # as it was sent
    query: str


def new_id():
    """A UUID of version 7: it says when, and is guessed by nobody."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    text = f"{number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# --- Whether ---


def target_of(request):
    """Path and query as the browser sent them, where the server tells; else as Django writes them.

    Behind a proxy that takes a prefix away, what the server was sent is not what the browser sent: Django knows the prefix.
    """
    scope = getattr(request, "scope", None)
    if scope is not None and scope.get("raw_path"):
        query = scope.get("query_string", b"")
        target = scope["raw_path"].split(b"?", 1)[0].decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    else:
        target = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
    sent = target.startswith("/") and unquote(target.partition("#")[0].partition("?")[0]) == request.path
    return target if sent else request.get_full_path()


def is_page_path(path):
    """The last segment is empty, has no dot, or ends as a page does."""
    last = path.rsplit("/", 1)[-1].lower()
    return "." not in last or last.endswith(PAGE_ENDINGS)


def is_page_type(content_type):
    kind = content_type.split(";", 1)[0].strip().lower()
    return kind in ("text/html", "application/json") or (kind.startswith("application/") and kind.endswith("+json"))


def is_ahead_of_time(purpose):
    """Nobody has seen a page that is fetched ahead; what is rendered ahead is reported by its script when it is shown."""
    return purpose.split(";", 1)[0].strip().lower() == "prefetch"


def view_of(request):
    """The view that this request is, as far as can be said before there is a response; None: it is none."""
    # Django writes a method in capitals, whatever was sent.
    if request.META.get("REQUEST_METHOD") != "GET" or is_ahead_of_time(request.META.get("HTTP_SEC_PURPOSE", "")):
        return None
    path, _, query = target_of(request).partition("#")[0].partition("?")
    if len(path) > PATH_BYTES_MAX or not is_page_path(path):
        return None
    return View(new_id(), datetime.now(timezone.utc), path, query[:QUERY_BYTES_MAX])


def is_page(response):
    """The rule of the edge: answered 2xx with HTML or JSON, or 304, which need not say what it is."""
    kind = response.get("Content-Type", "")
    if response.status_code == 304:
        return not kind or is_page_type(kind)
    return 200 <= response.status_code <= 299 and is_page_type(kind)


def is_excluded(request, settings, looks_who=False):
    """Whether this page is left out.

    looks_who   asks who the visitor is, where a session came along: that may cost a query. Without it, staff are known only
                where a view has asked already
    """
    if getattr(request, "footfall_excluded", False):
        return True
    meta = request.META
    if any(pattern.search(request.path) for pattern in settings.exclude_paths):
        return True
    if (settings.honour_dnt and meta.get("HTTP_DNT") == "1") or (settings.honour_gpc and meta.get("HTTP_SEC_GPC") == "1"):
        return True
    if settings.exclude_bots:
        user_agent = meta.get("HTTP_USER_AGENT", "").lower()
        if not user_agent or any(word in user_agent for word in BOT_WORDS):
            return True
    return settings.exclude_staff and is_staff(request, looks_who, settings)


def is_staff(request, looks_who, settings):
    user = request.__dict__.get("_cached_user") or request.__dict__.get("_acached_user")
    if user is None and looks_who and settings.session_cookie in request.COOKIES:
        try:
            user = getattr(request, "user", None)
            return bool(getattr(user, "is_staff", False))
        except Exception:  # a template of an asynchronous view must not ask the database
            return False
    return bool(getattr(user, "is_staff", False))


# --- What ---


def client_address(meta, trusted):
    """The visitor's address: the socket's peer or, behind listed proxies, the last hop that is none of them."""
    try:
        address = plain(ip_address(meta.get("REMOTE_ADDR", "")))
    except ValueError:
        address = None  # a socket file, which is a proxy's on this machine and nobody else's
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "") if trusted else ""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while hops and (address is None or any(address in network for network in trusted)):
        hop = hops.pop()
        if hop.startswith("["):
            hop = hop[1:].split("]", 1)[0]
        elif hop.count(":") == 1:
            hop = hop.split(":", 1)[0]
        try:
            address = plain(ip_address(hop))
        except ValueError:
            break  # what stands further left may be made up
    return "" if address is None else str(address)


def plain(address):
    return getattr(address, "ipv4_mapped", None) or address


def session_of(request, settings):
    """An id for the visitor's session that tells nothing else: the edge's, or Django's own, hashed; "" without one."""
    if settings.edge:
        for name in EDGE_COOKIES:
            parts = request.COOKIES.get(name, "").split(".")
            if len(parts) == 6 and parts[0] == "1" and len(parts[2]) == SESSION_CHARACTERS:
                return parts[2] if parts[2].replace("-", "").replace("_", "").isalnum() and parts[2].isascii() else ""
    if settings.session_engine == SESSIONS_WITHOUT_A_KEY:
        return ""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if not key:
        return ""
    return hashlib.sha256(f"footfall {settings.site} {key}".encode()).hexdigest()[:SESSION_CHARACTERS]


def text_of(value, bytes_max):
    """A header's text. Python hands over bytes as if they were Latin-1; browsers mean UTF-8."""
    if value.isascii():
        return value[:bytes_max]
    return value.encode("latin-1", "replace")[:bytes_max].decode("utf-8", "replace")


def hit_of(request, settings, view):
    """One hit as POST /api/visits takes it."""
    meta = request.META
    hit = {
        "id": view.id,
        "site": settings.site,
        "path": f"{view.path}?{view.query}" if view.query else view.path,
        "timestamp": view.time.isoformat(timespec="milliseconds"),
        "ip": client_address(meta, settings.trusted_proxies),
        "user_agent": text_of(meta.get("HTTP_USER_AGENT", ""), USER_AGENT_BYTES_MAX),
        "referrer": text_of(meta.get("HTTP_REFERER", ""), REFERRER_BYTES_MAX),
        "session": session_of(request, settings),
    }
    return {name: value for name, value in hit.items() if value}
