#include "adapters/duckdb/store_tables.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "adapters/duckdb/row_sql.h"
#include "adapters/duckdb/table_writer.h"

namespace footfall::duckdb {
namespace {

// What stands for all texts beyond the last number of a dictionary.
constexpr std::string_view overflow_text = "(other)";
constexpr std::uint32_t site_number_max = 0xFFFF;
// Texts become numbers a column at a time, for so many rows that what they touch stays in the processor's first cache.
constexpr std::size_t block_rows = 128;
// Between the texts of a key; no collected text has one.
constexpr char separator = '\0';

// The columns of `visits`, in the order of schema.h.
enum VisitColumn : std::size_t {
  position_column,
  time_column,
  site_column,
  path_column,
  query_column,
  title_column,
  visitor_column,
  session_column,
  address_column,
  user_agent_column,
  referrer_column,
  campaign_column,
  channel_column,
  country_column,
  event_column,
  properties_column,
  kind_column,
  source_column,
  flags_column,
  id_column,
};

Wide wide_of(std::string_view bytes) {
  // Big-endian, so that the number sorts as the bytes do; shorter blocks count as if followed by zeros.
  std::array<std::uint64_t, 2> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned char byte = i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
    words[i / 8] = (words[i / 8] << 8U) | byte;
  }
  return {words[1], words[0]};
}

// The number that a UUID is; nothing for any other text.
std::optional<Wide> uuid_number(std::string_view text) {
  Wide wide;
  unsigned digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f') {
      digit = static_cast<unsigned>(ascii_lower(c) - 'a') + 10U;
    } else {
      return std::nullopt;
    }
    wide.high = (wide.high << 4U) | (wide.low >> 60U);
    wide.low = (wide.low << 4U) | digit;
    ++digits;
  }
  if (digits != 32) return std::nullopt;
  return wide;
}

std::uint16_t country_number(std::string_view country) {
  if (country.size() != 2) return 0;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(country[0]) * 256U +
                                    static_cast<unsigned char>(country[1]));
}

// Log lines and sessions repeat themselves: the last text's key is often the next one's.
class Repeats {
 public:
  explicit Repeats(const Dictionary& dictionary) : dictionary_(dictionary) {}
  Dictionary::Key key_of(std::string_view text) {
    if (text != last_) {
      last_ = text;
      key_ = text.empty() ? Dictionary::Key() : dictionary_.key_of(text);
    }
    return key_;
  }

 private:
  const Dictionary& dictionary_;
  std::string_view last_;
  Dictionary::Key key_;
};

// Hits that are visits now, or again, are dropped ones no more.
Result<Done> let_go(Connection& connection, std::span<const Position> readmitted) {
  constexpr std::size_t positions_at_once = 1'000;
  while (!readmitted.empty()) {
    const auto some = readmitted.first(std::min(readmitted.size(), positions_at_once));
    std::string list;
    for (const Position position : some) list += (list.empty() ? "" : ", ") + std::to_string(position);
    if (auto gone = connection.run("DELETE FROM dropped WHERE position IN (" + list + ")"); !gone) return gone;
    readmitted = readmitted.subspan(some.size());
  }
  return Done{};
}

std::uint8_t flags_of(const Hit& hit) {
  return static_cast<std::uint8_t>((hit.interactive ? 1U : 0U) | (static_cast<unsigned>(hit.mark) << 1U));
}

}  // namespace

struct StoreTables::Writers {
  explicit Writers(Connection& connection)
      : texts{TableWriter(connection, "sites"),       TableWriter(connection, "paths"),
              TableWriter(connection, "queries"),     TableWriter(connection, "titles"),
              TableWriter(connection, "events"),      TableWriter(connection, "properties"),
              TableWriter(connection, "referrers"),   TableWriter(connection, "campaigns"),
              TableWriter(connection, "user_agents"), TableWriter(connection, "addresses"),
              TableWriter(connection, "counters")},
        visitors(connection, "visitors"),
        given_visitors(connection, "given_visitors"),
        given_sessions(connection, "given_sessions"),
        engagements(connection, "engagements"),
        increments(connection, "increments"),
        counter_settings(connection, "counter_settings"),
        wins(connection, "wins"),
        claims(connection, "claims"),
        imports(connection, "imports"),
        dropped(connection, "dropped") {}

