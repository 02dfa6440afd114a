"""What templates say:

    {% load footfall %}
    {% footfall %}                  the script, in the base template's head
    {% footfall_count %}            the number of views of this page; {% footfall_count "TOTAL" %} of the site
"""

from django import template
from django.utils.html import format_html

from .. import conf, hits, tokens

register = template.Library()


@register.simple_tag(takes_context=True)
def footfall_nonce(context):
    """The attribute of the page's content security policy, as django-csp and Django 6 put it; "" where there is none."""
    for nonce in (context.get("csp_nonce"), getattr(context.get("request"), "csp_nonce", None)):
        # It is made when it is first written: until then it may say that it is false.
        if nonce is not None and str(nonce):
            return format_html(' nonce="{}"', str(nonce))
    return ""


def _token(request, settings):
    """What the page shows of itself: which view it is, where the server records that; else, in strict mode, whose it is."""
    if settings.tell_pages and getattr(request, "footfall_view", None) is not None:
        return tokens.token_of_view(request, settings)
    return tokens.token_for() if settings.strict and settings.token else ""


@register.simple_tag(takes_context=True)
def footfall(context):
    settings = conf.load()
    request = context.get("request")
    if not settings.is_whole or (request is not None and hits.is_excluded(request, settings, looks_who=True)):
        return ""
    attributes = format_html(' data-site="{}"', settings.site)
    token = _token(request, settings)
    if token:
        attributes += format_html(' data-token="{}"', token)
    return format_html('<script defer src="{}"{}{}></script>', settings.script_url, attributes, footfall_nonce(context))


@register.simple_tag
def footfall_count(key="", fallback="…"):
    """A place for a number, which the script fills in: nothing waits for Footfall."""
    return format_html('<span data-footfall-count="{}">{}</span>', key, fallback)


@register.filter
def thousands(number):
    """12345 → 12,345, whatever the language of the site: the admin's page needs no more."""
    return f"{number:,}"
