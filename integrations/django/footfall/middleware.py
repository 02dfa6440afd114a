"""Records each page that the site answers, from the server: no script needed, and none slowed down.

    MIDDLEWARE = ["footfall.middleware.FootfallMiddleware", …]

First in the list, so that it sees the response as it goes out. Works under WSGI and ASGI. The page's script, if there is one,
learns from the ``Server-Timing`` entry ``ff`` (and from its tag) which hit it is, and completes it instead of counting again.
"""

import logging
from functools import wraps

from django.core.exceptions import MiddlewareNotUsed
from django.utils.decorators import sync_and_async_middleware

from . import conf, hits, tokens
from .recorder import recorder

try:
    from asgiref.sync import iscoroutinefunction
except ImportError:  # asgiref before 3.6
    from asyncio import iscoroutinefunction

logger = logging.getLogger("footfall")

# Directives for caches that several visitors share, and headers that only they read: as Footfall's edge has it.
SHARED_DIRECTIVES = ("public", "private", "s-maxage", "proxy-revalidate")
SHARED_HEADERS = ("Surrogate-Control", "CDN-Cache-Control")


def _begin(request):
    try:
        request.footfall_view = hits.view_of(request)
    except Exception:  # the page is worth more than its count
        logger.exception("footfall: a request was not understood")


def _record(request, response, settings):
    try:
        view = getattr(request, "footfall_view", None)
        if view is None or not hits.is_page(response) or hits.is_excluded(request, settings):
            return
        recorder().put(hits.hit_of(request, settings, view))
        if settings.tell_pages:
            entry = f'ff;desc="{tokens.token_of_view(request, settings)}"'
            given = response.get("Server-Timing")
            response["Server-Timing"] = f"{given}, {entry}" if given else entry
            _make_private(response)
    except Exception:  # the page is worth more than its count
        logger.exception("footfall: a page was not recorded")


def _make_private(response):
    """A response that carries an id is one visitor's: caches that several share must not hand it to others."""
    kept = ["private"]
    for directive in response.get("Cache-Control", "").split(","):
        directive = directive.strip()
        if directive and directive.split("=", 1)[0].strip().lower() not in SHARED_DIRECTIVES:
            kept.append(directive)
    response["Cache-Control"] = ", ".join(kept)
    for name in SHARED_HEADERS:
        if response.has_header(name):
            del response[name]


@sync_and_async_middleware
def FootfallMiddleware(get_response):  # Django's name for a middleware is a class's
    settings = conf.load()
    if not (settings.is_whole and settings.token and settings.record):
        raise MiddlewareNotUsed("FOOTFALL has no URL, SITE and TOKEN, or RECORD is off")
    if settings.tell_pages:
        tokens.page_key.get()  # fetched while the server starts

    if iscoroutinefunction(get_response):

        async def middleware(request):
            _begin(request)
            response = await get_response(request)
            _record(request, response, settings)
            return response

    else:

        def middleware(request):
            _begin(request)
            response = get_response(request)
            _record(request, response, settings)
            return response

    return middleware


def exclude(view):
    """A decorator: pages of this view are not recorded, and their tag says nothing."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def excluded(request, *args, **kwargs):
            request.footfall_excluded = True
            return await view(request, *args, **kwargs)

    else:

        @wraps(view)
        def excluded(request, *args, **kwargs):
            request.footfall_excluded = True
            return view(request, *args, **kwargs)

    return excluded
