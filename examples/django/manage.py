#!/usr/bin/env python3
"""Runs the example: README.md says how."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # The package as it lies in this repository; a site of yours installs it.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "integrations" / "django"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
