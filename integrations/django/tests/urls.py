from django.contrib import admin
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from footfall.middleware import exclude


async def waiting(request):
    return HttpResponse("later")


async def quiet_waiting(request):
    return HttpResponse("quiet")


def begin(request):
    request.session["begun"] = True
    return HttpResponse("begun")


def shared(request):
    page = HttpResponse("shared")
    page["Cache-Control"] = "public, max-age=60, s-maxage=600"
    page["CDN-Cache-Control"] = "max-age=600"
    page["Server-Timing"] = "db;dur=5"
    return page


def never(request):
    page = HttpResponse("never")
    page["Cache-Control"] = "no-store"
    return page


def templated(request):
    return HttpResponse(engines["django"].from_string("{% load footfall %}{% footfall %}").render({}, request))


urlpatterns = [
    path("admin/", admin.site.urls),
    path("", lambda request: HttpResponse("home")),
    path("about", lambda request: HttpResponse("about")),
    path("data.json", lambda request: JsonResponse({})),
    path("plain", lambda request: HttpResponse("text", content_type="text/plain")),
    path("style.css", lambda request: HttpResponse("", content_type="text/html")),
    path("missing", lambda request: HttpResponse("no", status=404)),
    path("private/page", lambda request: HttpResponse("private")),
    path("quiet", exclude(lambda request: HttpResponse("quiet"))),
    path("waiting", waiting),
    path("quiet-waiting", exclude(quiet_waiting)),
    path("begin", begin),
    path("shared", shared),
    path("never", never),
    path("templated", templated),
    path("private/templated", templated),
]
