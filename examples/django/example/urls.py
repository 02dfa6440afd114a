from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import path

from . import views

urlpatterns = [
    path("", views.page, {"name": "home"}, name="home"),
    path("about/", views.page, {"name": "about"}, name="about"),
    path("contact/", views.page, {"name": "contact"}, name="contact"),
    path("visits/", views.visits, name="visits"),
    path("admin/", admin.site.urls),
    *staticfiles_urlpatterns(),  # of the admin, while DEBUG is on
]
