"""Increments: 64 connections count to 100,000 on one key, each number proved to come once, beside Redis.

Redis does the same with INCR and `appendfsync always`: on disk before it is answered. Both servers run all the time and
are loaded in turn by the same client (increments_load.cc), which shares their cores, as a browser never would. Footfall
speaks HTTP and signs a receipt for each number; Redis speaks its own protocol.
"""

import json
import socket
import subprocess
import time
from statistics import median

from programs import (RESULTS, ROOT, START_SECONDS, Failure, Folder, Footfall, Program, free_port, process_cpu,
                      thread_cpu)

SITE = "bench.example"
CONNECTIONS = 64
REQUESTS = 100_000
ROUNDS = 5
GOAL_RPS = 50_000
GOAL_P99_MS = 5


class Redis(Program):
    """redis-server that syncs before it answers."""

    name = "redis"

    def __init__(self, folder):
        self.port = free_port()
        super().__init__(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes",
             "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0"],
            folder / "redis.log",
        )
        self.pids = [self.process.pid]
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.fail("did not start")
            time.sleep(0.05)


def build_client():
    RESULTS.mkdir(parents=True, exist_ok=True)
    client = RESULTS / "increments_load"
    command = ["g++", "-O2", "-std=c++20", "-o", str(client), str(ROOT / "bench" / "increments_load.cc")]
    if subprocess.run(command, check=False).returncode != 0:
        raise Failure("bench/increments_load.cc did not build")
    return client


def load(client, server, port, requests):
    before = process_cpu(server.pids)
    done = subprocess.run([str(client), server.name, str(port), str(CONNECTIONS), str(requests), "guests"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        server.fail(f"gave wrong answers: {done.stdout} {done.stderr}")
    result = json.loads(done.stdout)
    result["cpu_us"] = (process_cpu(server.pids) - before) * 1e6 / requests
    return result


def load_footfall(client, footfall, requests):
    port = int(footfall.url.rsplit(":", 1)[1])
    before = thread_cpu(footfall.pids[0])
    result = load(client, footfall, port, requests)
    after = thread_cpu(footfall.pids[0])
    for part in ("network", "flusher", "store"):
        result[part] = (after.get(part, 0) - before.get(part, 0)) * 1e6 / requests
    # What was counted is worked up meanwhile, too; let it end, so that it is not counted against the next load.
    footfall.wait_until_stored()
    return result


def measure(options, say):
    rounds = options.rounds or ROUNDS
    requests = 10_000 if options.quick else REQUESTS
    client = build_client()
    pairs = []
    with Folder() as folder, Redis(folder) as redis, Footfall(folder, SITE) as footfall:
        load(client, redis, redis.port, 5_000)
        load_footfall(client, footfall, 5_000)
        for number in range(rounds):
            say(f"increments: round {number + 1} of {rounds}")
            pairs.append({
                "redis": load(client, redis, redis.port, requests),
                "footfall": load_footfall(client, footfall, requests),
            })
        counted = footfall.metrics()["footfall_journal_durable_sequence"]
        answered = 5_000 + rounds * requests
        if counted != answered or pairs[-1]["footfall"]["last"] != answered:
            footfall.fail(f"answered {answered} increments, and has {counted:.0f} on disk")
    return {"pairs": pairs, "requests": requests}


def tables(result):
    pairs = result["pairs"]

    def middle(server, name):
        return median(pair[server][name] for pair in pairs)

    rows = [
        [server, *(f"{middle(server, name):,.0f}" for name in ("rps",)),
         *(f"{middle(server, name) / 1000:.2f}" for name in ("p50_us", "p99_us", "max_us")),
         f"{middle(server, 'cpu_us'):.1f}"]
        for server in ("redis", "footfall")
    ]
    ratio = median(pair["footfall"]["rps"] / pair["redis"]["rps"] for pair in pairs)
    parts = ", ".join(f"{part} {middle('footfall', part):.1f}" for part in ("network", "flusher", "store"))
    fast = "reached" if middle("footfall", "rps") >= GOAL_RPS else "**not reached**"
    prompt = "reached" if middle("footfall", "p99_us") <= GOAL_P99_MS * 1000 else "**not reached**"
    return [
        ("table", ["server", "req/s", "p50 ms", "p99 ms", "longest ms", "CPU µs/req"], rows),
        ("text", f"{len(pairs)} rounds of {result['requests']:,} increments of one key over {CONNECTIONS} connections, medians. "
                 f"Every number came exactly once. Footfall's CPU by thread, µs: {parts}."),
        ("text", f"Footfall ÷ Redis, increments per second: **{ratio:.2f}**; by round "
                 + ", ".join(f"{pair['footfall']['rps'] / pair['redis']['rps']:.2f}" for pair in pairs) + "."),
        ("text", f"Goals: {GOAL_RPS:,} a second, {fast}; p99 under {GOAL_P99_MS} ms, {prompt}."),
    ]
