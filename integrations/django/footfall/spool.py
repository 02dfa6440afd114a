"""Hits that Footfall could not take yet, in files, until it can.

A folder of small files, one a batch, named by the moment of its first hit: names sort as hits were made. A file appears whole
(written aside, synced, renamed) and goes when its batch has been accepted. Several processes share the folder; one at a time
delivers, also what others left behind. Visitors' addresses are in it: the folder is its owner's alone.
"""

import json
import os
import time
from contextlib import contextmanager

try:
    import fcntl
except ImportError:  # not a Unix: several processes may deliver at once, which the hits' ids make harmless
    fcntl = None

ENDING = ".hits.json"
REFUSED = "refused.jsonl"
REFUSED_BYTES_MAX = 16 * 1024 * 1024
# How long the size of the folder is believed: a folder of many thousand files takes a while to look through.
SIZE_SECONDS = 30


class Spool:
    def __init__(self, folder, bytes_max):
        self._folder = folder
        self._bytes_max = bytes_max
        self._made = 0
        self._bytes = 0
        self._measured = -float("inf")

    def put(self, made_ns, hits):
        """Keeps a batch made at `made_ns`. False: the spool is full or cannot be written, and the batch is not kept."""
        text = json.dumps(hits).encode()
        self._made += 1
        name = f"{made_ns:020d}-{os.getpid()}-{self._made:06d}{ENDING}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._size() + len(text) > self._bytes_max:
                return False
            aside = self._folder / f".{name}"
            try:
                with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(aside, self._folder / name)
            except OSError:
                aside.unlink(missing_ok=True)  # a full disk has no room for half a batch
                raise
        except OSError:
            return False
        self._bytes += len(text)
        return True

    def set_aside(self, hit, reason):
        """Keeps a hit that Footfall will never take, for somebody to look at. False: there is no room for it."""
        line = json.dumps({**hit, "refused": reason}).encode() + b"\n"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(self._folder / REFUSED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                if file.tell() + len(line) > REFUSED_BYTES_MAX:
                    return False
                file.write(line)
        except OSError:
            return False
        return True

    def names(self):
        """The batches, oldest first."""
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(ENDING) and name[0] != ".")
        except OSError:
            return []

    @staticmethod
    def made_ns(name):
        """When its first hit was made; 0 for a name that is none of ours."""
        number = name.split("-", 1)[0]
        return int(number) if number.isdigit() else 0

    def _size(self):
        if time.monotonic() - self._measured > SIZE_SECONDS:
            self._bytes = 0
            for name in self.names():
                try:
                    self._bytes += (self._folder / name).stat().st_size
                except OSError:
                    pass  # delivered meanwhile
            self._measured = time.monotonic()
        return self._bytes

    def read(self, name):
        """The hits of a batch; None if it is gone. A file that is no batch is set aside under another ending."""
        try:
            hits = json.loads((self._folder / name).read_bytes())
            if isinstance(hits, list) and all(isinstance(hit, dict) for hit in hits):
                return hits
        except FileNotFoundError:
            return None
        except ValueError:
            pass
        os.replace(self._folder / name, self._folder / f"{name}.damaged")
        return None

    def remove(self, name):
        (self._folder / name).unlink(missing_ok=True)
        self._measured = -float("inf")

    @contextmanager
    def turn(self):
        """Whether this process may deliver: gives True to one at a time."""
        if fcntl is None or not self._folder.is_dir():
            yield True
            return
        with open(os.open(self._folder / "turn", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True
