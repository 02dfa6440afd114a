"""The middleware, the tags, the checks, the admin and the import, in a small Django."""

import asyncio
import json
import re
import statistics
import tempfile
import time
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from unittest import mock

from django.contrib.auth.models import Permission, User
from django.core import checks
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.template import Context, Template
from django.test import AsyncClient, RequestFactory, TestCase, override_settings

from footfall import recorder as recording
from footfall import tokens
from footfall.conf import load
from footfall.middleware import FootfallMiddleware
from footfall.recorder import Recorder
from footfall.spool import Spool

from .fake_footfall import FakeFootfall, problem


class SiteTest(TestCase):
    def setUp(self):
        self.footfall = FakeFootfall()
        self.addCleanup(self.footfall.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.settings_of_footfall = {"URL": self.footfall.url, "SITE": "example.com", "TOKEN": "t", "BATCH_SECONDS": 0.01,
                                     "SPOOL": Path(folder.name) / "spool"}
        self.use()
        cache.clear()

    def use(self, **changes):
        override = override_settings(FOOTFALL={**self.settings_of_footfall, **changes})
        override.enable()
        self.addCleanup(override.disable)
        recording._recorder = Recorder(load())
        self.addCleanup(recording._recorder.end)
        tokens.page_key = tokens.PageKey()
        self.client = self.client_class()

    def wait_for_the_key(self):
        end = time.monotonic() + 10
        while tokens.page_key.get() is None and time.monotonic() < end:
            time.sleep(0.01)

    def sent(self):
        self.assertTrue(recording._recorder.flush(5))
        return [hit["path"] for hit in self.footfall.hits]


class Middleware(SiteTest):
    def test_pages_are_recorded_and_other_things_are_not(self):
        for path in ("/", "/about?q=1", "/data.json", "/plain", "/style.css", "/missing", "/nowhere", "/quiet",
                     "/quiet-waiting", "/waiting"):
            self.client.get(path)
        self.client.post("/about")
        self.assertEqual(self.sent(), ["/", "/about?q=1", "/data.json", "/waiting"])

    def test_an_asgi_site_is_recorded_as_well(self):
        async def visit():
            client = AsyncClient()
            self.assertEqual((await client.get("/waiting")).content, b"later")
            await client.get("/about")
            self.assertEqual((await client.get("/quiet-waiting")).content, b"quiet")

        asyncio.run(visit())
        self.assertEqual(self.sent(), ["/waiting", "/about"])

    def test_the_page_learns_which_hit_it_is(self):
        self.wait_for_the_key()
        told = self.client.get("/about")["Server-Timing"]
        self.sent()
        found = re.fullmatch(r'ff;desc="([0-9a-f-]{36})\.([0-9a-z]+)\.([\w-]{22})"', told)
        self.assertTrue(found, told)
        self.assertEqual(found[1], self.footfall.hits[0]["id"])
        self.assertEqual(found[0], f'ff;desc="{tokens.make_token(bytes(32), found[1], time.time())}"')

    def test_without_a_key_it_learns_the_id_alone(self):
        self.footfall.answers["/api/page-key"] = problem(503, "unavailable", "not now")
        self.use()
        with self.assertLogs("footfall", "WARNING"):
            told = self.client.get("/about")["Server-Timing"]
            self.sent()
            time.sleep(0.2)
        self.assertEqual(told, f'ff;desc="{self.footfall.hits[0]["id"]}"')

    def test_a_page_that_carries_an_id_is_one_visitors(self):
        for path, wanted in (("/about", "private"), ("/shared", "private, max-age=60"), ("/never", "private, no-store")):
            page = self.client.get(path)
            self.assertEqual(page["Cache-Control"], wanted)
            self.assertFalse(page.has_header("CDN-Cache-Control"))
            self.assertEqual(page["Server-Timing"].count("ff;desc="), 1)
        self.assertTrue(self.client.get("/shared")["Server-Timing"].startswith("db;dur=5, ff;"))
        self.assertEqual(len(self.sent()), 4)
        self.use(TELL_PAGES=False)
        page = self.client.get("/shared")
        self.assertEqual((page["Cache-Control"], page["Server-Timing"]), ("public, max-age=60, s-maxage=600", "db;dur=5"))
        self.assertEqual(len(self.sent()), 5)

    def test_the_session_is_told_and_sent_alike(self):
        self.wait_for_the_key()
        self.client.get("/begin")  # Django makes its session after the view has answered
        told = self.client.get("/about")["Server-Timing"]
        self.sent()
        session = self.footfall.hits[1]["session"]
        self.assertRegex(session, "^[0-9a-f]{22}$")
        self.assertIn(f'{self.footfall.hits[1]["id"]}_{session}.', told)
        self.assertEqual(self.footfall.hits[0]["session"], session)

    def test_a_page_is_unharmed_whatever_goes_wrong_inside(self):
        for broken in ("footfall.middleware.recorder", "footfall.hits.hit_of", "footfall.hits.view_of"):
            with self.subTest(broken), mock.patch(broken, side_effect=RuntimeError("broken")):
                with self.assertLogs("footfall", "ERROR"):
                    self.assertEqual(self.client.get("/about").status_code, 200)

    def test_a_site_whose_footfall_is_away_is_unharmed(self):
        self.footfall.stop()
        begun = time.monotonic()
        with self.assertLogs("footfall", "WARNING"):
            for _ in range(50):
                self.assertEqual(self.client.get("/about").status_code, 200)
            self.assertLess(time.monotonic() - begun, 1)
            time.sleep(1)
        self.footfall.start_again()
        end = time.monotonic() + 10
        while len(self.footfall.hits) < 50 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(len(self.footfall.hits), 50)

    def test_staff_are_left_out_where_a_view_has_looked_who_they_are(self):
        User.objects.create_superuser("boss", password="p")
        self.client.login(username="boss", password="p")
        self.client.get("/admin/")
        self.assertEqual(self.sent(), [])

    def test_excluded_paths(self):
        self.use(EXCLUDE_PATHS=["^/private/"])
        self.client.get("/private/page")
        self.client.get("/about")
        self.assertEqual(self.sent(), ["/about"])

    def test_it_costs_a_response_less_than_a_tenth_of_a_millisecond(self):
        """The time of this thread's own, whatever else the machine does; the median of many rounds."""
        self.wait_for_the_key()
        page = HttpResponse("")
        requests = [RequestFactory().get(f"/page-{number}?q=1", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64)",
                                         HTTP_REFERER="https://elsewhere.example/") for number in range(500)]
        bare, counted = lambda request: page, FootfallMiddleware(lambda request: page)
        costs = []
        for _ in range(21):
            spent = []
            for handler in (bare, counted):
                begun = time.thread_time()
                for request in requests:
                    handler(request)
                spent.append(time.thread_time() - begun)
                page.headers.pop("Server-Timing", None)
            costs.append((spent[1] - spent[0]) / len(requests) * 1e6)
            recording._recorder.flush(10)
        cost = statistics.median(costs)
        print(f"\nthe middleware adds {cost:.1f} µs to a response (median of {len(costs)}; "
              f"{min(costs):.1f} to {max(costs):.1f})")
        self.assertLess(cost, 100)


