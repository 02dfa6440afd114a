#include "app/importer.h"

#include <forward_list>

#include "base/bytes.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::array<std::string_view, left_out_reasons> left_out_names{"method", "status", "asset", "other_site",
                                                                        "future"};

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c == 0x7F) return false;  // bytes above 0x7F are negative here
  }
  return true;
}

// The lines of a block on their way to being hits, with the texts that had to be cleaned.
class BlockReading {
 public:
  BlockReading(const std::string& site, LogFormat format, Instant now) : site_(site), reader_(format), now_(now) {}

  void read(std::string_view line) {
    ++counts_.lines;
    const auto parsed = line.size() <= log_line_bytes_max ? reader_.read(line) : std::nullopt;
    const auto url = parsed ? split_target(parsed->target) : Result<UrlParts>(Error{});
    if (!parsed || !url || url->path.size() > path_bytes_max) {
      ++counts_.malformed;
      return;
    }
    if (const auto reason = why_left_out(*parsed, *url)) {
      ++counts_.left_out.at(static_cast<std::size_t>(*reason));
      return;
    }
    Hit& hit = hits_.emplace_back();
    hit.time = parsed->time;
    hit.site = site_;
    hit.path = tidy(url->path, path_bytes_max);
    hit.query = tidy(unmarked(url->query), query_bytes_max);
    hit.referrer = tidy(parsed->referrer, referrer_bytes_max);
    hit.user_agent = tidy(parsed->user_agent, user_agent_bytes_max);
    hit.ip = parsed->ip;
    hit.source = Source::log;
    ++counts_.recorded;
  }

  // What was read so far has been imported before.
  void forget() {
    counts_.repeated += counts_.lines - forgotten_lines_;
    forgotten_lines_ = counts_.lines;
    const std::uint64_t lines = counts_.lines, repeated = counts_.repeated;
    counts_ = {};
    counts_.lines = lines;
    counts_.repeated = repeated;
    hits_.clear();
  }

  [[nodiscard]] const std::vector<Hit>& hits() const { return hits_; }
  [[nodiscard]] const ImportCounts& counts() const { return counts_; }
  [[nodiscard]] bool has_news() const { return counts_.lines > forgotten_lines_; }

 private:
  [[nodiscard]] std::optional<LeftOut> why_left_out(const LogLine& line, const UrlParts& url) const {
    if (line.method != "GET") return LeftOut::method;
    if (!is_recorded("GET", "/", line.status)) return LeftOut::status;
    if (!is_page_path(url.path)) return LeftOut::asset;
    if (!line.host.empty() && !equals_ignoring_case(line.host, site_)) return LeftOut::other_site;
    if (line.time > now_ + client_time_ahead_max) return LeftOut::future;
    return std::nullopt;
  }

  std::string_view tidy(std::string_view text, std::size_t bytes_max) {
    text = cut_utf8(text, bytes_max);
    if (is_plain(text)) return text;
    cleaned_.push_front(std::string(cut_utf8(clean_utf8(text), bytes_max)));
    return cleaned_.front();
  }

  std::string_view unmarked(std::string_view query) {
    if (query.find("ff=1") == std::string_view::npos) return query;
    cleaned_.push_front(without_marker(query));
    return cleaned_.front();
  }

  const std::string& site_;
  LogLineReader reader_;
  Instant now_;
  std::vector<Hit> hits_;
  std::forward_list<std::string> cleaned_;
  ImportCounts counts_;
  std::uint64_t forgotten_lines_ = 0;
};

}  // namespace

std::string_view name_of(LeftOut reason) { return left_out_names.at(static_cast<std::size_t>(reason)); }

void ImportCounts::add(const ImportCounts& other) {
  lines += other.lines;
  recorded += other.recorded;
  repeated += other.repeated;
  malformed += other.malformed;
  for (std::size_t i = 0; i < left_out.size(); ++i) left_out[i] += other.left_out[i];
}

std::string Importer::mark_of(const std::string& site, const ImportChain& chain) const {
  std::string mark;
  ByteWriter writer(mark);
  writer.word64(chain.hash);
  writer.word64(siphash({key_.high, chain.lines}, site));
  return mark;
}

Result<bool> Importer::is_known(const std::string& site, const std::string& mark) {
  if (appended_.with([&](const std::set<std::string>& marks) { return marks.contains(mark); })) return true;
  return store_.has_import(site, mark);
}

Result<ImportedBlock> Importer::import_block(const std::string& site, LogFormat format, const ImportChain& before,
                                             std::string_view lines) {
  // A last line without its end may be one that is still being written: it gets a block of its own, so that what stands
  // before it is known when the whole line comes.
  if (const std::size_t last_end = lines.rfind('\n');
      last_end != std::string_view::npos && last_end + 1 < lines.size()) {
    const auto whole = import_block(site, format, before, lines.substr(0, last_end + 1));
    if (!whole) return whole.error();
    auto rest = import_block(site, format, whole->chain, lines.substr(last_end + 1));
    if (!rest) return rest.error();
    rest->counts.add(whole->counts);
    if (!rest->position) rest->position = whole->position;
    return rest;
  }
  BlockReading reading(site, format, clock_.now());
  ImportedBlock block;
  block.chain = before;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
    block.chain.hash = siphash({key_.low ^ block.chain.hash, key_.high}, line);
    ++block.chain.lines;
    reading.read(line);
    const auto known = is_known(site, mark_of(site, block.chain));
    if (!known) return known.error();
    if (*known) reading.forget();
  }
  block.counts = reading.counts();
  if (!reading.has_news()) return block;
  const std::string mark = mark_of(site, block.chain);
  const auto position = collector_.record_block(reading.hits(), {site, mark, block.counts.lines});
  if (!position) return position.error();
  appended_.with([&](std::set<std::string>& marks) { marks.insert(mark); });
  block.position = *position;
  return block;
}

}  // namespace footfall
