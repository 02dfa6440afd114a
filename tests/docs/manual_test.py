"""Runs every ```sh block of docs/api.md, in order, against a server of its own.

  manual_test.py PROGRAM PAGE

The page speaks to the demo: its address and data folder are replaced by those of the server started here. A command that
fails, or a request that is not answered 2xx, fails the test.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

DEMO = "http://127.0.0.1:8080"
# So that a request answered 4xx or 5xx ends the script, and shows why.
PRELUDE = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body --max-time 20 "$@"; }\n'


def blocks(page):
    return re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def main(program, page):
    root = pathlib.Path(__file__).parent.parent.parent
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "footfall-data")
        command = [program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--site", "localhost",
                   "--root", root / "examples" / "site", "--disk-reserve", "16"]
        errors = open(pathlib.Path(folder, "errors"), "w+", encoding="utf-8")
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            ready = server.stdout.readline()
            if not ready.startswith("listening on "):
                errors.seek(0)
                sys.exit("the server did not start:\n" + errors.read())
            url = ready.removeprefix("listening on ").strip()
            script = PRELUDE
            for number, block in enumerate(blocks(pathlib.Path(page).read_text(encoding="utf-8")), 1):
                script += f"echo; echo '--- block {number} ---'\n" + block
            script = script.replace(DEMO, url)
            done = subprocess.run(["bash", "-c", script], cwd=folder, text=True, capture_output=True, timeout=120)
            print(done.stdout)
            if done.returncode != 0 or "listening" not in ready:
                sys.exit(f"the last block shown failed:\n{done.stderr}")
            check(done.stdout)
        finally:
            server.terminate()
            server.wait(timeout=30)
    if server.returncode != 0:
        sys.exit(f"the server ended with {server.returncode}")


def check(output):
    """A few answers that the page promises in words."""
    promised = ['{"site":"localhost","key":"/hello","value":1}', '"accepted":2', '{"site":"localhost","key":"likes","value":1,"receipt":"ff1.',
                '"key":"downloads","value":10,"receipt":"ff1.', '"surprise":{"text":"a book"}', '"valid":true', '"by":"path"', '{"dimensions":["/about"],"metrics":[1,2,null]},{"dimensions":["/hello"],"metrics":[1,1,0]}',
                "event: visitors", '"recorded":1']
    for text in promised:
        if text not in output:
            sys.exit(f"{text} is nowhere in the answers")
    if output.count('"key":"likes","value":1') < 2:
        sys.exit("an Idempotency-Key was counted twice")


if __name__ == "__main__":
    main(*sys.argv[1:])
