"""Makes access logs, the same ones every time: what `bench/run` feeds to the programs it measures.

    access_logs.py pages N            N page views of people over 90 days, about 5 to a session
    access_logs.py mixed N            the same people, with the images, scripts, redirects and errors of a real log
    access_logs.py varied N LOG[.gz]  a real combined log over and over, with other addresses, paths and days

The log goes to standard output, in the combined format, ordered by time.
"""

import gzip
import itertools
import random
import sys
from datetime import date, timedelta

SITE = "bench.example"
FIRST_DAY = date(2026, 1, 1)
DAYS = 90
PAGES = 20_000

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
CLOCK = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400)]
# Visits by hour of the day: quiet at four, busy from nine to nine.
HOURS = [3, 2, 1, 1, 1, 1, 2, 4, 7, 10, 11, 11, 10, 11, 11, 11, 10, 10, 10, 11, 11, 10, 8, 5]
WORDS = (
    "river stone garden winter letter signal market window silver engine harbor forest island valley copper "
    "morning bridge thunder paper summer orange travel yellow planet castle shadow pocket wonder kitchen mirror"
).split()


def day_text(day):
    return f"{day.day:02}/{MONTHS[day.month - 1]}/{day.year}"


def zipf(values, exponent=1.0):
    """Cumulative weights for random.choices: few values are common, most are rare."""
    return list(itertools.accumulate(1 / (rank + 1) ** exponent for rank in range(len(values))))


