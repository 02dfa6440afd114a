"""What is stored and how it is read: bytes on disk a hit, and how long the API takes to answer from it.

A store is filled through the program itself, with people's page views over 90 days, and measured after a clean end,
when all is in the main file. Then a server is started on it and asked over HTTP, one question at a time.
"""

import json
import subprocess
import sys
import time
from statistics import median
from urllib.parse import quote

from access_logs import CLOCK, SITE, Traffic
from programs import ADMIN_TOKEN, FOOTFALL, ROOT, Failure, Folder, Footfall, memory_mib, run_measured

GOAL_BYTES, GOAL_ROWS = 30, 10_000_000
HITS_PER_REQUEST = 100
TIMES_ASKED = 8
MONTH = ["2026-03-02", "2026-03-31"]
QUARTER = ["2026-01-01", "2026-03-31"]


# --- Filling ---


def fill_by_import(folder, rows):
    """The generator writes into the importer's standard input: the log itself is never on disk."""
    command = [sys.executable, "-B", str(ROOT / "bench" / "access_logs.py"), "pages", str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as generator:
        done = run_measured([str(FOOTFALL), "import", "--data", str(folder / "data"), "--site", SITE, "--quiet", "-"],
                            folder / "import.txt", stdin=generator.stdout)
    recorded = int(done["output"].split(" lines: ")[1].split()[0])
    if recorded != rows:
        raise Failure(f"{rows} lines were sent, {recorded} were recorded")


def fill_by_api(folder, rows):
    """POST /api/visits with times in the past: what the page script would have sent, titles included."""
    traffic = Traffic(rows)
    with Footfall(folder, SITE) as footfall:
        connection = footfall.connect()

        def send(hits):
            while True:
                connection.request("POST", "/api/visits", "[" + ",".join(hits) + "]",
                                   {"authorization": f"Bearer {ADMIN_TOKEN}", "content-type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status == 503:  # the store is behind
                    time.sleep(0.2)
                    continue
                if answer.status // 100 != 2 or b'"index"' in text:
                    raise Failure(f"POST /api/visits answered {answer.status}: {text[:200]}")
                return

        hits = []
        for day, visits in traffic.each_day():
            for second, (address, agent), page, query, referrer in visits:
                hits.append(
                    f'{{"site":"{SITE}","path":"{traffic.pages[page]}{query}","title":"{traffic.titles[page]}",'
                    f'"referrer":"{"" if referrer == "-" else referrer}","ip":"{address}","user_agent":"{agent}",'
                    f'"timestamp":"{day}T{CLOCK[second]}.{(second * 7919 + page) % 1000:03}Z"}}'
                )
                if len(hits) == HITS_PER_REQUEST:
                    send(hits)
                    hits = []
        if hits:
            send(hits)
        footfall.wait_until_stored()


def store_bytes(folder):
    return sum(file.stat().st_size for file in (folder / "data" / "store").iterdir())


# --- Size ---


def measure_size(options, say):
    fills = []
    for rows in options.rows:
        with Folder() as folder:
            say(f"size: importing {rows:,} page views")
            fill_by_import(folder, rows)
            fills.append({"by": "import", "rows": rows, "bytes": store_bytes(folder)})
    rows = min(options.rows)
    with Folder() as folder:
        say(f"size: sending {rows:,} page views with titles")
        fill_by_api(folder, rows)
        fills.append({"by": "api", "rows": rows, "bytes": store_bytes(folder)})
    return {"fills": fills}


def size_tables(result):
    how = {"import": "imported log lines", "api": "POST /api/visits, with titles and milliseconds"}
    goal = f"Goal: at most {GOAL_BYTES} bytes a hit at {GOAL_ROWS:,} hits"
    rows, notes = [], []
    for fill in result["fills"]:
        each = fill["bytes"] / fill["rows"]
        rows.append([how[fill["by"]], f"{fill['rows']:,}", f"{fill['bytes'] / 1e6:.1f}", f"**{each:.1f}**"])
        if fill["rows"] >= GOAL_ROWS and fill["by"] == "import":
            verdict = "reached" if each <= GOAL_BYTES else "**not reached**"
            notes.append(f"{goal}. Measured: {each:.1f}, {verdict}.")
    if not notes:
        notes.append(f"{goal}; not measured at that size in this run.")
    return [("table", ["filled by", "hits", "store MB", "bytes/hit"], rows), ("text", notes[0])]


# --- Queries ---


def stats(metrics, dimensions=(), filters=(), days=MONTH, limit=None):
    body = {"site_id": SITE, "metrics": metrics.split(), "date_range": days, "dimensions": list(dimensions),
            "filters": list(filters)}
    if limit:
        body |= {"order_by": [[metrics.split()[0], "desc"]], "pagination": {"limit": limit}}
    return "POST", "/api/v2/query", json.dumps(body)


def visits(**narrowed):
    more = "".join(f"&{name}={quote(value, safe='')}" for name, value in narrowed.items())
    return "GET", f"/api/visits?site={SITE}&limit=50{more}", None


def questions(sample):
    """`sample`: one visit of the store, to ask for its kind. `page` is the 11th most visited."""
    page = Traffic(1).pages[10]
    of_page = [["is", "event:page", [page]]]
    of_country = [["is", "visit:country", ["DE"]]]
    everything = "visitors visits pageviews bounce_rate visit_duration"
    return [
        ("totals, 30 days", stats(everything)),
        ("totals, 90 days", stats(everything, days=QUARTER)),
        ("visitors and page views by day, 30 days", stats("visitors pageviews", ["time:day"])),
        ("visitors and page views by hour, 7 days",
         stats("visitors pageviews", ["time:hour"], days=["2026-03-25", "2026-03-31"])),
        ("top 10 pages, 30 days", stats("visitors pageviews", ["event:page"], limit=10)),
        ("top 10 sources, 30 days", stats("visitors", ["visit:source"], limit=10)),
        ("countries, 30 days", stats("visitors", ["visit:country"], limit=100)),
        ("one page: totals, 30 days", stats(everything, filters=of_page)),
        ("one page: sources, 30 days", stats("visitors", ["visit:source"], of_page, limit=10)),
        ("one country: by day, 30 days", stats("visitors pageviews", ["time:day"], of_country)),
        ("one page and one country: totals, 30 days", stats(everything, filters=of_page + of_country)),
        ("50 newest visits", visits()),
        ("50 newest visits of a page", visits(path=page)),
        ("50 newest visits of an ip", visits(ip=sample["ip"])),
        ("visits of a session", visits(session=sample["session"])),
        ("top 50 ips, 90 days", ("GET", f"/api/visits/top?site={SITE}&by=ip", None)),
    ]


class Asker:
    def __init__(self, footfall):
        self.connection = footfall.connect()

    def ask(self, question):
        """(milliseconds, answer)"""
        method, target, body = question
        headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        if body:
            headers["content-type"] = "application/json"
        began = time.perf_counter()
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        spent = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise Failure(f"{method} {target} answered {answer.status}: {text[:200].decode(errors='replace')} ({body})")
        return spent, json.loads(text)


def measure_queries(options, say):
    stores = []
    for rows in options.rows:
        with Folder() as folder:
            say(f"queries: importing {rows:,} page views")
            fill_by_import(folder, rows)
            began = time.monotonic()
            with Footfall(folder, SITE) as footfall:
                store = {"rows": rows, "start_seconds": time.monotonic() - began,
                         "rss_after_start_mib": memory_mib(footfall.pids[0]), "questions": []}
                asker = Asker(footfall)
                sample = asker.ask(visits())[1]["visits"][0]
                for name, question in questions(sample):
                    say(f"queries: {rows:,} rows: {name}")
                    spent, answer = zip(*(asker.ask(question) for _ in range(TIMES_ASKED)))
                    store["questions"].append({
                        "name": name, "first_ms": spent[0], "best_ms": min(spent[1:]), "median_ms": median(spent[1:]),
                        "rows": len(answer[0].get("results", answer[0].get("visits", answer[0].get("top")))),
                    })
                store["rss_mib"] = memory_mib(footfall.pids[0])
                store["rss_peak_mib"] = memory_mib(footfall.pids[0], "VmHWM")
                stores.append(store)
    return {"stores": stores, "times_asked": TIMES_ASKED}


def query_tables(result):
    stores = result["stores"]
    head = ["question"]
    for store in stores:
        head += [f"{store['rows']:,} hits: best ms", "median", "first"]
    rows = []
    for number, question in enumerate(stores[0]["questions"]):
        row = [question["name"]]
        for store in stores:
            asked = store["questions"][number]
            row += [f"**{asked['best_ms']:.1f}**", f"{asked['median_ms']:.1f}", f"{asked['first_ms']:.1f}"]
        rows.append(row)
    memory = [[f"{store['rows']:,}", f"{store['start_seconds']:.2f}", f"{store['rss_after_start_mib']:.0f}",
               f"{store['rss_mib']:.0f}", f"{store['rss_peak_mib']:.0f}"] for store in stores]
    return [
        ("table", head, rows),
        ("text", f"Each is asked {result['times_asked']} times in a row, by one client: the first time apart, then the "
                 "best and the median of the others. HTTP and JSON are in the time."),
        ("table", ["hits", "start s", "RSS after start MiB", "RSS after all queries MiB", "peak MiB"], memory),
    ]
