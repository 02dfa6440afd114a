-- What wrk sends, the same to every server: wrk … -s requests.lua URL -- event|increment|page SITE|PATH
--
-- `event` is a page view as the page script reports it, from a browser with all its headers; paths and user agents
-- rotate. `increment` adds one to one of a hundred counters. `page` asks for the file at PATH. Requests are made once
-- and sent over and over: making them must not cost what is measured.

local requests_made = 2048
local requests = {}
local at = 0

local agents = {}
local systems = {"Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "Linux; Android 14; K"}
for version = 112, 131 do
  for _, system in ipairs(systems) do
    agents[#agents + 1] = string.format(
      "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", system, version)
  end
end

local function headers(number, site)
  return {
    ["User-Agent"] = agents[number % #agents + 1],
    ["Accept"] = "*/*",
    ["Accept-Language"] = "en-US,en;q=0.9",
    ["Accept-Encoding"] = "gzip, deflate, br, zstd",
    ["Content-Type"] = "text/plain",
    ["Origin"] = "https://" .. site,
    ["Referer"] = "https://" .. site .. "/",
    ["Sec-CH-UA"] = '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
    ["Sec-CH-UA-Mobile"] = "?0",
    ["Sec-CH-UA-Platform"] = '"Windows"',
    ["Sec-Fetch-Dest"] = "empty",
    ["Sec-Fetch-Mode"] = "cors",
    ["Sec-Fetch-Site"] = "cross-site",
  }
end

local function event(number, site)
  local page = number * 7 % 500
  local body = string.format(
    '{"n":"pageview","u":"https://%s/articles/2026/a-page-about-something-%d","d":"%s",' ..
    '"r":"https://www.google.com/","t":"A page about something, number %d | An example site","k":"load"}',
    site, page, site, page)
  return wrk.format("POST", "/api/event", headers(number, site), body)
end

local function increment(number, site)
  local path = string.format("/api/counters/button-%d/increment?site=%s", number % 100, site)
  return wrk.format("POST", path, headers(number, site), "")
end

-- What a browser asks a page with. No body, so nothing of Content-Type and Origin.
local function page(number, path)
  local all = headers(number, "bench.example")
  all["Content-Type"], all["Origin"], all["Referer"] = nil, nil, nil
  return wrk.format("GET", path, all)
end

function init(args)
  local make = ({increment = increment, page = page})[args[1]] or event
  for number = 1, requests_made do requests[number] = make(number, args[2]) end
end

function request()
  at = at % requests_made + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %f, "rps": %f, "p50_us": %d, "p99_us": %d, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, summary.requests * 1e6 / summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
