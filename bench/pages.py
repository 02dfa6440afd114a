"""Pages: what a file of the site costs, beside nginx serving the same file.

Both servers run all the time and are loaded in turn. nginx has one worker, `sendfile`, `tcp_nopush` and a buffered access
log; Footfall answers from memory, gives each visitor a session, records the view and answers when it is on disk. What
counts is CPU time per request while the load lasts; what the store works up afterwards is not in it.
"""

from statistics import median

from collecting import together
from programs import Folder, Footfall, Nginx, process_cpu, wrk

SITE = "bench.example"
GOAL = 2
GOAL_CONNECTIONS = 64
SIZES = [2_000, 14_000, 100_000]  # bytes: a small page, a page, a script
RUNS = [(size, 64, 3) for size in SIZES] + [(14_000, 1, 3)]  # bytes, connections, rounds


def load(server, path, connections, seconds):
    before = process_cpu(server.pids)
    result = wrk(server.url + path, connections, seconds, "page", path)
    result["cpu_us"] = {"total": (process_cpu(server.pids) - before) * 1e6 / result["requests"]}
    return result


def measure(options, say):
    runs = []
    with Folder() as folder:
        root = folder / "root"
        root.mkdir(mode=0o755)
        for size in SIZES:
            (root / f"{size}.html").write_text("<!doctype html>" + "x" * (size - 15))
        with Nginx(folder, root) as nginx, Footfall(folder, SITE, root) as footfall:
            for size, connections, rounds in RUNS:
                path = f"/{size}.html"
                pairs = []
                for number in range(options.rounds or rounds):
                    say(f"pages: {size} bytes, {connections} connections, round {number + 1}")
                    pairs.append({
                        "nginx": load(nginx, path, connections, options.seconds),
                        "footfall": load(footfall, path, connections, options.seconds),
                    })
                ratios = [pair["footfall"]["cpu_us"]["total"] / pair["nginx"]["cpu_us"]["total"] for pair in pairs]
                runs.append({
                    "bytes": size, "connections": connections, "ratio": median(ratios), "ratios": ratios,
                    "nginx": together([pair["nginx"] for pair in pairs]),
                    "footfall": together([pair["footfall"] for pair in pairs]),
                })
    return {"runs": runs, "seconds": options.seconds}


def tables(result):
    rows = []
    for run in result["runs"]:
        for server in ("nginx", "footfall"):
            middle = run[server]
            rows.append([
                f"{run['bytes'] / 1000:.0f} kB, {run['connections']} conn." if server == "nginx" else "", server,
                f"{middle['rps']:,.0f}", f"{middle['p50_us'] / 1000:.2f}", f"{middle['p99_us'] / 1000:.2f}",
                f"{middle['cpu_us']['total']:.1f}", "" if server == "nginx" else f"**{run['ratio']:.2f}**",
            ])
    worst = max(run["ratio"] for run in result["runs"] if run["connections"] == GOAL_CONNECTIONS)
    verdict = "reached" if worst <= GOAL else "**not reached**"
    return [
        ("table", ["file", "server", "req/s", "p50 ms", "p99 ms", "CPU µs/req", "ratio"], rows),
        ("text", f"Rounds of {result['seconds']} s: medians, and CPU time over all requests.\n\nGoal: a page with session "
                 f"and recording costs at most {GOAL} × nginx at {GOAL_CONNECTIONS} connections. Measured: {worst:.2f} × at "
                 f"most, {verdict}."),
    ]
