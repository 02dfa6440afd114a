"""Reading through the API."""

from datetime import date
from unittest import TestCase

from footfall.client import Client, Refused, Unreachable

from .fake_footfall import FakeFootfall, problem


class ClientTest(TestCase):
    def setUp(self):
        self.footfall = FakeFootfall()
        self.addCleanup(self.footfall.stop)
        self.client = Client(self.footfall.url, "example.com", "t")
        self.addCleanup(self.client.close)

    def test_counts(self):
        self.footfall.answers["/api/counters/%2Fabout"] = 200, {"site": "example.com", "key": "/about", "value": 42}
        self.assertEqual(self.client.count("/about"), 42)
        self.footfall.answers["/api/counters/TOTAL"] = problem(404, "not_found", "no counter", "key")
        self.assertEqual(self.client.count(), 0)

    def test_visits_page_after_page(self):
        row = {"id": "i", "time": "2026-11-21T09:03:00.251Z", "site": "example.com", "path": "/", "bot": None, "new_member": 1}
        pages = iter([{"visits": [row, row], "next_cursor": "c"}, {"visits": [row], "next_cursor": None}])
        self.footfall._answer = lambda method, path, body: (200, next(pages))
        visits = list(self.client.visits_by_ip("203.0.113.9"))
        self.assertEqual(len(visits), 3)
        self.assertEqual(visits[0].time.isoformat(), "2026-11-21T09:03:00.251000+00:00")
        self.assertEqual([parameters.get("cursor") for _, _, parameters, _ in self.footfall.requests], [None, "c"])
        self.assertEqual(self.footfall.requests[0][2]["ip"], "203.0.113.9")

    def test_all_counts_and_what_came_most(self):
        self.footfall.answers["/api/counters"] = 200, {"site": "example.com", "counters": [{"key": "/a", "value": 3}]}
        self.assertEqual(self.client.counts(), {"/a": 3})
        moment = "2026-11-21T09:03:00.251Z"
        self.footfall.answers["/api/visits/top"] = 200, {
            "by": "ip", "top": [{"value": "203.0.113.9", "visits": 2, "first": moment, "last": moment}]}
        row, = self.client.top("ip", since=date(2026, 11, 1))
        self.assertEqual((row.value, row.visits, row.last.year), ("203.0.113.9", 2, 2026))
        self.assertEqual(self.footfall.requests[-1][2]["from"], "2026-11-01")

    def test_stats(self):
        self.footfall.answers["/api/v2/query"] = 200, {"results": [{"dimensions": ["/"], "metrics": [1, 2]}]}
        rows = self.client.stats(["visitors", "pageviews"], "7d", ["event:page"])
        self.assertEqual((rows[0].dimensions, rows[0].metrics), (["/"], [1, 2]))

    def test_a_refusal_says_why(self):
        self.footfall.answers["/api/visits"] = problem(400, "invalid", "'limit' is wrong", "limit")
        with self.assertRaises(Refused) as raised:
            list(self.client.visits())
        self.assertEqual((raised.exception.status, raised.exception.field), (400, "limit"))

    def test_a_server_that_is_away(self):
        self.footfall.stop()
        with self.assertRaises(Unreachable):
            self.client.count()
        self.footfall.start_again()
