"""Starts the programs that are measured, and reads from /proc what they cost. Everything listens on loopback only."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "bench"
FOOTFALL = ROOT / "build" / "release" / "footfall"
ADMIN_TOKEN = "ff_admin_bench"
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60
STOP_SECONDS = 300  # a server that ends first stores what its journal still holds


class Failure(Exception):
    """What kept a measurement from being taken, in one sentence."""


class Folder:
    """A folder beside the results, on the disk of the checkout, gone with all it holds when the block ends."""

    def __enter__(self):
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(prefix="tmp-", dir=RESULTS))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def clean_environment():
    """Without settings that somebody made for another Footfall."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")}
    return kept | {"LC_ALL": "C", "FOOTFALL_ADMIN_TOKEN": ADMIN_TOKEN}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A server under measurement, ended by its own process id when the block ends."""

    name = ""

    def __init__(self, command, log):
        self.log = log
        self.process = subprocess.Popen(
            command, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=log.open("wb"), text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def fail(self, what):
        self.stop()
        raise Failure(f"{self.name} {what}: {self.log.read_text(errors='replace').strip()[-500:]}")


class Footfall(Program):
    """`footfall serve` with the rate limit off."""

    name = "footfall"

    def __init__(self, folder, site, root=None, upstream=None):
        self.data = folder / "data"
        super().__init__(
            [str(FOOTFALL), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", "--site", site,
             "--rate-limit", "off", "--disk-reserve", "64", *(["--root", str(root)] if root else []),
             *(["--upstream", upstream] if upstream else [])],
            folder / "footfall.log",
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.fail("did not start")
        self.url = line.split()[-1]
        self.pids = [self.process.pid]

    def connect(self):
        return http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)

    def metrics(self):
        connection = self.connect()
        connection.request("GET", "/metrics", headers={"authorization": f"Bearer {ADMIN_TOKEN}"})
        text = connection.getresponse().read().decode()
        connection.close()
        return {
            name: float(value)
            for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        }

    def wait_until_stored(self, seconds=300):
        """Until the processor has moved everything from the journal into the store."""
        deadline = time.monotonic() + seconds
        while self.metrics()["footfall_processor_lag_events"] > 0:
            if time.monotonic() > deadline:
                self.fail(f"still had hits to store after {seconds} s")
            time.sleep(0.05)


class Nginx(Program):
    """nginx with one worker and a buffered access log. Without a root or a location it answers 204: the least a web
    server does for a request that it takes down."""

    name = "nginx"

    def __init__(self, folder, root=None, location=None, http=""):
        port = free_port()
        folder.mkdir(exist_ok=True)
        location = location or (f"root {root}; sendfile on; tcp_nopush on;" if root else "return 204;")
        config = folder / "nginx.conf"
        config.write_text(f"""
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/nginx-access.log combined buffer=64k flush=1s;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  keepalive_requests 1000000000;
  {http}
  server {{
    listen 127.0.0.1:{port};
    location / {{ {location} }}
  }}
}}
""")
        super().__init__(["nginx", "-p", str(folder), "-c", str(config)], folder / "nginx.log")
        self.url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not self.children():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.fail("did not start")
            time.sleep(0.05)
        self.pids = [self.process.pid, *self.children()]

    def children(self):
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# --- What /proc says ---


def read_stat(path):
    """(name, CPU seconds) of a process or a thread."""
    text = path.read_text()
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    return name, (int(fields[11]) + int(fields[12])) / TICKS


def process_cpu(pids):
    return sum(read_stat(Path(f"/proc/{pid}/stat"))[1] for pid in pids)


# Threads by what they do. Those without a name of their own are the processor's and DuckDB's.
PARTS = {
    "footfall-http": "network",
    "journal-flush": "flusher",
    "journal-house": "housekeeping",
    "footfall-query": "queries",
    "footfall-files": "files",
}


def thread_cpu(pid):
    """CPU seconds of each part of a running Footfall."""
    parts = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name, seconds = read_stat(task / "stat")
        except OSError:
            continue  # it has ended
        part = "main" if task.name == str(pid) else PARTS.get(name, "store")
        parts[part] = parts.get(part, 0) + seconds
    return parts


def memory_mib(pid, field="VmRSS"):
    """Resident memory; field VmHWM: the most there was."""
    match = re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(match[1]) / 1024


def run_measured(command, log, stdin=None, seconds=3600):
    """Runs a command to its end. Returns wall seconds, CPU seconds and the peak of its resident memory in MiB.

    The child is started small: Linux counts the memory of the process that starts a program as that program's own, and
    this process keeps little."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=clean_environment(), stdin=stdin or subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
    pid = 0
    try:
        while not pid:
            if time.monotonic() - began > seconds:
                raise Failure(f"{command[0]} took longer than {seconds} s")
            time.sleep(0.005)
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
    finally:
        if not pid:
            process.kill()
            process.wait()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failure(f"{command[0]} ended with {process.returncode}: {log.read_text(errors='replace')[-500:]}")
    return {
        "seconds": time.monotonic() - began,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
        "output": log.read_text(errors="replace"),
    }


# --- wrk ---


def wrk(url, connections, seconds, what, site):
    """One run of wrk with one thread. Returns requests, seconds, req/s, p50 and p99 in microseconds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
               "-s", str(ROOT / "bench" / "requests.lua"), url, "--", what, site]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, env=clean_environment())
    except subprocess.TimeoutExpired:
        raise Failure(f"wrk did not end: {' '.join(command)}") from None
    match = re.search(r"^RESULT (\{.*\})$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not match:
        raise Failure(f"wrk failed: {(done.stdout + done.stderr)[-500:]}")
    result = json.loads(match[1])
    if result["errors"] > 0:
        raise Failure(f"{result['errors']} of {result['requests']} requests to {url} failed")
    return result
