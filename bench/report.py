"""What was measured, as text: on the terminal, as JSON in build/bench, and between the marks of docs/performance.md."""

import datetime
import json
import os
import platform
import re
import subprocess

from programs import RESULTS, ROOT, Failure

PAGE = ROOT / "docs" / "performance.md"


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        return done.stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(re.search(r"^MemTotal:\s+(\d+) kB", file.read(), re.MULTILINE)[1])
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**20),
        "kernel": platform.release().split("-")[0],
        "compiler": first_line(os.environ.get("CXX", "g++"), "--version"),
        "revision": first_line("git", "describe", "--always", "--dirty"),
        "date": datetime.date.today().isoformat(),
        "load_before": os.getloadavg()[0],
    }


def machine_text(on, command):
    busy = ""
    if on["load_before"] >= 0.5:
        busy = f" **The machine was busy with other things** (load {on['load_before']:.1f} before)."
    return (f"`{command}` on {on['date']}, revision {on['revision']}: {on['cpu']}, {on['cores']} cores, "
            f"{on['memory_gib']} GiB, Linux {on['kernel']}, {on['compiler']}, release build.{busy}")


def as_text(blocks):
    """Markdown, aligned so that it is read as well on a terminal."""
    parts = []
    for block in blocks:
        if block[0] == "text":
            parts.append(block[1])
            continue
        _, head, rows = block
        widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]

        def line(cells, widths=widths):
            first, *rest = (str(cell) for cell in cells)
            fitted = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:]))]
            return "| " + " | ".join(fitted) + " |"

        rule = "|" + "|".join(["-" * (widths[0] + 2)] + ["-" * (width + 1) + ":" for width in widths[1:]]) + "|"
        parts.append("\n".join([line(head), rule, *(line(row) for row in rows)]))
    return "\n\n".join(parts)


def keep(section, result):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{section}.json").write_text(json.dumps(result, indent=1) + "\n")


def write_page(section, text):
    """Replaces what stands between the section's marks."""
    page = PAGE.read_text()
    begin, end = f"<!-- bench/run --write {section} -->\n", f"<!-- end of {section} -->"
    if begin not in page or end not in page:
        raise Failure(f"docs/performance.md has no marks for {section}")
    before, rest = page.split(begin, 1)
    PAGE.write_text(f"{before}{begin}\n{text}\n\n{end}{rest.split(end, 1)[1]}")
