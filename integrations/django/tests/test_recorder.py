"""The queue, the thread and the spool, against a server that goes away, is slow, refuses and loses answers."""

import json
import logging
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from unittest import TestCase

from footfall.conf import load
from footfall.recorder import Recorder, parts
from footfall.spool import Spool
from footfall.trouble import Trouble

from .fake_footfall import FakeFootfall, problem


def hit(number):
    return {"id": f"00000000-0000-4000-8000-{number:012d}", "site": "example.com", "path": f"/{number}"}


class RecorderTest(TestCase):
    def setUp(self):
        self.footfall = FakeFootfall()
        self.addCleanup(self.footfall.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.spool_folder = Path(folder.name) / "spool"
        self.recorder = self.new_recorder()
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def new_recorder(self, **changes):
        settings = replace(load(), url=self.footfall.url, token="t", spool=self.spool_folder, batch_seconds=0.05,
                           timeout_seconds=0.5, **changes)
        recorder = Recorder(settings)
        self.addCleanup(recorder.end)
        return recorder

    def paths(self):
        return [each["path"] for each in self.footfall.hits]

    def wait(self, condition, seconds=10):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.01)

    def test_hits_arrive_in_order_and_in_batches(self):
        for number in range(250):
            self.recorder.put(hit(number))
        self.assertTrue(self.recorder.flush(5))
        self.assertEqual(self.paths(), [f"/{number}" for number in range(250)])
        sizes = [len(body) for method, path, _, body in self.footfall.requests if path == "/api/visits"]
        self.assertLessEqual(max(sizes), 100)
        self.assertLess(len(sizes), 30)

    def test_a_lost_answer_counts_once(self):
        self.footfall.lose_answers = 2
        for number in range(20):
            self.recorder.put(hit(number))
        self.assertTrue(self.recorder.flush(10))
        self.assertEqual(self.paths(), [f"/{number}" for number in range(20)])
        self.assertGreater(len(self.footfall.requests), 2)

    def test_hits_made_while_footfall_is_away_arrive_later_in_order_once(self):
        self.recorder.put(hit(0))
        self.assertTrue(self.recorder.flush(5))
        self.footfall.stop()
        for number in range(1, 300):
            self.recorder.put(hit(number))
            time.sleep(0.001)
        self.wait(lambda: list(self.spool_folder.glob("*.hits.json")))
        self.footfall.start_again()
        for number in range(300, 400):
            self.recorder.put(hit(number))
        self.wait(lambda: len(self.footfall.hits) == 400, 30)
        self.assertEqual(self.paths(), [f"/{number}" for number in range(400)])
        self.assertTrue(self.recorder.flush(5))
        self.assertEqual(list(self.spool_folder.glob("*.hits.json")), [])

    def test_what_a_process_left_behind_another_delivers(self):
        self.footfall.stop()
        for number in range(30):
            self.recorder.put(hit(number))
        self.recorder.end()
        self.assertEqual(sum(len(Spool(self.spool_folder, 1).read(name)) for name in Spool(self.spool_folder, 1).names()), 30)
        self.footfall.start_again()
        another = self.new_recorder()
        another.put(hit(30))
        self.wait(lambda: len(self.footfall.hits) == 31)
        self.assertEqual(self.paths(), [f"/{number}" for number in range(31)])

    def test_old_batches_are_checked_against_the_store(self):
        Spool(self.spool_folder, 1 << 20).put(time.time_ns() - 3_600 * 10**9, [hit(1)])
        self.recorder.put(hit(2))
        self.wait(lambda: len(self.footfall.hits) == 2)
        late = [parameters.get("late") for _, path, parameters, _ in self.footfall.requests if path == "/api/visits"]
        self.assertEqual(late, ["true", None])

    def test_a_refusing_server_costs_nothing_but_patience(self):
        self.footfall.answers["/api/visits"] = problem(401, "unauthorized", "the token is not known here")
        for number in range(10):
            self.recorder.put(hit(number))
        self.wait(lambda: list(self.spool_folder.glob("*.hits.json")))
        del self.footfall.answers["/api/visits"]
        self.wait(lambda: len(self.footfall.hits) == 10)

    def test_trouble_is_told_once_a_minute_by_all_processes_together(self):
        logging.disable(logging.NOTSET)
        self.footfall.stop()
        recorders = [self.recorder, self.new_recorder(), self.new_recorder()]
        with self.assertLogs("footfall", "WARNING") as logs:
            for number in range(500):
                for recorder in recorders:
                    recorder.put(hit(number))
            self.wait(lambda: len(list(self.spool_folder.glob("*.hits.json"))) >= 15)
            time.sleep(1)  # more tries, none of them told
        self.assertEqual(len(logs.output), 1, logs.output)
        self.assertIn("not to be reached", logs.output[0])
        self.footfall.start_again()

    def test_a_hit_that_is_never_taken_is_set_aside_and_holds_nobody_up(self):
        self.footfall.refuses = lambda hit: "'path' is too long" if hit["path"] == "/3" else None
        for number in range(10):
            self.recorder.put(hit(number))
        self.assertTrue(self.recorder.flush(5))
        self.assertEqual(self.paths(), [f"/{number}" for number in range(10) if number != 3])
        lines = (self.spool_folder / "refused.jsonl").read_text().splitlines()
        self.assertEqual([(each["path"], each["refused"]) for each in map(json.loads, lines)],
                         [("/3", "'path' is too long")])

    def test_a_body_that_is_never_taken_is_halved_until_the_reason_is_found(self):
        self.footfall.refuses_bodies = lambda hits: any(hit["path"] == "/7" for hit in hits)
        for number in range(20):
            self.recorder.put(hit(number))
        self.assertTrue(self.recorder.flush(5))
        self.assertEqual(self.paths(), [f"/{number}" for number in range(20) if number != 7])
        self.assertIn("/7", (self.spool_folder / "refused.jsonl").read_text())

    def test_a_site_that_is_not_registered_yet_keeps_its_hits(self):
        self.footfall.refuses = lambda hit: "the site 'example.com' is not registered"
        self.footfall.refusal_code = "not_found"
        for number in range(10):
            self.recorder.put(hit(number))
        self.wait(lambda: list(self.spool_folder.glob("*.hits.json")))
        self.footfall.refuses = lambda hit: None
        self.wait(lambda: len(self.footfall.hits) == 10)
        self.assertEqual(self.paths(), [f"/{number}" for number in range(10)])

    def test_footfall_says_when_to_come_again(self):
        self.footfall.answers["/api/visits"] = problem(503, "unavailable", "no room")
        self.footfall.retry_after = 1
        self.recorder.put(hit(1))
        self.wait(lambda: list(self.spool_folder.glob("*.hits.json")))
        asked = time.monotonic()
        del self.footfall.answers["/api/visits"]
        self.wait(lambda: len(self.footfall.hits) == 1)
        self.assertGreater(time.monotonic() - asked, 0.5)

    def test_many_small_batches_are_delivered_together(self):
        spool = Spool(self.spool_folder, 1 << 20)
        for number in range(250):
            self.assertTrue(spool.put(time.time_ns() + number, [hit(number)]))
        self.recorder.put(hit(250))
        self.wait(lambda: len(self.footfall.hits) == 251)
        self.assertEqual(self.paths(), [f"/{number}" for number in range(251)])
        self.assertLessEqual(len(self.footfall.requests), 5)

    def test_the_end_of_a_process_leaves_nothing_behind_that_was_on_its_way(self):
        self.footfall.delay_seconds = 3
        recorder = self.new_recorder(exit_seconds=0.1)
        recorder.put(hit(1))
        self.wait(lambda: self.footfall.requests)
        recorder.put(hit(2))
        recorder.end()
        kept = [each["path"] for name in Spool(self.spool_folder, 1).names()
                for each in Spool(self.spool_folder, 1).read(name)]
        self.assertIn("/1", kept)
        self.assertIn("/2", kept)
        self.footfall.delay_seconds = 0

    def test_the_folder_is_its_owners_alone(self):
        spool = Spool(self.spool_folder, 1 << 20)
        spool.put(1, [hit(1)])
        self.assertEqual(self.spool_folder.stat().st_mode & 0o777, 0o700)
        self.assertEqual({file.stat().st_mode & 0o777 for file in self.spool_folder.iterdir()}, {0o600})

    def test_bodies_are_no_larger_than_the_api_takes(self):
        large = [{**hit(number), "referrer": "ü" * 2_000} for number in range(100)]
        made = list(parts(large))
        self.assertLess(len(made), 12)
        self.assertEqual([each for part in made for each in part], large)
        self.assertLess(max(len(json.dumps(part)) for part in made), 256 * 1024)
        self.assertEqual([len(part) for part in parts([hit(1)] * 250)], [100, 100, 50])
        self.assertEqual(list(parts([])), [])

    def test_putting_never_waits_for_a_slow_server(self):
        self.footfall.delay_seconds = 0.4
        begun = time.monotonic()
        for number in range(2_000):
            self.recorder.put(hit(number))
        self.assertLess(time.monotonic() - begun, 0.4)

    def test_a_full_queue_overflows_into_the_spool(self):
        self.footfall.delay_seconds = 0.2
        recorder = self.new_recorder(queue_size=200)
        for number in range(1_000):
            while len(recorder._queue) >= 400:
                time.sleep(0.001)  # what comes even faster than the disk is lost, and told
            recorder.put(hit(number))
        self.footfall.delay_seconds = 0
        self.wait(lambda: len(self.footfall.hits) == 1_000, 20)

    def test_memory_is_bounded_whatever_happens(self):
        self.footfall.stop()
        recorder = self.new_recorder(queue_size=10)
        with recorder._wake:  # nobody takes anything
            for number in range(100):
                recorder.put(hit(number))
            self.assertEqual(len(recorder._queue), 20)
            self.assertEqual(recorder._lost, 80)
        self.footfall.start_again()

    def test_a_full_spool_says_what_is_lost(self):
        logging.disable(logging.NOTSET)
        self.footfall.stop()
        recorder = self.new_recorder(spool_bytes_max=10)
        with self.assertLogs("footfall", "WARNING") as logs:
            recorder.put(hit(1))
            self.wait(lambda: any("1 hits were lost" in line for line in logs.output))
        self.footfall.start_again()

    def test_a_forked_process_sends_only_its_own(self):
        self.recorder.put(hit(1))
        self.assertTrue(self.recorder.flush(5))
        child = os.fork()
        if child == 0:
            self.recorder.put(hit(2))
            os._exit(0 if self.recorder.flush(5) else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(self.paths(), ["/1", "/2"])

    def test_a_damaged_batch_is_set_aside(self):
        self.spool_folder.mkdir()
        (self.spool_folder / f"{1:020d}-1-000001.hits.json").write_text("{")
        self.recorder.put(hit(1))
        self.wait(lambda: len(self.footfall.hits) == 1)
        self.assertEqual(len(list(self.spool_folder.glob("*.damaged"))), 1)


class TroubleTest(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "spool"

    def test_what_waited_is_told_with_the_next_line(self):
        trouble = Trouble(self.folder, quiet_seconds=0.3)
        with self.assertLogs("footfall", "WARNING") as logs:
            trouble.tell("a", "first")
            trouble.say()
            trouble.tell("a", "second")
            trouble.tell("b", "third")
            trouble.tell("c", "over")
            trouble.over("c")
            end = time.monotonic() + 10
            while len(logs.output) < 2 and time.monotonic() < end:
                trouble._next = 0  # it looks again
                trouble.say()
                time.sleep(0.01)
        self.assertEqual([line.split(":", 2)[2] for line in logs.output], ["footfall: first", "footfall: second; third"])

    def test_without_a_folder_each_process_tells_for_itself(self):
        trouble = Trouble(Path("/dev/null/nowhere"))
        with self.assertLogs("footfall", "WARNING") as logs:
            for _ in range(2):
                trouble.tell("a", "first")
                trouble.say()
        self.assertEqual(len(logs.output), 1)
