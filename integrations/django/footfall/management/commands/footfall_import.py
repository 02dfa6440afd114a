"""Moves hits that an application has written to a file of JSON lines into Footfall.

    manage.py footfall_import hits.jsonl
    manage.py footfall_import --map page=path --map when=timestamp - < hits.jsonl

A line is an object with the members of POST /api/visits (docs/api.md): path or url, timestamp, ip, user_agent, referrer,
session, visitor, title, event, props; others are left out. A line without an id gets one made from its place and its text, so
that the same file may be imported again and adds nothing. What the middleware has set aside (refused.jsonl) is such a file.
Times further back than a day need an admin token (FOOTFALL["TOKEN"] or --token).
"""

import json
import sys
import uuid

from django.core.management.base import BaseCommand, CommandError

from ... import conf
from ...client import Client, FootfallError, Refused
from ...recorder import parts

BATCH = 100
NAMESPACE = uuid.UUID("0d3f7c3e-6e0b-5d8c-9b5e-5f1a6c1f0a11")
MEMBERS = {"id", "site", "url", "path", "referrer", "title", "event", "kind", "props", "ip", "user_agent", "session",
           "visitor", "timestamp"}
LINE_BYTES_MAX = 65_536


class Command(BaseCommand):
    help = "Imports a file of hits, one JSON object a line, into Footfall. The same file again adds nothing."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file of JSON lines; - is standard input")
        parser.add_argument("--map", action="append", default=[], metavar="THEIRS=OURS",
                            help="what a member is called in the file, and what in Footfall; may be repeated")
        parser.add_argument("--token", help="instead of FOOTFALL['TOKEN']")

    def handle(self, *, files, map, token, **options):
        settings = conf.load()
        if not settings.is_whole:
            raise CommandError("FOOTFALL has no URL and SITE")
        renamed = dict(self._pair(text) for text in map)
        totals = {"recorded": 0, "refused": 0, "malformed": 0}
        try:
            with Client(settings.url, settings.site, token or settings.token, settings.timeout_seconds * 6) as client:
                for name in files:
                    self._import(client, name, renamed, totals, options["verbosity"])
        except FootfallError as error:
            self._tell(totals)
            raise CommandError(f"{error}. What was told above is recorded; import the file again for the rest.") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self._tell(totals)

    @staticmethod
    def _pair(text):
        theirs, equals, ours = text.partition("=")
        if not equals or ours not in MEMBERS:
            raise CommandError(f"--map {text}: must be THEIRS=OURS, with OURS one of {', '.join(sorted(MEMBERS))}")
        return theirs, ours

    def _import(self, client, name, renamed, totals, verbosity):
        lines = sys.stdin.buffer if name == "-" else open(name, "rb")
        with lines:
            batch = []
            for number, line in enumerate(iter(lambda: lines.readline(LINE_BYTES_MAX), b""), 1):
                if not line.strip():
                    continue
                hit = self._hit(client.site, number, line, renamed)
                if hit is None:
                    totals["malformed"] += 1
                    if verbosity > 1:
                        self.stderr.write(f"{name}:{number}: no JSON object with a path or url")
                    continue
                batch.append(hit)
                if len(batch) == BATCH:
                    self._send(client, batch, totals)
                    batch = []
                if number % 10_000 == 0 and verbosity > 0:
                    self.stderr.write(f"{name}: {number} lines", ending="\r")
            if batch:
                self._send(client, batch, totals)

    @staticmethod
    def _hit(site, number, line, renamed):
        try:
            given = json.loads(line)
        except ValueError:
            return None
        if not isinstance(given, dict):
            return None
        hit = {renamed.get(name, name): value for name, value in given.items()}
        hit = {name: value for name, value in hit.items() if name in MEMBERS and value not in (None, "")}
        if "path" not in hit and "url" not in hit:
            return None
        hit["site"] = site
        hit.setdefault("id", str(uuid.uuid5(NAMESPACE, f"{site} {number} {line.decode('utf-8', 'replace')}")))
        return hit

    def _send(self, client, batch, totals):
        for part in parts(batch):
            self._send_part(client, part, totals)

    def _send_part(self, client, batch, totals):
        try:
            verdict = client.record(batch, late=True)
        except Refused as refusal:
            if refusal.status not in (400, 413):
                raise
            if len(batch) == 1:
                totals["refused"] += 1
                self.stderr.write(f"refused: {refusal.detail}")
                return
            # One of them spoils the others: it is found by halves.
            middle = len(batch) // 2
            self._send_part(client, batch[:middle], totals)
            self._send_part(client, batch[middle:], totals)
            return
        totals["recorded"] += verdict.accepted
        totals["refused"] += len(verdict.refused)
        for refusal in verdict.refused[:3]:
            self.stderr.write(f"refused: {refusal.get('reason')}")

    def _tell(self, totals):
        self.stdout.write("{recorded} recorded or known before, {refused} refused, {malformed} malformed".format(**totals))