  Result<Done> finish() {
    for (TableWriter& writer : texts) {
      if (auto done = writer.finish(); !done) return done;
    }
    for (TableWriter* writer : {&visitors, &given_visitors, &given_sessions, &engagements, &increments,
                                &counter_settings, &wins, &claims, &imports, &dropped}) {
      if (auto done = writer->finish(); !done) return done;
    }
    return Done{};
  }

  std::array<TableWriter, 11> texts;  // by Which
  TableWriter visitors;
  TableWriter given_visitors;
  TableWriter given_sessions;
  TableWriter engagements;
  TableWriter increments;
  TableWriter counter_settings;
  TableWriter wins;
  TableWriter claims;
  TableWriter imports;
  TableWriter dropped;
};

// --- Loading and undoing ---

StoreTables::StoreTables(const SipKey& key, std::size_t dictionary_bytes) : hash_key_(key) {
  // By how many distinct ones a busy site has, and how long they are.
  struct Share {
    const char* table;
    const char* key_columns;
    std::size_t part;
  };
  constexpr std::array shares{
      Share{"sites", "site", 1},
      Share{"paths", "path", 10},
      Share{"queries", "query", 6},
      Share{"titles", "title", 4},
      Share{"events", "event", 1},
      Share{"properties", "props", 4},
      Share{"referrers", "referrer, source, medium", 6},
      Share{"campaigns", "source, medium, campaign, content, term", 2},
      Share{"user_agents", "user_agent", 4},
      Share{"addresses", "form, address, region, city", 10},
      Share{"counters", "site, key", 2},
  };
  std::size_t parts = 0;
  for (const Share& share : shares) parts += share.part;
  for (const Share& share : shares) {
    const std::size_t bytes = dictionary_bytes / parts * share.part;
    const bool small_numbers = lexicons_.size() == sites;
    lexicons_.push_back({share.table, share.key_columns,
                         small_numbers ? Dictionary(key, bytes, site_number_max) : Dictionary(key, bytes)});
  }
}

Result<Done> StoreTables::load(Connection& connection) {
  for (std::size_t which = 0; which < lexicons_.size(); ++which) {
    Lexicon& lexicon = lexicons_[which];
    lexicon.dictionary.reset();
    const auto newest = connection.number(std::string("SELECT max(id) FROM ") + lexicon.table);
    if (!newest) return newest.error();
    const std::int64_t last = newest->value_or(0);
    const std::array<Value, 1> after{
        std::max<std::int64_t>(0, last - static_cast<std::int64_t>(lexicon.dictionary.texts_max()))};
    auto rows = connection.query(std::string("SELECT id::UINTEGER, ") + lexicon.key_columns + " FROM " + lexicon.table +
                                     " WHERE id > ? ORDER BY id",
                                 after);
    if (!rows) return rows.error();
    const auto read = rows->each([&](std::size_t row) {
      const std::uint32_t number = rows->column<std::uint32_t>(0)[row];
      const auto text = [&](std::size_t column) { return rows->text(column, row); };
      switch (which) {
        case referrers:
          lexicon.dictionary.remember(number, referrer_key(text(1), text(2), text(3)));
          break;
        case campaigns:
          lexicon.dictionary.remember(number, campaign_key({text(1), text(2), text(3), text(4), text(5)}));
          break;
        case addresses:
          lexicon.dictionary.remember(
              number, address_key(address_of(rows->column<Wide>(2)[row], rows->column<std::uint8_t>(1)[row]), text(3),
                                  text(4)));
          break;
        case counters:
          lexicon.dictionary.remember(number, counter_key(rows->column<std::uint16_t>(1)[row], text(2)));
          break;
        default:
          lexicon.dictionary.remember(number, text(1));
      }
    });
    if (!read) return read.error();
    lexicon.dictionary.go_on_from(static_cast<std::uint32_t>(last + 1));
  }
  new_imports_.clear();
  auto rows = connection.query("SELECT sites.site, block FROM imports JOIN sites ON sites.id = imports.site");
  if (!rows) return rows.error();
  std::set<Import> found;
  auto read =
      rows->each([&](std::size_t row) { found.insert(import_of(rows->text(0, row), rows->column<Wide>(1)[row])); });
  if (!read) return read;
  imports_.with([&](std::set<Import>& imports) { imports = std::move(found); });
  return Done{};
}