def user_agents():
    """A few hundred real-looking ones, common ones first."""
    chrome = [f"{major}.0.0.0" for major in range(131, 111, -1)]
    windows = "Windows NT 10.0; Win64; x64"
    mac = "Macintosh; Intel Mac OS X 10_15_7"
    phones = ["K", "SM-G991B", "SM-S918B", "Pixel 7", "Pixel 8", "SM-A546E", "M2101K6G", "CPH2473"]
    kit = "AppleWebKit/537.36 (KHTML, like Gecko)"
    agents = []
    for version in chrome:
        agents.append(f"Mozilla/5.0 ({windows}) {kit} Chrome/{version} Safari/537.36")
        agents.append(f"Mozilla/5.0 ({mac}) {kit} Chrome/{version} Safari/537.36")
        agents.append(f"Mozilla/5.0 ({windows}) {kit} Chrome/{version} Safari/537.36 Edg/{version}")
        for phone in phones:
            agents.append(f"Mozilla/5.0 (Linux; Android 14; {phone}) {kit} Chrome/{version} Mobile Safari/537.36")
    for version in range(9):
        webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
        agents.append(f"Mozilla/5.0 ({mac}) {webkit} Version/17.{version} Safari/605.1.15")
        for minor in range(4):
            phone = f"iPhone; CPU iPhone OS 17_{version}_{minor} like Mac OS X"
            agents.append(f"Mozilla/5.0 ({phone}) {webkit} Version/17.{version} Mobile/15E148 Safari/604.1")
    for version in range(132, 102, -1):
        agents.append(f"Mozilla/5.0 ({windows}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
        agents.append(f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
    random.Random(7).shuffle(agents)
    bots = [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    ]
    return agents[:10] + bots + agents[10:]


class Traffic:
    """The page views of a site, day by day."""

    def __init__(self, views, days=DAYS, seed=1):
        self.views, self.days = views, days
        self.random = random.Random(seed)
        pick = self.random.choice
        self.pages = ["/"] + [
            f"/{pick(WORDS)}/{2015 + n % 11}/{pick(WORDS)}-{pick(WORDS)}-{n}" for n in range(1, PAGES)
        ]
        self.titles = [
            f"{path.rsplit('/', 1)[1].replace('-', ' ').capitalize()} | Bench Example" for path in self.pages
        ]
        self.page_weights = zipf(self.pages)
        self.agents = user_agents()
        self.agent_weights = zipf(self.agents)
        sites = [f"https://{pick(WORDS)}{pick(WORDS)}.example/{pick(WORDS)}/{pick(WORDS)}" for _ in range(500)]
        self.origins = ["https://www.google.com/"] * 6 + ["https://www.bing.com/", "https://duckduckgo.com/"]
        self.origins += ["https://t.co/aBcDeF", "https://www.facebook.com/", "https://news.ycombinator.com/"]
        self.origins += sites
        # The named ones bring a quarter of those who come by a link.
        self.origin_weights = list(itertools.accumulate([1.0] * 11 + [0.06] * len(sites)))
        self.people = []

    def person(self):
        """(address, user agent) of who comes next: a new person, or one of those who came before."""
        rand = self.random
        if self.people and rand.random() < 0.4:
            return self.people[int(rand.random() * len(self.people))]
        kind = rand.random()
        if kind < 0.15 and self.people:  # shares an address: a household, an office
            address = self.people[int(rand.random() * len(self.people))][0]
        elif kind < 0.27:
            a, b, c, d = (rand.getrandbits(16) for _ in range(4))
            address = f"2a0{int(rand.random() * 8)}:{a:x}:{b:x}:{c:x}::{d:x}"
        else:
            bits = rand.getrandbits(24)
            address = f"{11 + int(rand.random() * 112)}.{bits >> 16}.{bits >> 8 & 255}.{bits & 255}"
        agent = rand.choices(self.agents, cum_weights=self.agent_weights)[0]
        self.people.append((address, agent))
        return self.people[-1]

    def query(self):
        """Of the first page of a visit: mostly none, sometimes a campaign or an advertiser's click id."""
        kind = self.random.random()
        if kind < 0.90:
            return ""
        if kind < 0.95:
            return f"?utm_source=news&utm_medium=email&utm_campaign=week-{int(self.random.random() * 50)}"
        return f"?gclid=Cj0KCQ{self.random.getrandbits(256):064x}"

    def each_day(self):
        """Yields (date, [(second, person, page, query, referrer)]); `page` is an index, the rest texts."""
        rand, pages, site = self.random, self.pages, f"https://{SITE}"
        hour_weights = list(itertools.accumulate(HOURS))
        spill = []
        for day in range(self.days):
            begun = self.views * day // self.days
            wanted = self.views * (day + 1) // self.days - begun
            visits, spill = spill, []
            left = wanted
            chosen = iter(rand.choices(range(len(pages)), cum_weights=self.page_weights, k=wanted))
            while left > 0:
                person = self.person()
                second = rand.choices(range(24), cum_weights=hour_weights)[0] * 3600 + int(rand.random() * 3600)
                referrer = "-"
                if rand.random() < 0.55:
                    referrer = rand.choices(self.origins, cum_weights=self.origin_weights)[0]
                query = self.query()
                for _ in range(min(left, 1 + int(rand.expovariate(1 / 4.5)))):
                    page = next(chosen)
                    (visits if second < 86_400 else spill).append((second % 86_400, person, page, query, referrer))
                    referrer, query = site + pages[page], ""
                    second += 1 + int(rand.expovariate(1 / 45))
                    left -= 1
            if day == self.days - 1:
                visits += [(86_399, *rest) for _, *rest in spill]
            visits.sort(key=lambda visit: visit[0])
            yield FIRST_DAY + timedelta(days=day), visits


def pages_log(lines, out):
    traffic = Traffic(lines)
    for day, visits in traffic.each_day():
        stamp = day_text(day)
        text = "\n".join(
            f'{person[0]} - - [{stamp}:{CLOCK[second]} +0000] '
            f'"GET {traffic.pages[page]}{query} HTTP/1.1" 200 {8000 + page} "{referrer}" "{person[1]}"'
            for second, person, page, query, referrer in visits
        )
        out.write(text.encode() + b"\n")


def mixed_log(lines, out):
    """Of three lines, two are images, scripts and the like, and some requests fail."""
    traffic = Traffic(lines * 7 // 20)
    rand = traffic.random
    endings = ("css", "js", "png", "jpg", "woff2")
    assets = [f"/static/{word}-{n}.{ending}" for n, word in enumerate(WORDS) for ending in endings]
    written = 0
    for day, visits in traffic.each_day():
        text = []
        for second, person, page, query, referrer in visits:
            status = rand.choices(("200", "304", "301", "404"), weights=(88, 6, 3, 3))[0]
            front = f"{person[0]} - - [{day_text(day)}:{CLOCK[second]} +0000] "
            target = traffic.pages[page] + query
            text.append(f'{front}"GET {target} HTTP/1.1" {status} {8000 + page} "{referrer}" "{person[1]}"')
            for _ in range(rand.choice((1, 1, 2, 2, 3, 3))):
                asset = assets[int(rand.random() * len(assets))]
                origin = f"https://{SITE}{traffic.pages[page]}"
                text.append(f'{front}"GET {asset} HTTP/1.1" 200 {500 + second} "{origin}" "{person[1]}"')
        text = text[: lines - written]
        written += len(text)
        if text:
            out.write("\n".join(text).encode() + b"\n")


def varied_log(lines, out, seed_log):
    """Copies of a real log. The copies of a day are laid side by side, so that the whole is ordered by time."""
    opener = gzip.open if seed_log.endswith(".gz") else open
    with opener(seed_log, "rt", encoding="latin-1") as file:
        seed = [line.rstrip("\n") for line in file]
    parts = []
    for line in seed:
        address, _, rest = line.partition(" ")
        front, bracket, rest = rest.partition("[")
        clock, close, rest = rest[11:].partition("]")
        method, slash, rest = rest.partition(" /")
        octets = address.split(".")
        if bracket and close and slash and len(octets) == 4:
            parts.append((clock, [int(octet) for octet in octets], front, method, rest))
    parts.sort(key=lambda part: part[0])
    days = 30
    copies = -(-lines // len(parts))
    written = 0
    for day in range(days):
        here = range(copies * day // days, copies * (day + 1) // days)
        stamp = day_text(FIRST_DAY + timedelta(days=day))
        text = []
        for clock, (a, b, c, d), front, method, rest in parts:
            for copy in here:
                other = f"{a}.{(b + copy * 7) % 256}.{(c + copy * 31) % 256}.{d}"
                folder = f"/{WORDS[copy % 30]}{copy}" if copy % 5 < 3 else ""
                text.append(f"{other} {front}[{stamp}{clock}]{method} {folder}/{rest}")
        text = text[: lines - written]
        written += len(text)
        if text:
            out.write("\n".join(text).encode("latin-1") + b"\n")


def main(arguments):
    kind, lines, *rest = arguments
    out = sys.stdout.buffer
    if kind == "pages":
        pages_log(int(lines), out)
    elif kind == "mixed":
        mixed_log(int(lines), out)
    elif kind == "varied":
        varied_log(int(lines), out, rest[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
