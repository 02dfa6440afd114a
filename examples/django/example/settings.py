"""A small site that is counted from its template, from the server, or from both: FOOTFALL_WAYS=client,server."""

import os
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR.parents[1] / "integrations" / "django"))

SECRET_KEY = "an example has no secrets"
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "example.urls"
WSGI_APPLICATION = "example.wsgi.application"
ASGI_APPLICATION = "example.asgi.application"
STATIC_URL = "/static/"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("DATABASE", BASE_DIR / "example.sqlite3")}
}
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

WAYS = os.environ.get("FOOTFALL_WAYS", "client,server").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "footfall",
    "example",
]
MIDDLEWARE = [
    *(["footfall.middleware.FootfallMiddleware"] if "server" in WAYS else []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "example.views.ways",
            ]
        },
    }
]

FOOTFALL = {
    "URL": os.environ.get("FOOTFALL_URL", "http://127.0.0.1:8080"),
    "SITE": os.environ.get("FOOTFALL_SITE", "localhost"),
    # FOOTFALL_INGEST_TOKEN and FOOTFALL_READ_TOKEN come from the environment: tokens do not belong into a file like this.
    "EXCLUDE_PATHS": [r"^/admin/", r"^/visits/"],
    "STRICT": os.environ.get("FOOTFALL_STRICT") == "1",
    "BATCH_SECONDS": float(os.environ.get("FOOTFALL_BATCH_SECONDS", "1")),
    "SPOOL": os.environ.get("FOOTFALL_SPOOL"),
}