void StoreTables::keep() {
  for (Lexicon& lexicon : lexicons_) lexicon.dictionary.keep();
  imports_.with([&](std::set<Import>& imports) { imports.insert(new_imports_.begin(), new_imports_.end()); });
  new_imports_.clear();
}

void StoreTables::roll_back() {
  for (Lexicon& lexicon : lexicons_) lexicon.dictionary.roll_back();
  new_imports_.clear();
}

StoreTables::Import StoreTables::import_of(std::string_view site, const Wide& block) const {
  return {siphash(hash_key_, site), block.high, block.low};
}

bool StoreTables::has_import(std::string_view site, std::string_view block) const {
  const Import wanted = import_of(site, wide_of(block));
  return imports_.with([&](const std::set<Import>& imports) { return imports.contains(wanted); });
}

// --- Keys and numbers ---

std::string_view StoreTables::referrer_key(std::string_view referrer, std::string_view source,
                                           std::string_view medium) {
  // Most are pages of the site itself, which is no source.
  if (source.empty() && medium.empty()) return referrer;
  // The same referrer means another source on another site.
  joined_.assign(referrer);
  joined_ += separator;
  joined_ += source;
  joined_ += separator;
  joined_ += medium;
  return joined_;
}

std::string_view StoreTables::campaign_key(const std::array<std::string_view, 5>& texts) {
  if (std::all_of(texts.begin(), texts.end(), [](std::string_view text) { return text.empty(); })) return {};
  joined_.clear();
  for (const std::string_view text : texts) {
    joined_ += text;
    joined_ += separator;
  }
  return joined_;
}

// The place belongs to it: it is what is left when the address itself is not kept, and a network may have several.
std::string_view StoreTables::address_key(const StoredAddress& address, std::string_view region,
                                          std::string_view city) {
  const bool has_place = !region.empty() || !city.empty();
  if (address.is_none() && !has_place) return {};
  joined_.assign(1, static_cast<char>(address.form()));
  joined_.append(reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size());
  if (!has_place) return joined_;
  joined_ += region;
  joined_ += separator;
  joined_ += city;
  return joined_;
}

std::string_view StoreTables::counter_key(std::uint16_t site, std::string_view key) {
  joined_ = std::to_string(site);
  joined_ += separator;
  joined_ += key;
  return joined_;
}

std::uint16_t StoreTables::site_number(Writers& writers, std::string_view site) {
  const auto [number, added] = dictionary(sites).intern(site);
  const auto small = static_cast<std::uint16_t>(number);
  if (added) writers.texts[sites].row(small, dictionary(sites).is_overflow(number) ? overflow_text : site);
  return small;
}

std::uint32_t StoreTables::counter_number(Writers& writers, std::string_view site_name, std::string_view key) {
  const std::uint16_t site = site_number(writers, site_name);
  const auto [number, added] = dictionary(counters).intern(counter_key(site, key));
  if (added) {
    const bool overflow = dictionary(counters).is_overflow(number);
    writers.texts[counters].row(number, site, overflow ? overflow_text : key);
  }
  return number;
}

// --- Rows ---

Result<Done> StoreTables::write(Connection& connection, const StoreBatch& batch) {
  Writers writers(connection);
  if (!batch.hits.empty()) {
    if (auto written = write_visits(connection, writers, batch.hits); !written) return written;
  }
  for (const NewVisitor& visitor : batch.visitors) {
    const auto day = static_cast<std::int32_t>(visitor.day.time_since_epoch().count());
    writers.visitors.row(visitor.number, site_number(writers, visitor.site), day, visitor.hash);
    if (!visitor.key.empty()) writers.given_visitors.row(visitor.number, visitor.key);
  }
  for (const NewSession& session : batch.sessions) {
    if (!session.key.empty()) writers.given_sessions.row(session.number, session.key);
  }
  for (const MatchedEngagement& engagement : batch.engagements) {
    writers.engagements.row(engagement.hit, milliseconds_of(engagement.time), engagement.session, engagement.engaged_ms,
                            engagement.scroll_depth);
  }
  write_counters(writers, batch);
  for (const ImportMark& mark : batch.import_marks) {
    const std::uint16_t site = site_number(writers, mark.site);
    const Wide block = wide_of(mark.block);
    writers.imports.row(site, block, mark.lines, batch.to);
    new_imports_.push_back(import_of(mark.site, block));
  }
  if (auto written = write_completions(connection, writers, batch.completions); !written) return written;
  for (const DroppedHit& dropped : batch.dropped) write_dropped(writers, dropped);
  if (auto finished = writers.finish(); !finished) return finished;
  return let_go(connection, batch.readmitted);
}

