"""Counts the pages of a Django site with Footfall: from the template, from the server, and both at once.

Needs the standard library and Django 3.2 or newer. The manual is docs/django.md of Footfall.
"""

__version__ = "0.1.0"
