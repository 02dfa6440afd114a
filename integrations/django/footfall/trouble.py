"""Tells what goes wrong: one line a minute, however much goes wrong and in however many processes.

What is told is kept until it is this process's turn, the newest of each kind. Processes take turns by a file in the spool's
folder; where that cannot be written, each has its own minute. Any thread; never raises.
"""

import logging
import os
import threading
import time

try:
    import fcntl
except ImportError:  # not a Unix: every process tells for itself
    fcntl = None

logger = logging.getLogger("footfall")

QUIET_SECONDS = 60
LOOK_AGAIN_SECONDS = 5


class Trouble:
    def __init__(self, folder, quiet_seconds=QUIET_SECONDS):
        self._folder = folder
        self._quiet_seconds = quiet_seconds
        self._lock = threading.Lock()
        self._waiting = {}  # line by kind
        self._next = 0.0

    def forked(self):
        self._lock = threading.Lock()
        self._waiting = {}

    def tell(self, about, line):
        """To be said with whatever else goes wrong by the next `say`."""
        with self._lock:
            self._waiting[about] = line

    def over(self, *abouts):
        """What had gone wrong works again: nobody needs to hear of it any more."""
        if self._waiting:
            with self._lock:
                for about in abouts:
                    self._waiting.pop(about, None)

    def say(self):
        """Logs what waits, if it is time."""
        with self._lock:
            now = time.monotonic()
            if not self._waiting or now < self._next:
                return
            if not self._takes_turn():
                self._next = now + LOOK_AGAIN_SECONDS
                return
            self._next = now + self._quiet_seconds
            line = "; ".join(self._waiting.values())
            self._waiting = {}
        logger.warning("footfall: %s", line)

    def _takes_turn(self):
        """Whether no other process has told anything for a minute; then it is this one's turn, and nobody else's."""
        if fcntl is None:
            return True
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(self._folder / "told", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    return False
                found = os.fstat(file.fileno())
                if found.st_size and 0 <= time.time() - found.st_mtime < self._quiet_seconds:
                    return False
                file.write(b"1")
                file.flush()
                os.utime(file.fileno())
                return True
        except OSError:
            return True
