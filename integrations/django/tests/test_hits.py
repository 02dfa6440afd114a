"""Which requests are recorded, and what is said about them."""

import json
import re
import time
from ipaddress import ip_network
from pathlib import Path
from unittest import TestCase
from urllib.parse import unquote
from uuid import RFC_4122, UUID

from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from footfall import hits
from footfall.conf import load

requests = RequestFactory()


def settings(**changes):
    from dataclasses import replace

    return replace(load(), **changes)


class WhatIsRecorded(TestCase):
    def test_the_rule_of_the_edge(self):
        for because, request, response, recorded in (
            ("a page", requests.get("/"), HttpResponse(""), True),
            ("a name without a dot", requests.get("/about"), HttpResponse(""), True),
            ("an ending of pages, any case", requests.get("/a.HTML"), HttpResponse(""), True),
            ("JSON", requests.get("/a.json"), HttpResponse("{}", content_type="application/json"), True),
            ("JSON of a kind", requests.get("/a"), HttpResponse("{}", content_type="application/ld+json"), True),
            ("not modified", requests.get("/"), HttpResponse(status=304), True),
            ("an asset by its name", requests.get("/a.css"), HttpResponse(""), False),
            ("an asset by its type", requests.get("/a"), HttpResponse("", content_type="image/png"), False),
            ("a dot in a folder", requests.get("/v1.2/page"), HttpResponse(""), True),
            ("HEAD", requests.head("/"), HttpResponse(""), False),
            ("POST", requests.post("/"), HttpResponse(""), False),
            ("a redirect", requests.get("/"), HttpResponse(status=302), False),
            ("an error", requests.get("/"), HttpResponse(status=500), False),
            ("a prefetch", requests.get("/", HTTP_SEC_PURPOSE="prefetch"), HttpResponse(""), False),
            ("a prerender", requests.get("/", HTTP_SEC_PURPOSE="prefetch;prerender"), HttpResponse(""), False),
        ):
            with self.subTest(because):
                self.assertEqual(hits.view_of(request) is not None and hits.is_page(response), recorded)

    def test_the_cases_are_those_of_the_edge(self):
        vectors = json.loads((Path(__file__).resolve().parents[3] / "tests/vectors/recorded.json").read_text())
        self.assertGreater(len(vectors), 50)
        for vector in vectors:
            if not vector["target"].startswith("/"):
                continue  # what an application server refuses, or hands over as a path
            with self.subTest(vector["because"]):
                request = requests.generic(vector["method"], "/", RAW_URI=vector["target"],
                                           HTTP_SEC_PURPOSE=vector.get("purpose", ""))
                request.path = unquote(vector["target"].partition("#")[0].partition("?")[0])
                response = HttpResponse(status=vector["status"], content_type=vector.get("type", "text/html"))
                view = hits.view_of(request)
                recorded = view is not None and hits.is_page(response)
                self.assertEqual(view.path if recorded else None, vector["path"])

    def test_paths_bots_and_staff_may_be_left_out(self):
        leaves_out = settings(exclude_paths=(re.compile("^/private"),), exclude_bots=True)
        browser = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
        self.assertTrue(hits.is_excluded(requests.get("/private/a", **browser), leaves_out))
        self.assertFalse(hits.is_excluded(requests.get("/public", **browser), leaves_out))
        self.assertTrue(hits.is_excluded(requests.get("/public", HTTP_USER_AGENT="Googlebot/2.1"), leaves_out))
        self.assertTrue(hits.is_excluded(requests.get("/public"), leaves_out))
        request = requests.get("/public", **browser)
        request._cached_user = type("User", (), {"is_staff": True})()
        self.assertTrue(hits.is_excluded(request, leaves_out))
        self.assertFalse(hits.is_excluded(request, settings(exclude_staff=False)))

    def test_who_asks_not_to_be_counted_is_left_out_where_the_site_says_so(self):
        for header, setting in (("HTTP_DNT", "honour_dnt"), ("HTTP_SEC_GPC", "honour_gpc")):
            request = requests.get("/", **{header: "1"})
            self.assertFalse(hits.is_excluded(request, settings()))
            self.assertTrue(hits.is_excluded(request, settings(**{setting: True})))
            self.assertFalse(hits.is_excluded(requests.get("/", **{header: "0"}), settings(**{setting: True})))

    def test_staff_are_looked_for_only_where_a_session_came_along(self):
        class Asked(Exception):
            pass

        class Visitor:
            @property
            def is_staff(self):
                raise Asked

        request = requests.get("/")
        request.user = Visitor()
        self.assertFalse(hits.is_excluded(request, settings(), looks_who=True))
        request.COOKIES["sessionid"] = "s"
        self.assertFalse(hits.is_excluded(request, settings(), looks_who=True), "what cannot be asked is no reason")
        request.user = type("User", (), {"is_staff": True})()
        self.assertTrue(hits.is_excluded(request, settings(), looks_who=True))
        self.assertFalse(hits.is_excluded(request, settings()))


