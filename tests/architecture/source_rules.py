"""Which file under src/ may include what, and how a file begins: docs/architecture.md as rules.

`violations(folder)` reads every #include below the folder and returns one line for each that breaks a rule. What a rule
allows stands in the tables below; source_rules_test.py shows each rule broken and kept.
"""

import pathlib
import re
import sys

# Layer → the layers it may know. A folder knows itself.
ARROWS = {
    "base": [],
    "domain": ["base"],
    "ports": ["base", "domain"],
    "app": ["base", "domain", "ports"],
    "app/edge": ["base", "domain", "ports", "app"],
    "app/api": ["base", "domain", "ports", "app", "app/edge"],
    "app/stats": ["base", "domain", "ports", "app"],
    "app/cloud": ["base", "domain", "ports", "app", "app/edge", "app/api", "app/stats"],
    "adapters": ["base", "domain", "ports"],
    "main": ["base", "domain", "ports", "app", "app/edge", "app/api", "app/stats", "app/cloud",
             "adapters"],
    "testing": ["base", "domain", "ports"],
}

# Folder → its one outside library: the headers, and the files that may include them (all, if none are named).
LIBRARIES = {
    "app": ("Boost.JSON", r"boost/json\.hpp", ["json.h"]),
    "adapters/aws": ("Boost.JSON", r"boost/json\.hpp", []),
    "adapters/badge_painter": ("cairo and FreeType", r"cairo(-ft)?\.h|ft2build\.h", []),
    "adapters/duckdb": ("DuckDB", r"duckdb\.h", ["sql.h", "sql.cc"]),
    "adapters/file_journal": ("ISA-L", r"isa-l/.*", []),
    "adapters/geoip": ("libmaxminddb", r"maxminddb\.h", []),
    "adapters/http_client": ("Boost.Asio and Beast", r"boost/(asio|beast|system)/.*", []),
    "adapters/http_server": ("Boost.Asio and Beast", r"boost/(asio|beast|intrusive|system)/.*", []),
    "adapters/local_files": (None, r"(?!)", []),
    "adapters/log_input": ("zlib", r"zlib\.h", []),
    "adapters/openssl_crypto": ("OpenSSL", r"openssl/.*", []),
    "adapters/patterns": ("RE2", r"re2/.*", []),
    "adapters/referrers": (None, r"(?!)", []),
    "adapters/user_agents": ("RE2", r"re2/.*", []),
    "adapters/zlib_compression": ("zlib", r"zlib\.h", []),
    "main": ("CLI11 and toml++", r"(CLI|toml\+\+)/.*", []),
}

# Encryption belongs to the connection: no port could stand between the two that is not OpenSSL's own shape.
SECOND_LIBRARIES = {
    "adapters/http_server": ("OpenSSL", r"openssl/.*",
                             ["tls.cc", "tls_identity.cc", "tls_session.cc", "tls_fixture.h"]),
    "adapters/http_client": ("OpenSSL", r"openssl/.*", ["http_client.cc"]),
}

# The operating system: adapters and main are made to talk to it; the core is not, but for these.
SYSTEM = re.compile(r"(sys|net|netinet|arpa|linux)/\w+\.h|(dirent|dlfcn|fcntl|link|poll|pthread|signal|stdlib|time|unistd)\.h")
SYSTEM_IN_THE_CORE = {"base": ["signal.h", "unistd.h"], "domain": ["arpa/inet.h"]}

# Pure: no clock, no disk, no network, no threads.
IMPURE = {"atomic", "condition_variable", "filesystem", "fstream", "future", "iostream", "mutex", "random", "thread"}

# What only tests may include. Boost.JSON reads the vectors of tests/vectors.
TEST_LIBRARIES = re.compile(r"(gtest|gmock|benchmark)/.*")
TEST_ONLY = re.compile(r"boost/json\.hpp|(dirent|fcntl|poll|pthread|signal|stdlib|time|unistd)\.h|sys/\w+\.h")
TEST_SOURCE = re.compile(r".*_(test|bench|fuzz)\.cc$")

# What a build makes.
GENERATED = {"assets_table.inc", "font_widths.inc"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"(?P<own>[^"]+)"|<(?P<other>[^>]+)>)')


class Source:
    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.folder = folder_of(self.path)
        self.name = path.name
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.includes = []  # (line number, "own" or "other", what)
        for number, line in enumerate(self.lines, 1):
            found = INCLUDE.match(line)
            if found:
                self.includes.append((number, found.lastgroup, found.group(found.lastgroup)))

    def is_header(self):
        return self.name.endswith(".h")


def folder_of(path):
    """The library a file belongs to: "base", "app/api", "adapters/duckdb"."""
    parts = path.split("/")[:-1]
    return "/".join(parts[:2]) if parts and parts[0] in ("adapters", "app") else "/".join(parts[:1])


def layer_of(folder):
    return "adapters" if folder.startswith("adapters/") else folder