void StoreTables::write_dropped(Writers& writers, const DroppedHit& dropped) {
  const std::span hits(&dropped.hit, 1);
  const Hit& hit = dropped.hit.hit;
  const auto number_of = [&](auto&& fill) {
    std::uint32_t number = 0;
    fill(std::span(&number, 1));
    return number;
  };
  const auto text = [&](Which which, std::string_view Hit::*member) {
    return number_of([&](std::span<std::uint32_t> number) { fill_texts(writers, which, hits, number, member); });
  };
  const std::uint32_t referrer =
      number_of([&](std::span<std::uint32_t> number) { fill_referrers(writers, hits, number); });
  const std::uint32_t address =
      number_of([&](std::span<std::uint32_t> number) { fill_addresses(writers, hits, number); });
  const std::uint32_t user_agent =
      number_of([&](std::span<std::uint32_t> number) { fill_user_agents(writers, hits, number); });
  writers.dropped.row(std::uint64_t{dropped.hit.position}, milliseconds_of(hit.time), site_number(writers, hit.site),
                      static_cast<std::uint8_t>(dropped.reason), dropped.rules, text(paths, &Hit::path),
                      text(queries, &Hit::query), text(titles, &Hit::title), referrer, text(events, &Hit::event),
                      text(properties, &Hit::props), address, user_agent, static_cast<std::uint8_t>(hit.kind),
                      static_cast<std::uint8_t>(hit.source), flags_of(hit), hit.session, hit.visitor, hit.id);
}

void StoreTables::write_counters(Writers& writers, const StoreBatch& batch) {
  for (const auto& [position, increment] : batch.increments) {
    const std::uint32_t counter = counter_number(writers, increment.site, increment.key);
    const std::int64_t time = milliseconds_of(increment.time);
    writers.increments.row(position, time, counter, increment.by, increment.value, increment.who);
    if (increment.won_by != 0) {
      writers.wins.row(position, time, counter, increment.value, increment.won_by, wide_of(increment.session));
    }
  }
  for (const auto& [position, change] : batch.counter_changes) {
    writers.counter_settings.row(position, counter_number(writers, change.site, change.key), change.settings);
  }
  for (const auto& [position, claim] : batch.claims) {
    const std::uint32_t counter = counter_number(writers, claim.site, claim.key);
    const std::uint8_t from_pool = claim.from_pool ? 1 : 0;
    writers.claims.row(position, milliseconds_of(claim.time), counter, claim.number, claim.prize, from_pool);
  }
}

// The rows are among the newest: DuckDB skips all blocks but theirs by the position. Changing them where they lie costs
// the write less than every later question a join.
Result<Done> StoreTables::write_completions(Connection& connection, Writers& writers,
                                            std::span<const StoredCompletion> completions) {
  if (completions.empty()) return Done{};
  const auto number_of = [&](Which which, std::string_view text) {
    if (text.empty()) return std::uint32_t{0};
    const auto [number, added] = dictionary(which).intern(text);
    if (added) writers.texts[which].row(number, dictionary(which).is_overflow(number) ? overflow_text : text);
    return number;
  };
  // Lists of numbers, as one text each: planned faster than thousands of values.
  std::array<std::string, 3> lists;
  Position lowest = completions.front().hit;
  Position highest = lowest;
  for (const StoredCompletion& completion : completions) {
    const std::array<std::uint64_t, 3> row{completion.hit, number_of(titles, completion.title),
                                           number_of(properties, completion.props)};
    for (std::size_t i = 0; i < row.size(); ++i) lists[i] += (lists[i].empty() ? "" : ",") + std::to_string(row[i]);
    lowest = std::min(lowest, completion.hit);
    highest = std::max(highest, completion.hit);
  }
  const std::array<Value, 5> values{lists[0], lists[1], lists[2], lowest, highest};
  const auto updated = connection.query(
      "UPDATE visits SET title = CASE WHEN told.title > 0 THEN told.title ELSE visits.title END,"
      " properties = CASE WHEN told.properties > 0 THEN told.properties ELSE visits.properties END"
      " FROM (SELECT unnest(string_split($1, ',')::UBIGINT[]) AS position,"
      " unnest(string_split($2, ',')::UINTEGER[]) AS title, unnest(string_split($3, ',')::UINTEGER[]) AS properties) "
      "told"
      " WHERE visits.position = told.position AND visits.position BETWEEN $4::UBIGINT AND $5::UBIGINT",
      values);
  if (!updated) return updated.error();
  return Done{};
}