class WhereAVisitorIs(TestCase):
    trusted = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))

    def address(self, peer, forwarded=None):
        meta = {"REMOTE_ADDR": peer, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})}
        return hits.client_address(meta, self.trusted)

    def test_a_stranger_says_nothing_about_it(self):
        self.assertEqual(self.address("203.0.113.9", "198.51.100.1"), "203.0.113.9")

    def test_the_last_hop_that_is_no_listed_proxy(self):
        self.assertEqual(self.address("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2"), "198.51.100.1")
        self.assertEqual(self.address("10.0.0.1", "198.51.100.1:4711"), "198.51.100.1")
        self.assertEqual(self.address("10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1")
        self.assertEqual(self.address("10.0.0.1", "10.0.0.3"), "10.0.0.3")
        self.assertEqual(self.address("10.0.0.1", "rubbish"), "10.0.0.1")
        self.assertEqual(self.address("10.0.0.1"), "10.0.0.1")

    def test_a_socket_file_is_a_proxys(self):
        self.assertEqual(self.address(""), "")
        self.assertEqual(self.address("", "198.51.100.1"), "198.51.100.1")
        self.assertEqual(hits.client_address({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, ()), "",
                         "where no proxy is trusted, neither is that one")

    def test_an_ipv4_address_in_ipv6_is_told_as_one(self):
        self.assertEqual(self.address("::ffff:203.0.113.9"), "203.0.113.9")


class WhatIsSaid(TestCase):
    def test_a_hit_has_all_that_the_request_tells(self):
        request = requests.get("/caf%C3%A9?q=a%20b", HTTP_USER_AGENT="Firefox", HTTP_REFERER="https://elsewhere.example/",
                               REMOTE_ADDR="203.0.113.9")
        hit = hits.hit_of(request, settings(), hits.view_of(request))
        self.assertEqual(hit["path"], "/caf%C3%A9?q=a%20b")
        self.assertEqual((hit["site"], hit["ip"], hit["user_agent"], hit["referrer"]),
                         ("example.com", "203.0.113.9", "Firefox", "https://elsewhere.example/"))
        self.assertRegex(hit["id"], r"^[0-9a-f-]{36}$")
        self.assertRegex(hit["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")
        self.assertNotIn("session", hit)

    def test_a_django_session_is_told_hashed(self):
        request = requests.get("/")
        request.session = type("Session", (), {"session_key": "secret"})()
        session = hits.hit_of(request, settings(), hits.view_of(request))["session"]
        self.assertRegex(session, r"^[0-9a-f]{22}$")
        self.assertNotIn("secret", session)
        self.assertEqual(hits.session_of(request, settings(session_engine=hits.SESSIONS_WITHOUT_A_KEY)), "")

    def test_an_id_says_when_and_is_no_other(self):
        made = [hits.new_id() for _ in range(1_000)]
        self.assertEqual(len(set(made)), 1_000)
        for each in made:
            self.assertEqual((UUID(each).version, UUID(each).variant, str(UUID(each))), (7, RFC_4122, each))
        self.assertAlmostEqual(int(made[0].replace("-", "")[:12], 16) / 1_000, time.time(), delta=60)

    def test_the_path_is_kept_as_it_was_sent_where_the_server_tells(self):
        asgi = AsyncRequestFactory().get("/x")
        asgi.path = "/café/~a"
        asgi.scope.update(raw_path=b"/caf%c3%a9/~a", query_string=b"q=%20")
        for because, request in (
            ("gunicorn", requests.get("/café/~a", RAW_URI="/caf%c3%a9/~a?q=%20")),
            ("uWSGI, mod_wsgi", requests.get("/café/~a", REQUEST_URI="/caf%c3%a9/~a?q=%20")),
            ("ASGI", asgi),
        ):
            with self.subTest(because):
                self.assertEqual(hits.target_of(request), "/caf%c3%a9/~a?q=%20")
        for because, sent, seen in (
            ("a whole address", "http://elsewhere.example/y", "/x?a=1"),
            ("a proxy took a prefix away", "/page?a=1", "/shop/page?a=1"),
            ("a proxy added one", "/app/x?a=1", "/x?a=1"),
        ):
            with self.subTest(because):
                self.assertEqual(hits.target_of(requests.get(seen, RAW_URI=sent)), seen)

    def test_texts_are_within_the_limits_of_footfall(self):
        request = requests.get("/", {"q": "x" * 5_000}, HTTP_USER_AGENT="ü".encode().decode("latin-1") * 1_000,
                               HTTP_REFERER="https://e.example/" + "y" * 5_000)
        hit = hits.hit_of(request, settings(), hits.view_of(request))
        self.assertEqual(len(hit["path"]), 2_000 + 2)
        self.assertEqual(hit["user_agent"], "ü" * 256)
        self.assertEqual(len(hit["referrer"]), 2_000)
        self.assertIsNotNone(hits.view_of(requests.get("/" + "p" * 1_999)))
        self.assertIsNone(hits.view_of(requests.get("/" + "p" * 2_000)))

    def test_the_edge_session_counts_only_behind_the_edge(self):
        cookie = "1.a.AAAAAAAAAAAAAAAAAAAAAA.abc.abd.BBBBBBBBBBBBBBBBBBBBBB"
        request = requests.get("/", HTTP_COOKIE=f"footfall={cookie}")
        self.assertEqual(hits.session_of(request, settings(edge=True)), "A" * 22)
        self.assertEqual(hits.session_of(request, settings(edge=False)), "")
        for broken in ("broken", cookie.replace("A" * 22, "A" * 21 + "\x27"), cookie + ".x"):
            request = requests.get("/")
            request.COOKIES["footfall"] = broken
            self.assertEqual(hits.session_of(request, settings(edge=True)), "")