class Tags(SiteTest):
    def render(self, text, **context):
        return Template("{% load footfall %}" + text).render(Context(context))

    def test_the_script(self):
        self.assertEqual(self.render("{% footfall %}"),
                         f'<script defer src="{self.footfall.url}/js/footfall.js" data-site="example.com"></script>')

    def test_a_nonce_and_a_token(self):
        self.use(STRICT=True, SCRIPT_URL="https://stats.example.com/js/footfall.js")
        self.wait_for_the_key()
        tag = self.render("{% footfall %}", csp_nonce='a"b')
        self.assertRegex(tag, r' data-token="-\.[0-9a-z]+\.[\w-]{22}"')
        self.assertIn(' nonce="a&quot;b"', tag)
        self.assertIn('src="https://stats.example.com/js/footfall.js"', tag)

    def test_a_nonce_that_is_made_when_it_is_first_written(self):
        class Nonce:
            def __bool__(self):
                return False

            def __str__(self):
                return "n-1"

        self.assertIn(' nonce="n-1"', self.render("{% footfall %}", csp_nonce=Nonce()))
        request = RequestFactory().get("/")
        request.csp_nonce = Nonce()
        self.assertIn(' nonce="n-1"', self.render("{% footfall %}", request=request))
        self.assertNotIn("nonce", self.render("{% footfall %}", csp_nonce=""))

    def test_a_page_whose_view_is_recorded_says_which_it_is(self):
        self.wait_for_the_key()
        page = self.client.get("/templated")
        told = re.search(r'ff;desc="([^"]+)"', page["Server-Timing"])[1]
        self.assertIn(f' data-token="{told}"', page.content.decode())
        self.use(RECORD=False)
        self.assertNotIn("data-token", self.client.get("/templated").content.decode())

    def test_who_is_left_out_gets_no_script(self):
        self.use(EXCLUDE_PATHS=["^/private/"])
        self.assertNotIn("<script", self.client.get("/private/templated").content.decode())
        self.assertIn("<script", self.client.get("/templated").content.decode())
        User.objects.create_superuser("boss", password="p")
        self.client.login(username="boss", password="p")
        self.assertNotIn("<script", self.client.get("/templated").content.decode())
        self.use(EXCLUDE_STAFF=False)
        self.client.login(username="boss", password="p")
        self.assertIn("<script", self.client.get("/templated").content.decode())

    def test_a_template_without_a_request_has_its_script(self):
        self.assertIn("<script", Template("{% load footfall %}{% footfall %}").render(Context({})))

    def test_a_count(self):
        self.assertEqual(self.render("{% footfall_count %}"), '<span data-footfall-count="">…</span>')
        self.assertEqual(self.render("{% footfall_count key 'many' %}", key="TO<TAL"),
                         '<span data-footfall-count="TO&lt;TAL">many</span>')


