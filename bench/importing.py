"""Importing: an access log into Footfall's store, beside GoAccess analysing the same file and writing JSON.

Footfall reads, judges every line, journals, makes visitors and sessions, classifies, stores, checkpoints and ends; all
of it is in the time. GoAccess reads, classifies and counts in memory, and keeps nothing but its report.
"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from programs import FOOTFALL, ROOT, Failure, Folder, run_measured

SITE = "bench.example"
GOAL_RATIO, GOAL_MIB = 5, 300


def make_log(path, *arguments):
    """In a process of its own, so that this one stays small (see run_measured)."""
    with path.open("wb") as out:
        subprocess.run([sys.executable, "-B", str(ROOT / "bench" / "access_logs.py"), *map(str, arguments)], stdout=out,
                       check=True)


def import_into(folder, log):
    data = folder / "data"
    measured = run_measured([str(FOOTFALL), "import", "--data", str(data), "--site", SITE, "--quiet", str(log)],
                            folder / "import.txt")
    measured["store_bytes"] = sum(file.stat().st_size for file in (data / "store").iterdir())
    measured["recorded"] = int(measured["output"].split(" lines: ")[1].split()[0])
    return measured


def analyse(folder, log):
    return run_measured(["goaccess", str(log), "--log-format=COMBINED", "--no-global-config", "--no-progress", "-o",
                         str(folder / "report.json")], folder / "goaccess.txt")


def measure_log(name, kind, options, say):
    pairs = []
    with Folder() as folder:
        log = folder / "access.log"
        say(f"import: making {options.lines:,} lines, {name}")
        make_log(log, *kind[:1], options.lines, *kind[1:])
        with log.open("rb") as file:
            lines = sum(1 for _ in file)
        for number in range(options.rounds or 3):
            say(f"import: {name}, round {number + 1} of {options.rounds or 3}")
            with Folder() as work:
                goaccess = analyse(work, log)
            with Folder() as work:
                footfall = import_into(work, log)
            pairs.append({"goaccess": goaccess, "footfall": footfall})
        log_bytes = log.stat().st_size
    for pair in pairs:
        for tool in pair.values():
            tool["lines_per_second"] = lines / tool["seconds"]
            tool["cpu_us_per_line"] = tool["cpu_seconds"] * 1e6 / lines
            del tool["output"]
    ratios = [pair["footfall"]["lines_per_second"] / pair["goaccess"]["lines_per_second"] for pair in pairs]
    return {"log": name, "lines": lines, "bytes": log_bytes, "pairs": pairs, "ratios": ratios, "ratio": median(ratios)}


def measure(options, say):
    real = os.environ.get("FOOTFALL_REAL_LOG")
    if real and not Path(real).is_file():
        raise Failure(f"FOOTFALL_REAL_LOG names no file: {real}")
    first = ("a real log, varied", ("varied", real)) if real else ("made, with assets and errors", ("mixed",))
    return {"logs": [measure_log(name, kind, options, say)
                     for name, kind in (first, ("made, page views only", ("pages",)))]}


def tables(result):
    rows, notes = [], []
    for log in result["logs"]:
        for tool in ("goaccess", "footfall"):
            runs = [pair[tool] for pair in log["pairs"]]

            def middle(name, runs=runs):
                return median(run[name] for run in runs)

            rows.append([
                f"{log['log']}: {log['lines']:,} lines, {log['bytes'] / 1e6:.0f} MB" if tool == "goaccess" else "",
                tool, f"{middle('seconds'):.1f}", f"{middle('lines_per_second'):,.0f}",
                f"{middle('cpu_us_per_line'):.2f}", f"{middle('peak_mib'):.0f}",
                f"{middle('store_bytes') / 1e6:.1f}" if tool == "footfall" else "",
                f"{middle('recorded'):,.0f}" if tool == "footfall" else "",
                f"**{log['ratio']:.1f}**" if tool == "footfall" else "",
            ])
        peak = max(pair["footfall"]["peak_mib"] for pair in log["pairs"])
        fast = "reached" if log["ratio"] >= GOAL_RATIO else "**not reached**"
        small = "reached" if peak < GOAL_MIB else "**not reached**"
        notes.append(f"- {log['log']}: {log['ratio']:.1f} × GoAccess's lines per second "
                     f"(rounds: {', '.join(f'{ratio:.1f}' for ratio in log['ratios'])}), goal {GOAL_RATIO} ×: {fast}; "
                     f"peak {peak:.0f} MiB, goal under {GOAL_MIB} MiB: {small}")
    return [
        ("table", ["log", "program", "s", "lines/s", "CPU µs/line", "peak MiB", "store MB", "recorded", "ratio"],
         rows),
        ("text", "Medians of the rounds.\n\n" + "\n".join(notes)),
    ]