def read_sources(root):
    root = pathlib.Path(root)
    return [Source(root, path) for path in sorted(root.rglob("*")) if path.suffix in (".h", ".cc")]


def test_files(sources):
    """Tests, and the headers that only tests can use: those that bring in gtest, the fakes, or another such header."""
    tests = {source.path for source in sources if TEST_SOURCE.match(source.name)}
    grew = True
    while grew:
        grew = False
        for source in sources:
            if source.path in tests or not source.is_header() or source.folder == "testing":
                continue
            if any(TEST_LIBRARIES.match(what) or what in tests or what.startswith("testing/")
                   for _, _, what in source.includes):
                tests.add(source.path)
                grew = True
    return tests


def may_include_own(source, what, is_test):
    target = folder_of(what)
    if "/" not in what:
        return what in GENERATED
    if target == source.folder:
        return True
    if target == "testing":
        return is_test
    if layer_of(source.folder) != "main" and target.startswith("adapters/"):
        return False
    return layer_of(target) in ARROWS[layer_of(source.folder)]


def may_include_other(source, what, is_test):
    if re.fullmatch(r"[a-z_0-9]+", what):
        return source.folder != "domain" or is_test or what not in IMPURE
    if TEST_LIBRARIES.fullmatch(what):
        return is_test or source.folder == "testing"
    if is_test and TEST_ONLY.fullmatch(what):
        return True
    for table in (LIBRARIES, SECOND_LIBRARIES):
        _, headers, files = table.get(source.folder, (None, r"(?!)", []))
        if re.fullmatch(headers, what):
            return not files or source.name in files
    if SYSTEM.fullmatch(what):
        return source.folder == "main" or source.folder.startswith("adapters/") or \
            what in SYSTEM_IN_THE_CORE.get(source.folder, [])
    return False


def outward_arrows(sources):
    tests = test_files(sources)
    found = []
    for source in sources:
        if layer_of(source.folder) not in ARROWS:
            found.append(f"{source.path}: the folder {source.folder or '.'} is no layer; name it in ARROWS")
            continue
        if source.folder.startswith("adapters/") and source.folder not in LIBRARIES:
            found.append(f"{source.path}: the adapter {source.folder} is not in LIBRARIES")
        is_test = source.path in tests
        for number, kind, what in source.includes:
            if kind == "own" and not may_include_own(source, what, is_test):
                found.append(f"{source.path}:{number}: {source.folder} must not know {what}")
            elif kind == "own" and what in tests and not is_test and source.folder != "testing":
                found.append(f"{source.path}:{number}: {what} is for tests only")
            elif kind == "other" and not may_include_other(source, what, is_test):
                found.append(f"{source.path}:{number}: {source.folder} must not include <{what}>")
    return found


def cycles(sources):
    """Folders that know each other, on however long a way. Tests stand outside."""
    tests = test_files(sources)
    knows = {}
    for source in sources:
        if source.path in tests:
            continue
        for _, kind, what in source.includes:
            if kind == "own" and "/" in what and folder_of(what) != source.folder:
                knows.setdefault(source.folder, set()).add(folder_of(what))
    found = []
    for start in sorted(knows):
        reached, rest = set(), list(knows[start])
        while rest:
            folder = rest.pop()
            if folder not in reached:
                reached.add(folder)
                rest.extend(knows.get(folder, ()))
        if start in reached:
            found.append(f"{start}: is on a cycle of includes")
    return found


def first_words(lines):
    """The comment a file begins with, as one text; "" if it begins with something else."""
    words = []
    for line in lines:
        if not line.startswith("//"):
            break
        words.append(line[2:].strip())
    return " ".join(words).strip()


def openings(sources):
    found = []
    for source in sources:
        comment = first_words(source.lines)
        is_sentence = len(comment.split()) >= 4 and re.search(r"[.:]( |$)", comment) is not None
        if source.is_header():
            if not is_sentence:
                found.append(f"{source.path}:1: a header begins with a sentence that says what it is")
            if "#pragma once" not in source.lines:
                found.append(f"{source.path}: a header says #pragma once")
            continue
        stem = re.sub(r"_(test|bench|fuzz)$", "", source.name[: -len(".cc")])
        own_header = f"{'/'.join(source.path.split('/')[:-1])}/{stem}.h"
        first = source.includes[0] if source.includes else (0, "", "")
        if not is_sentence and first != (1, "own", own_header):
            found.append(f"{source.path}:1: a source begins with its own header or with a sentence that says what it is")
    return found


def violations(root):
    sources = read_sources(root)
    if not sources:
        return [f"{root}: there is no source"]
    return outward_arrows(sources) + cycles(sources) + openings(sources)


if __name__ == "__main__":
    broken = violations(sys.argv[1])
    print("\n".join(broken) if broken else f"{len(read_sources(sys.argv[1]))} files keep to docs/architecture.md")
    sys.exit(1 if broken else 0)
