"""``manage.py check``: whether the settings can work, and whether Footfall agrees with them."""

from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from . import conf
from .client import Client, Refused, Unreachable

TAG = "footfall"
MIDDLEWARE = "footfall.middleware.FootfallMiddleware"
# A check is for people who wait.
TIMEOUT_SECONDS = 3


@register(TAG)
def check_settings(app_configs, **kwargs):
    from django.conf import settings as django_settings

    try:
        settings = conf.load()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="footfall.E001")]
    problems = []
    for name in settings.unknown:
        problems.append(Warning(f"FOOTFALL has a key {name!r} that means nothing", id="footfall.W001"))
    for name, value in (("URL", settings.url), ("SITE", settings.site)):
        if not value:
            problems.append(Error(f"FOOTFALL[{name!r}] is not set", id="footfall.E002"))
    uses_middleware = MIDDLEWARE in getattr(django_settings, "MIDDLEWARE", ())
    if (uses_middleware and settings.record or settings.strict) and not settings.token:
        what = "STRICT" if settings.strict else "the middleware"
        problems.append(Error(f"{what} needs an ingest token: FOOTFALL['TOKEN']",
                              hint="footfall token create --role ingest --site SITE", id="footfall.E003"))
    return problems + (check_server(settings) if settings.is_whole and settings.check else [])


def check_server(settings):
    """Asks Footfall itself. Not reaching it is a warning: it may be started later."""
    asked = []
    if settings.token:
        asked.append(("TOKEN", "ingest", settings.token, lambda client: client.get("/api/page-key")))
    if settings.read_token:
        asked.append(("READ_TOKEN", "read", settings.read_token, lambda client: client.get("/api/visits", limit=1)))
    if not asked:
        # Anybody may ask for the number of a counter: that tells whether the site is there.
        asked.append(("SITE", "", "", lambda client: client.count()))
    problems = []
    for name, role, token, ask in asked:
        try:
            with Client(settings.url, settings.site, token, min(settings.timeout_seconds, TIMEOUT_SECONDS)) as client:
                ask(client)
        except ValueError as error:
            return [Error(f"FOOTFALL['URL']: {error}", id="footfall.E004")]
        except Unreachable as error:
            return [Warning(f"Footfall cannot be reached at {settings.url}: {error}", id="footfall.W002")]
        except Refused as error:
            problems.append(problem_of(settings, name, role, error))
    # A site that is not there is one problem, however many tokens were tried at it.
    return list({(problem.id, problem.msg): problem for problem in problems}.values())


def problem_of(settings, name, role, error):
    if error.status == 401:
        return Error(f"FOOTFALL[{name!r}] is not known to {settings.url}",
                     hint=f"footfall token create --role {role} --site {settings.site}", id="footfall.E005")
    if error.status == 403:
        return Error(f"FOOTFALL[{name!r}] is no {role} token of {settings.site}",
                     hint=f"footfall token create --role {role} --site {settings.site}", id="footfall.E006")
    if error.status == 404 or error.field == "site":
        return Error(f"the site {settings.site!r} is not registered at {settings.url}, or the token does not open it",
                     hint=f"footfall site add {settings.site}", id="footfall.E007")
    return Warning(f"Footfall answered {error}", id="footfall.W003")
