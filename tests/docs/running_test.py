"""docs/running.md and examples/systemd hold what the program has.

  running_test.py PROGRAM

Every flag of `footfall serve` has its row in the reference, and every row its flag; the same of the settings of a site. The
example's configuration starts a server, but for its paths and ports.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
PROGRAM = ""


def rows(heading):
    """The first cells of the table whose first heading this is."""
    table = re.search(r"^\| " + heading + r" \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return set(re.findall(r"^\| `([^`]+)`", table.group(1), re.MULTILINE))


class Running(unittest.TestCase):
    def test_every_flag_is_in_the_reference_and_no_other(self):
        manual = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True, check=True).stdout
        flags = set(re.findall(r"^  (?:-\w,)?--([a-z-]+)", manual, re.MULTILINE)) - {"help"}
        self.assertEqual(rows("key"), flags)

    def test_every_setting_of_a_site_is_in_the_reference_and_no_other(self):
        described = json.loads((ROOT / "src/app/api/openapi.json").read_text(encoding="utf-8"))
        settings = set(described["components"]["schemas"]["Site"]["properties"]) - {"site"}
        self.assertEqual(rows("site key"), settings | {"root", "upstream", "counter"})

    def test_the_example_starts_and_reloads(self):
        with tempfile.TemporaryDirectory() as folder:
            for host in ("example.com", "example.org"):
                pages = pathlib.Path(folder, "srv", host)
                pages.mkdir(parents=True)
                (pages / "index.html").write_text(f"pages of {host}", encoding="utf-8")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                            "-subj", "/CN=example.com", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"],
                           check=True, capture_output=True)
            text = (ROOT / "examples/systemd/footfall.toml").read_text(encoding="utf-8")
            for path, here in (("/etc/footfall", folder), ("/var/lib/footfall", folder + "/data"), ("/srv", folder + "/srv"),
                               ("[::]:443", "127.0.0.1:0"), ("[::]:80", "127.0.0.1:0")):
                self.assertIn(path, text)
                text = text.replace(path, here)
            config = pathlib.Path(folder, "footfall.toml")
            config.write_text(text, encoding="utf-8")
            environment = {name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")}
            with subprocess.Popen([PROGRAM, "serve", "--config", config, "--disk-reserve", "1"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=environment) as server:
                try:
                    url = server.stdout.readline().removeprefix("listening on ").strip()
                    self.assertTrue(url.startswith("https://127.0.0.1:"), url or server.stderr.read())
                    for host in ("example.com", "blog.example.com", "www.example.org"):
                        answer = subprocess.run(["curl", "-sS", "--insecure", "-L", "--cookie", "", "--resolve",
                                                 f"{host}:{url.rsplit(':', 1)[1]}:127.0.0.1",
                                                 f"https://{host}:{url.rsplit(':', 1)[1]}/"],
                                                capture_output=True, text=True, check=False)
                        self.assertEqual(answer.stdout, "pages of " + host.replace("blog.", "").replace("www.", ""))
                    server.send_signal(signal.SIGHUP)
                    said = ""
                    while "read the sites again: 2" not in said:
                        line = server.stderr.readline()
                        self.assertTrue(line, said)
                        said += line
                    self.assertIn("read the TLS certificate again", said)
                finally:
                    server.terminate()
                    server.wait(timeout=30)
            self.assertEqual(server.returncode, 0)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