// One column of a block. `key_of(hit)` gives what tells the texts apart, `add(number, overflow, hit)` writes the row of
// a new one.
template <typename Number, typename KeyOf, typename Add>
void StoreTables::fill(Which which, std::span<const EnrichedHit> hits, std::span<Number> numbers, KeyOf&& key_of,
                       Add&& add) {
  Dictionary& texts = dictionary(which);
  std::array<Dictionary::Key, block_rows> keys;
  for (std::size_t row = 0; row < hits.size(); ++row) {
    keys[row] = key_of(hits[row]);
    texts.prefetch(keys[row]);
  }
  for (std::size_t row = 0; row < hits.size(); ++row) {
    const auto [number, added] = texts.intern(keys[row]);
    if (added) [[unlikely]]
      add(number, texts.is_overflow(number), hits[row]);
    numbers[row] = static_cast<Number>(number);
  }
}

template <typename Number>
void StoreTables::fill_texts(Writers& writers, Which which, std::span<const EnrichedHit> hits,
                             std::span<Number> numbers, std::string_view Hit::*text) {
  Repeats repeats(dictionary(which));
  fill(
      which, hits, numbers, [&](const EnrichedHit& hit) { return repeats.key_of(hit.hit.*text); },
      [&](std::uint32_t number, bool overflow, const EnrichedHit& hit) {
        writers.texts[which].row(static_cast<Number>(number), overflow ? overflow_text : hit.hit.*text);
      });
}

void StoreTables::fill_numbers(Writers& writers, Appender& appender, std::size_t first,
                               std::span<const EnrichedHit> hits) {
  const auto numbers = [&](VisitColumn column) {
    return appender.column<std::uint32_t>(column).subspan(first, hits.size());
  };
  fill_texts(writers, sites, hits, appender.column<std::uint16_t>(site_column).subspan(first, hits.size()), &Hit::site);
  fill_texts(writers, paths, hits, numbers(path_column), &Hit::path);
  fill_texts(writers, queries, hits, numbers(query_column), &Hit::query);
  fill_texts(writers, titles, hits, numbers(title_column), &Hit::title);
  fill_texts(writers, events, hits, numbers(event_column), &Hit::event);
  fill_texts(writers, properties, hits, numbers(properties_column), &Hit::props);

  fill_user_agents(writers, hits, numbers(user_agent_column));
  fill_addresses(writers, hits, numbers(address_column));
  fill_referrers(writers, hits, numbers(referrer_column));
  fill(
      campaigns, hits, numbers(campaign_column),
      [&](const EnrichedHit& hit) {
        const Campaign& of = *hit.campaign;
        return dictionary(campaigns).key_of(campaign_key({of.source, of.medium, of.campaign, of.content, of.term}));
      },
      [&](std::uint32_t number, bool overflow, const EnrichedHit& hit) {
        static const Campaign other{std::string(overflow_text), "", "", "", ""};
        const Campaign& of = overflow ? other : *hit.campaign;
        writers.texts[campaigns].row(number, of.source, of.medium, of.campaign, of.content, of.term);
      });
}

