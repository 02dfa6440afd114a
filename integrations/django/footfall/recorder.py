"""From a response to Footfall, without holding the response up: a bounded queue, a thread that sends, a spool behind it.

``put`` costs microseconds and never waits or raises. A thread, begun in the process that first records (so after a server
has forked its workers), sends batches; each hit carries an id, so that sending again what may have arrived counts once. What
cannot be sent goes to the spool, and from then on everything does until the spool has been delivered: hits arrive in the
order in which they were made.
"""

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque

from . import conf
from .client import BODY_BYTES_MAX, Client, Refused, Unreachable
from .spool import Spool
from .trouble import Trouble

logger = logging.getLogger("footfall")

WAIT_FIRST_SECONDS = 0.5
WAIT_MAX_SECONDS = 15
WAIT_ASKED_FOR_MAX_SECONDS = 300
# Ids are remembered by Footfall for ten minutes; an older batch is checked against its store.
REMEMBERED_SECONDS = 8 * 60
# What the API takes in one request.
HITS_AT_ONCE = 100
# Footfall's words for a site or a token that can be put right: the hits wait.
WAITS_FOR_SETTINGS = ("not_found", "forbidden", "unauthorized")


class Recorder:
    def __init__(self, settings):
        self._settings = settings
        self.trouble = Trouble(settings.spool)
        self._spool = Spool(settings.spool, settings.spool_bytes_max)
        self._queue = deque()  # (nanoseconds since 1970, hit)
        self._wake = threading.Condition()
        self._pid = None
        self._thread = None
        self._overflow = None  # the thread that takes what the queue cannot hold to the spool
        self._ends = False
        self._sending = []  # what the thread has taken from the queue
        self._hurry = False  # somebody waits: a batch need not be full
        self._client = None
        self._wait_at_least = 0  # what Footfall asks for
        self._lost = 0
        # A child may be forked while another thread holds the lock: it gets a lock of its own.
        this = weakref.ref(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: this() and this()._forked())

    def _forked(self):
        self._wake = threading.Condition()
        self.trouble.forked()

    # --- Any thread ---

    def put(self, hit):
        settings = self._settings
        with self._wake:
            if self._pid != os.getpid():
                self._begin()
            waiting = len(self._queue)
            if waiting >= 2 * settings.queue_size:
                self._lost += 1  # neither Footfall nor the disk keeps up; memory is bounded
                return
            self._queue.append((time.time_ns(), hit))
            if waiting == 0 or waiting + 1 == settings.batch_size:
                self._wake.notify()
            if waiting >= settings.queue_size and self._overflow is None:
                self._overflow = threading.Thread(target=self._spill_overflow, name="footfall-overflow", daemon=True)
                self._overflow.start()

    def flush(self, seconds):
        """Waits until the queue is empty and the spool delivered, or so long. True: all has been taken."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self._wake:
                self._hurry = True
                self._wake.notify()
                if not self._queue and not self._sending and not self._spool.names():
                    return True
            time.sleep(0.01)
        return False

    def end(self):
        """The process ends: sends what it can in a moment, and leaves the rest to the spool."""
        with self._wake:
            if self._pid != os.getpid() or self._thread is None:
                return
            self._ends = True
            self._wake.notify()
        self._thread.join(self._settings.exit_seconds)
        # What the thread has not got to by now, and what nobody has answered for: its ids make a second time harmless.
        with self._wake:
            self._spill(self._sending)
            while self._queue:
                self._spill(self._pop_batch())
        self.trouble.say()

    # --- The thread ---

    def _begin(self):
        # A fork has the parent's queue, whose hits the parent will send, and no thread.
        self._pid = os.getpid()
        self._queue.clear()
        self._ends = False
        self._sending = []
        self._hurry = False
        self._client = None
        self._overflow = None
        self._thread = threading.Thread(target=self._run, name="footfall", daemon=True)
        self._thread.start()

    def _run(self):
        wait, next_try = 0.0, 0.0
        while True:
            batch = self._take(next_try)
            if batch is None:
                return
            if time.monotonic() < next_try and not self._ends:
                self._spill(batch)  # it is known to be away: nobody waits for another time-out
            elif self._deliver(batch):
                wait, next_try = 0.0, 0.0
            else:
                wait = min(max(wait * 2, WAIT_FIRST_SECONDS), WAIT_MAX_SECONDS)
                next_try = time.monotonic() + max(wait, min(self._wait_at_least, WAIT_ASKED_FOR_MAX_SECONDS))
            with self._wake:
                self._sending = []
            self.trouble.say()

    def _take(self, next_try):
        """The next batch, empty when it is only time to look at the spool; None: the end, and nothing is left."""
        settings = self._settings

        def is_due():
            return self._ends or self._hurry or len(self._queue) >= settings.batch_size

        with self._wake:
            # Without hits, another process may still have left something behind.
            until = next_try - time.monotonic() if next_try else WAIT_MAX_SECONDS
            if not self._queue and not self._ends and until > 0:
                self._wake.wait_for(lambda: self._queue or self._ends or self._hurry, until)
            if self._queue and not is_due():
                self._wake.wait_for(is_due, settings.batch_seconds)
            self._hurry = False
            if self._ends and not self._queue:
                return None
            self._sending = self._pop_batch()
            return self._sending

    def _pop_batch(self):
        return [self._queue.popleft() for _ in range(min(len(self._queue), self._settings.batch_size))]

    def _deliver(self, batch):
        """Sends the spool, then the batch; what is not taken is in the spool afterwards. True: all is well."""
        try:
            self._wait_at_least = 0
            hits = [hit for _, hit in batch]
            if not self._spool.names():
                if not hits or self._send(hits, late=False):
                    return True
            else:
                with self._spool.turn() as is_mine:
                    if is_mine and self._deliver_spool() and (not hits or self._send(hits, late=False)):
                        return True
                    # Another process delivers: its batches are older than this one.
                    if not is_mine and not hits:
                        return True
        except Exception:  # whatever it is, the site goes on and the next hit is tried
            logger.exception("footfall: recording failed in a way it should not")
        self._spill(batch)
        return False

    def _deliver_spool(self):
        """True: nothing is left."""
        while True:
            names = self._spool.names()
            if not names:
                return True
            group, hits, late = [], [], False
            for name in names:
                more = self._spool.read(name) or []
                is_late = (time.time_ns() - self._spool.made_ns(name)) / 1e9 > REMEMBERED_SECONDS
                if group and (len(hits) + len(more) > HITS_AT_ONCE or is_late != late):
                    break
                group.append(name)
                hits.extend(more)
                late = is_late
            if hits and not self._send(hits, late):
                return False
            for name in group:
                self._spool.remove(name)

    def _send(self, hits, late):
        """True: Footfall has spoken about each of them. What it will never take is set aside."""
        return all(self._send_part(part, late) for part in parts(hits))

    def _send_part(self, hits, late):
        try:
            if self._client is None:
                settings = self._settings
                self._client = Client(settings.url, settings.site, settings.token, settings.timeout_seconds)
            verdict = self._client.record(hits, late)
        except Unreachable as error:
            self.trouble.tell("away", f"Footfall is not to be reached, hits are kept in {self._settings.spool}: {error}")
            return False
        except Refused as error:
            if error.status not in (400, 413):
                self._wait_at_least = error.retry_after or 0
                self.trouble.tell("away", f"Footfall takes no hits, they are kept in {self._settings.spool}: {error}")
                return False
            if len(hits) == 1:
                self._set_aside(hits[0], error.detail)
                return True
            # One of them spoils the others: it is found by halves.
            middle = len(hits) // 2
            return self._send_part(hits[:middle], late) and self._send_part(hits[middle:], late)
        self.trouble.over("away")
        for refusal in verdict.refused:
            reason, index = refusal.get("reason", ""), refusal.get("index", -1)
            if refusal.get("code") in WAITS_FOR_SETTINGS:
                self.trouble.tell("away", f"Footfall takes no hits, they are kept in {self._settings.spool}: {reason}")
                return False
            if refusal.get("code") != "dropped" and 0 <= index < len(hits):
                self._set_aside(hits[index], reason)
        return True

    def _set_aside(self, hit, reason):
        kept = self._spool.set_aside(hit, reason)
        self.trouble.tell("refused", f"a hit was refused ({reason}) and " +
                          (f"set aside in {self._settings.spool}" if kept else "there is no room to keep it"))

    def _spill(self, batch):
        if batch and not self._spool.put(batch[0][0], [hit for _, hit in batch]):
            self._lost += len(batch)
        if self._lost:
            self.trouble.tell("lost", f"{self._lost} hits were lost: {self._settings.spool} is full or cannot be written")

    def _spill_overflow(self):
        while True:
            with self._wake:
                if len(self._queue) <= self._settings.queue_size // 2:
                    self._overflow = None
                    return
                batch = self._pop_batch()
            self._spill(batch)


def bytes_as_json(hit):
    """At most so many: nearly all is plain text, and writing it out twice would be half of what a hit costs."""
    texts = [value if isinstance(value, str) else str(value) for value in hit.values()]
    return 32 * len(texts) + sum(len(text) * (2 if text.isascii() else 6) for text in texts)


def parts(hits):
    """The hits in bodies that the API takes."""
    part, size = [], 0
    for hit in hits:
        bytes_of_hit = bytes_as_json(hit)
        if part and (size + bytes_of_hit > BODY_BYTES_MAX or len(part) >= HITS_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(hit)
        size += bytes_of_hit
    if part:
        yield part


_recorder = None
_lock = threading.Lock()


def _forked():
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def recorder():
    """The one of this process."""
    global _recorder
    if _recorder is None:
        with _lock:
            if _recorder is None:
                _recorder = Recorder(conf.load())
                atexit.register(_recorder.end)
    return _recorder