class Checks(SiteTest):
    def ids(self):
        return [message.id for message in checks.run_checks(tags=["footfall"])]

    def test_all_is_well(self):
        self.assertEqual(self.ids(), [])

    def test_what_is_missing_or_unknown(self):
        self.use(SITE="", TOKEN="", COLOUR="green")
        self.assertEqual(self.ids(), ["footfall.W001", "footfall.E002", "footfall.E003"])

    def test_what_cannot_be(self):
        for wrong in ({"TRUSTED_PROXIES": ["nonsense"]}, {"TRUSTED_PROXIES": "10.0.0.0/8"}, {"EXCLUDE_PATHS": "^/a"},
                      {"EXCLUDE_PATHS": ["("]}, {"URL": 7}, {"QUEUE_SIZE": 0}, {"BATCH_SECONDS": "soon"}, "no dictionary"):
            with self.subTest(wrong), override_settings(FOOTFALL=wrong):
                self.assertEqual(self.ids(), ["footfall.E001"])

    def test_a_wrong_token_and_a_wrong_site(self):
        for answer, wanted in ((problem(401, "unauthorized", "not known"), "footfall.E005"),
                               (problem(403, "forbidden", "role"), "footfall.E006"),
                               (problem(404, "not_found", "no site", "site"), "footfall.E007")):
            self.footfall.answers["/api/page-key"] = answer
            self.assertEqual(self.ids(), [wanted])

    def test_a_server_that_is_away(self):
        self.footfall.stop()
        self.assertEqual(self.ids(), ["footfall.W002"])
        self.use(CHECK=False)
        self.assertEqual(self.ids(), [])
        self.footfall.start_again()