void StoreTables::fill_user_agents(Writers& writers, std::span<const EnrichedHit> hits,
                                   std::span<std::uint32_t> numbers) {
  Repeats agents(dictionary(user_agents));
  fill(
      user_agents, hits, numbers, [&](const EnrichedHit& hit) { return agents.key_of(hit.hit.user_agent); },
      [&](std::uint32_t number, bool overflow, const EnrichedHit& hit) {
        const UserAgentFacts& facts = *hit.user_agent;
        writers.texts[user_agents].row(number, overflow ? overflow_text : hit.hit.user_agent, facts.browser,
                                       facts.browser_version, facts.os, facts.os_version, facts.device, facts.bot);
      });
}

void StoreTables::fill_addresses(Writers& writers, std::span<const EnrichedHit> hits,
                                 std::span<std::uint32_t> numbers) {
  fill(
      addresses, hits, numbers,
      [&](const EnrichedHit& hit) {
        const std::string_view key = address_key(hit.address, hit.place->region, hit.place->city);
        return key.empty() ? Dictionary::Key() : dictionary(addresses).key_of(key);
      },
      [&](std::uint32_t number, bool overflow, const EnrichedHit& hit) {
        const StoredAddress address = overflow ? StoredAddress() : hit.address;
        writers.texts[addresses].row(number, static_cast<std::uint8_t>(address.form()), wide_of(address),
                                     std::string_view(overflow ? "" : hit.place->region),
                                     std::string_view(overflow ? "" : hit.place->city));
      });
}

void StoreTables::fill_referrers(Writers& writers, std::span<const EnrichedHit> hits,
                                 std::span<std::uint32_t> numbers) {
  fill(
      referrers, hits, numbers,
      [&](const EnrichedHit& hit) {
        return dictionary(referrers).key_of(referrer_key(hit.hit.referrer, hit.referrer->source, hit.referrer->medium));
      },
      [&](std::uint32_t number, bool overflow, const EnrichedHit& hit) {
        writers.texts[referrers].row(number, overflow ? overflow_text : hit.hit.referrer, hit.referrer->source,
                                     hit.referrer->medium);
      });
}

Result<Done> StoreTables::write_visits(Connection& connection, Writers& writers, std::span<const EnrichedHit> hits) {
  auto appender = Appender::open(connection, "visits");
  if (!appender) return appender.error();
  while (!hits.empty()) {
    const auto chunk = hits.first(std::min(hits.size(), chunk_rows_max));
    for (std::size_t first = 0; first < chunk.size(); first += block_rows) {
      fill_numbers(writers, *appender, first, chunk.subspan(first, std::min(block_rows, chunk.size() - first)));
    }
    const auto positions = appender->column<std::uint64_t>(position_column);
    const auto times = appender->column<std::int64_t>(time_column);
    const auto visitors = appender->column<std::uint32_t>(visitor_column);
    const auto sessions = appender->column<std::uint32_t>(session_column);
    const auto channels = appender->column<std::uint8_t>(channel_column);
    const auto countries = appender->column<std::uint16_t>(country_column);
    const auto kinds = appender->column<std::uint8_t>(kind_column);
    const auto sources = appender->column<std::uint8_t>(source_column);
    const auto flags = appender->column<std::uint8_t>(flags_column);
    const auto ids = appender->column<Wide>(id_column);
    const auto ids_given = appender->validity(id_column);
    std::fill(ids_given.begin(), ids_given.end(), 0);
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      const EnrichedHit& enriched = chunk[row];
      const Hit& hit = enriched.hit;
      positions[row] = enriched.position;
      times[row] = milliseconds_of(hit.time);
      visitors[row] = enriched.visitor;
      sessions[row] = enriched.session;
      channels[row] = static_cast<std::uint8_t>(enriched.channel);
      countries[row] = country_number(enriched.place->country);
      kinds[row] = static_cast<std::uint8_t>(hit.kind);
      sources[row] = static_cast<std::uint8_t>(hit.source);
      flags[row] = flags_of(hit);
      if (hit.id.empty()) continue;
      if (const auto id = uuid_number(hit.id)) {
        ids[row] = *id;
        ids_given[row / 64] |= 1ULL << (row % 64);
      }
    }
    if (auto added = appender->add(chunk.size()); !added) return added;
    hits = hits.subspan(chunk.size());
  }
  return appender->flush();
}

}  // namespace footfall::duckdb
