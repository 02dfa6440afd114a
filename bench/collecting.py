"""Collecting: what a hit costs that is on disk before it is answered, beside nginx answering 204 and logging a line.

Both servers run all the time and are loaded in turn, so that whatever else the machine does meets both. What counts is
CPU time per request: it repeats where requests per second do not. Footfall's is split by thread: network, flusher and
housekeeping take a hit down (parse, check, journal); the store's threads work it up after the answer.
"""

from statistics import median

from programs import Folder, Footfall, Nginx, process_cpu, thread_cpu, wrk

SITE = "bench.example"
TAKING = ("network", "flusher", "housekeeping")  # the parts of Footfall that stand between a request and its answer
GOAL = 1.5
GOAL_CONNECTIONS = 64

# what is sent, connections, rounds
RUNS = [("event", 64, 7), ("event", 1, 3), ("event", 256, 3), ("increment", 64, 3)]


def load_nginx(nginx, what, connections, seconds):
    before = process_cpu(nginx.pids)
    result = wrk(nginx.url, connections, seconds, what, SITE)
    result["cpu_us"] = {"total": (process_cpu(nginx.pids) - before) * 1e6 / result["requests"]}
    return result


def load_footfall(footfall, what, connections, seconds):
    taken_before = footfall.metrics()["footfall_events_accepted_total"]
    commits_before = footfall.metrics()["footfall_journal_commits_total"]
    before = thread_cpu(footfall.pids[0])
    result = wrk(footfall.url, connections, seconds, what, SITE)
    answered = thread_cpu(footfall.pids[0])
    metrics = footfall.metrics()
    # Those under way when wrk stopped counting are in the journal as well.
    taken = metrics["footfall_events_accepted_total"] - taken_before
    if not result["requests"] <= taken <= result["requests"] + connections:
        footfall.fail(f"answered {result['requests']} requests, but took {taken:.0f} hits")
    result["hits_per_commit"] = taken / (metrics["footfall_journal_commits_total"] - commits_before)
    footfall.wait_until_stored()
    stored = thread_cpu(footfall.pids[0])
    each = {}
    for part in stored:
        end = stored if part == "store" else answered  # the store is behind, and catches up after the load
        each[part] = (end[part] - before.get(part, 0)) * 1e6 / taken
    result["cpu_us"] = each | {
        "taking": sum(each.get(part, 0) for part in TAKING),
        "total": sum(each.values()),
    }
    return result


def measure(options, say):
    rounds_of = [(what, connections, options.rounds or rounds) for what, connections, rounds in RUNS]
    runs = []
    with Folder() as folder, Nginx(folder) as nginx, Footfall(folder, SITE) as footfall:
        for what in ("event", "increment"):  # fills caches and counters
            wrk(nginx.url, 64, 1, what, SITE)
            wrk(footfall.url, 64, 1, what, SITE)
            footfall.wait_until_stored()
        for what, connections, rounds in rounds_of:
            pairs = []
            for number in range(rounds):
                say(f"collect: {what}, {connections} connections, round {number + 1} of {rounds}")
                pairs.append({
                    "nginx": load_nginx(nginx, what, connections, options.seconds),
                    "footfall": load_footfall(footfall, what, connections, options.seconds),
                })
            runs.append({"what": what, "connections": connections, "pairs": pairs} | summary(pairs))
        memory = footfall.metrics()
    return {"runs": runs, "seconds": options.seconds, "journal_mib": memory["footfall_journal_bytes"] / 2**20}


def summary(pairs):
    ratios = [pair["footfall"]["cpu_us"]["taking"] / pair["nginx"]["cpu_us"]["total"] for pair in pairs]
    totals = [pair["footfall"]["cpu_us"]["total"] / pair["nginx"]["cpu_us"]["total"] for pair in pairs]
    return {
        "ratio": median(ratios),
        "ratios": ratios,
        "ratio_with_store": median(totals),
        "nginx": together([pair["nginx"] for pair in pairs]),
        "footfall": together([pair["footfall"] for pair in pairs]),
    }


def together(results):
    """The rounds as one: medians, but CPU time over all requests. A new journal segment is not prepared in every round,
    and the parts of a sum should be those of the sum."""
    names = [name for name in ("rps", "p50_us", "p99_us", "hits_per_commit") if name in results[0]]
    middle = {name: median(result[name] for result in results) for name in names}
    requests = sum(result["requests"] for result in results)
    middle["cpu_us"] = {}
    for part in {part for result in results for part in result["cpu_us"]}:
        spent = sum(result["cpu_us"].get(part, 0) * result["requests"] for result in results)
        middle["cpu_us"][part] = spent / requests
    return middle


def tables(result):
    title = {"event": "page view", "increment": "counter increment"}
    rows, split, ratios = [], [], []
    for run in result["runs"]:
        load = f"{title[run['what']]}, {run['connections']} conn."
        for server in ("nginx", "footfall"):
            middle = run[server]
            cost = middle["cpu_us"]["taking" if server == "footfall" else "total"]
            rows.append([
                load if server == "nginx" else "", server, f"{middle['rps']:,.0f}", f"{middle['p50_us'] / 1000:.2f}",
                f"{middle['p99_us'] / 1000:.2f}", f"{cost:.1f}", "" if server == "nginx" else f"**{run['ratio']:.2f}**",
            ])
        cpu = run["footfall"]["cpu_us"]
        split.append([load, *(f"{cpu.get(part, 0):.1f}" for part in (*TAKING, "taking", "store", "total")),
                      f"{run['ratio_with_store']:.2f}", f"{run['footfall']['hits_per_commit']:.0f}"])
        ratios.append(f"- {load}: " + ", ".join(f"{ratio:.2f}" for ratio in run["ratios"]))
    goal = next(run for run in result["runs"] if run["what"] == "event" and run["connections"] == GOAL_CONNECTIONS)
    verdict = "reached" if goal["ratio"] <= GOAL else "**not reached**"
    return [
        ("table", ["load", "server", "req/s", "p50 ms", "p99 ms", "CPU µs/req", "ratio"], rows),
        ("text", f"Rounds of {result['seconds']} s: medians, and CPU time over all requests. Footfall's CPU here is what "
                 "a hit takes to be parsed, checked and journaled; the ratio is the median of the rounds' ratios."),
        ("text", f"Goal: a durable hit at {GOAL_CONNECTIONS} connections costs at most {GOAL} × nginx. "
                 f"Measured: {goal['ratio']:.2f} ×, {verdict}."),
        ("text", "Footfall's CPU by thread, µs per request:"),
        ("table", ["load", "network", "flusher", "housekeeping", "= taking it down", "store (after the answer)", "all",
                   "all ÷ nginx", "hits per sync"], split),
        ("text", "The ratio of each round:"),
        ("text", "\n".join(ratios)),
    ]