class Admin(SiteTest):
    def test_only_who_may_sees_it_and_it_is_asked_once_a_minute(self):
        today = datetime.now(timezone.utc).date()
        days = {"results": [{"dimensions": [today.isoformat()], "metrics": [3, 7]}]}
        asked = []

        def answer(method, path, body):
            if path == "/api/v2/query":
                asked.append(body)
                if body["dimensions"] == ["time:day"]:
                    return 200, days
                if body["dimensions"] == ["event:page"]:
                    return 200, {"results": [{"dimensions": ["/<b>"], "metrics": [3, 7]}]}
                return 200, {"results": [{"dimensions": [], "metrics": [3, 4, 7]}]}
            return 404, {}

        with mock.patch.object(self.footfall, "_answer", answer):
            self.assertEqual(self.client.get("/admin/footfall/traffic/").status_code, 302)
            user = User.objects.create_user("editor", password="p", is_staff=True)
            self.client.login(username="editor", password="p")
            self.assertEqual(self.client.get("/admin/footfall/traffic/").status_code, 403)
            user.user_permissions.add(Permission.objects.get(codename="view_traffic"))
            page = self.client.get("/admin/footfall/traffic/").content.decode()
            self.client.get("/admin/footfall/traffic/")
            add = self.client.get("/admin/footfall/traffic/add/")
        self.assertEqual(len(asked), 3)
        self.assertEqual(asked[0]["date_range"], [(today - timedelta(days=29)).isoformat(), today.isoformat()])
        self.assertEqual(add.status_code, 404)
        self.assertIn(f"{today}: 7 page views, 3 visitors", page)
        self.assertEqual(page.count('class="bar"'), 30)
        self.assertIn("/&lt;b&gt;", page)

    def test_without_footfall_it_says_so(self):
        User.objects.create_superuser("boss", password="p")
        self.client.login(username="boss", password="p")
        page = self.client.get("/admin/footfall/traffic/")
        self.assertEqual(page.status_code, 200)
        self.assertContains(page, "Footfall has no numbers for this page now")


class Import(SiteTest):
    def run_import(self, lines, *args):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
            file.write("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        out, err = StringIO(), StringIO()
        call_command("footfall_import", file.name, *args, stdout=out, stderr=err)
        return out.getvalue()

    def test_a_file_is_imported_and_again_adds_nothing(self):
        lines = [{"page": f"/{number}", "when": "2026-01-01T00:00:00Z"} for number in range(250)] + ["rubbish", {"a": 1}]
        for _ in range(2):
            told = self.run_import(lines, "--map", "page=path", "--map", "when=timestamp")
            self.assertIn("250 recorded or known before, 0 refused, 2 malformed", told)
            self.assertEqual(len(self.footfall.hits), 250)
        self.assertEqual(self.footfall.hits[0]["timestamp"], "2026-01-01T00:00:00Z")

    def test_what_was_set_aside_is_a_file_to_import(self):
        Spool(Path(self.settings_of_footfall["SPOOL"]), 1 << 20).set_aside({"id": "i", "path": "/old"}, "too old")
        lines = (Path(self.settings_of_footfall["SPOOL"]) / "refused.jsonl").read_text().splitlines()
        self.assertIn("1 recorded", self.run_import(lines))
        self.assertEqual(self.footfall.hits, [{"id": "i", "path": "/old", "site": "example.com"}])

    def test_large_lines_and_one_that_is_never_taken(self):
        self.footfall.refuses_bodies = lambda hits: len(json.dumps(hits)) > 256 * 1024 or any(
            hit["path"] == "/3" for hit in hits)
        lines = [{"path": f"/{number}", "props": {"text": "ü" * 5_000}} for number in range(20)]
        self.assertIn("19 recorded or known before, 1 refused, 0 malformed", self.run_import(lines))

    def test_a_wrong_map_and_a_server_that_is_away(self):
        with self.assertRaises(CommandError):
            self.run_import([], "--map", "page=nonsense")
        self.footfall.stop()
        with self.assertRaises(CommandError):
            self.run_import([{"path": "/"}])
        self.footfall.start_again()
