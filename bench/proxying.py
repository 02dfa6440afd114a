"""Proxying: what an answer of an application costs the server before it, beside nginx with proxy_pass to the same one.

The application is an nginx of its own that answers from memory, and is not measured. Both proxies keep their
connections to it, and both tell it who asks. They are loaded in turn, so that whatever else the machine does meets
both; what counts is CPU time per request. Footfall gives each page's reader a session and records the view, durably,
before the page is sent; a picture it only passes on.
"""

from statistics import median

from collecting import TAKING, together
from programs import Folder, Footfall, Nginx, process_cpu, thread_cpu, wrk

SITE = "bench.example"
GOAL = 1.5

# what, bytes, connections, rounds
RUNS = [("page", 4_096, 64, 5), ("picture", 4_096, 64, 5), ("picture", 4_096, 1, 3), ("picture", 65_536, 64, 3)]
FILES = {"page": ("page.html", "text/html"), "picture": ("picture.png", "image/png")}

PROXY = """
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
"""


def load_nginx(nginx, path, connections, seconds):
    before = process_cpu(nginx.pids)
    result = wrk(nginx.url, connections, seconds, "page", path)
    result["cpu_us"] = {"total": (process_cpu(nginx.pids) - before) * 1e6 / result["requests"]}
    return result


def load_footfall(footfall, path, connections, seconds):
    before = thread_cpu(footfall.pids[0])
    result = wrk(footfall.url, connections, seconds, "page", path)
    after = thread_cpu(footfall.pids[0])
    footfall.wait_until_stored()
    # The store works after the answer, on another core: bench/run collect tells what it takes.
    each = {part: (after.get(part, 0) - before.get(part, 0)) * 1e6 / result["requests"] for part in TAKING}
    result["cpu_us"] = each | {"total": sum(each.values())}
    return result


def measure_size(folder, size, runs, options, say):
    files = folder / "files"
    files.mkdir()
    for name, _ in FILES.values():
        (files / name).write_text("x" * size)
    types = " ".join(f"{kind} {name.split('.')[1]};" for name, kind in FILES.values())
    with Nginx(folder / "application", root=files, http=f"types {{ {types} }} open_file_cache max=10;") as application:
        origin = application.url.removeprefix("http://")
        upstream = f"upstream application {{ server {origin}; keepalive 128; keepalive_requests 1000000000; }}"
        with Nginx(folder / "proxy", location=PROXY, http=upstream) as nginx, \
                Footfall(folder, SITE, upstream=application.url) as footfall:
            for what, connections, rounds in runs:
                path = "/" + FILES[what][0]
                load_nginx(nginx, path, connections, 1)
                load_footfall(footfall, path, connections, 1)
                pairs = []
                for number in range(rounds):
                    say(f"proxy: {what}, {size} bytes, {connections} connections, round {number + 1} of {rounds}")
                    pairs.append({"nginx": load_nginx(nginx, path, connections, options.seconds),
                                  "footfall": load_footfall(footfall, path, connections, options.seconds)})
                ratios = [pair["footfall"]["cpu_us"]["total"] / pair["nginx"]["cpu_us"]["total"] for pair in pairs]
                yield {"what": what, "bytes": size, "connections": connections, "ratio": median(ratios),
                       "ratios": ratios} | {name: together([pair[name] for pair in pairs])
                                            for name in ("nginx", "footfall")}


def measure(options, say):
    runs = []
    for size in dict.fromkeys(size for _, size, _, _ in RUNS):
        of_size = [(what, connections, options.rounds or rounds)
                   for what, bytes_, connections, rounds in RUNS if bytes_ == size]
        with Folder() as folder:
            runs.extend(measure_size(folder, size, of_size, options, say))
    return {"runs": runs, "seconds": options.seconds}


def tables(result):
    rows, ratios = [], []
    for run in result["runs"]:
        load = f"{run['what']}, {run['bytes'] // 1024} KiB, {run['connections']} conn."
        for server in ("nginx", "footfall"):
            middle = run[server]
            rows.append([
                load if server == "nginx" else "", server, f"{middle['rps']:,.0f}", f"{middle['p50_us'] / 1000:.2f}",
                f"{middle['p99_us'] / 1000:.2f}", f"{middle['cpu_us']['total']:.1f}",
                "" if server == "nginx" else f"**{run['ratio']:.2f}**",
            ])
        ratios.append(f"- {load}: " + ", ".join(f"{ratio:.2f}" for ratio in run["ratios"]))
    page = result["runs"][0]
    verdict = "reached" if page["ratio"] <= GOAL else "**not reached**"
    return [
        ("table", ["load", "server", "req/s", "p50 ms", "p99 ms", "CPU µs/req", "ratio"], rows),
        ("text", f"Rounds of {result['seconds']} s: medians, and CPU time over all requests. Footfall's CPU here is that of "
                 "the threads that answer and make durable; the ratio is the median of the rounds' ratios."),
        ("text", f"Goal: a page with session and recording at {page['connections']} connections costs at most {GOAL} × nginx. "
                 f"Measured: {page['ratio']:.2f} ×, {verdict}."),
        ("text", "The ratio of each round:"),
        ("text", "\n".join(ratios)),
    ]
