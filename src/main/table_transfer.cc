#include "main/table_transfer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <thread>
#include <unordered_set>

#include "adapters/aws/dynamo_table.h"
#include "adapters/http_client/server_exchange.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "adapters/zlib_compression/zlib_compression.h"
#include "app/cloud/day_packs.h"
#include "app/cloud/moved_visit.h"
#include "app/cloud/page_views.h"
#include "app/cloud/table_counters.h"
#include "app/cloud/table_writer.h"
#include "app/counters.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/public_id.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/keys.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

constexpr std::size_t export_rows = 500;
// A server without room is asked again this often, for so long.
constexpr std::chrono::milliseconds no_room_wait{500};
constexpr int no_room_tries = 120;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A table with all that it stands on.
class StandingTable {
 public:
  Result<Done> open(const std::string& name) {
    if (name.empty()) return Error{ErrorCode::invalid, "--table names no table"};
    aws::ServiceSettings service;
    service.scope = {variable("AWS_REGION"), "dynamodb"};
    if (service.scope.region.empty()) service.scope.region = variable("AWS_DEFAULT_REGION");
    if (service.scope.region.empty()) return Error{ErrorCode::invalid, "AWS_REGION is not set"};
    service.endpoint = variable("AWS_ENDPOINT_URL_DYNAMODB");
    if (service.endpoint.empty()) service.endpoint = variable("AWS_ENDPOINT_URL");
    service.protocol = "1.0";
    auto client =
        aws::AwsClient::make(service, {clock_, crypto_, credentials_, exchange_with,
                                       [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }});
    if (!client) return client.error();
    table_ = std::make_unique<aws::DynamoTable>(std::move(*client), name);
    return Done{};
  }
  [[nodiscard]] ItemTable& table() { return *table_; }
  [[nodiscard]] const Crypto& crypto() const { return crypto_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  SystemClock clock_;
  OpensslCrypto crypto_;
  aws::CredentialSource credentials_{variable, exchange_with, clock_};
  std::unique_ptr<aws::DynamoTable> table_;
};

Result<ClientResponse> call_with_patience(ApiAccess& api, const ClientRequest& request) {
  for (int attempt = 1;; ++attempt) {
    auto response = api.call(request);
    if (response || response.error().code != ErrorCode::unavailable || attempt == no_room_tries) return response;
    std::this_thread::sleep_for(no_room_wait);
  }
}

Result<json::object> object_from(ApiAccess& api, const std::string& target) {
  const auto response = call_with_patience(api, {Method::get, target, {}, {}});
  if (!response) return response.error();
  auto value = parse_json(response->body);
  if (!value || !value->is_object()) return Error{ErrorCode::failed, "the answer to " + target + " makes no sense"};
  return std::move(value->get_object());
}

// Calls `take` with every row of the site, oldest first.
template <typename Take>
Result<Done> for_each_row(ApiAccess& api, const std::string& site, Take&& take) {
  std::string cursor;
  do {
    const auto page = object_from(api, "/api/visits?order=asc&fresh=true&limit=" + std::to_string(page_rows_max) +
                                           "&site=" + percent_encode(site) +
                                           (cursor.empty() ? "" : "&cursor=" + percent_encode(cursor)));
    if (!page) return page.error();
    const json::value* rows = page->if_contains("visits");
    const json::value* next = page->if_contains("next_cursor");
    if (rows == nullptr || !rows->is_array()) return Error{ErrorCode::failed, "an answer holds no visits"};
    for (const json::value& row : rows->get_array()) {
      if (!row.is_object()) return Error{ErrorCode::failed, "a visit makes no sense"};
      if (auto taken = take(row.get_object()); !taken) return taken;
    }
    cursor = next != nullptr && next->is_string() ? std::string(next->get_string()) : std::string();
  } while (!cursor.empty());
  return Done{};
}

// Calls `take` with every visit in the packs of the site, some of them more than once.
Result<Done> for_each_packed(StandingTable& standing, const Compression& compression, const std::string& site,
                             const std::function<Result<Done>(const NumberedHit&)>& take) {
  const std::string days = "P#" + site + "#";
  return standing.table().scan([&](const Item& item) -> Result<Done> {
    if (!item.key.pk.starts_with(days)) return Done{};
    const auto visits = read_pack(item.bytes("data"), compression);
    if (!visits) return visits.error();
    for (const NumberedHit& visit : visits->hits()) {
      if (auto taken = take(visit); !taken) return taken;
    }
    return Done{};
  });
}

struct NamedValue {
  std::string key;
  std::uint64_t value = 0;
};
Result<std::vector<NamedValue>> counters_of(ApiAccess& api, const std::string& site) {
  const auto answer = object_from(api, "/api/counters?site=" + percent_encode(site));
  if (!answer) return answer.error();
  std::vector<NamedValue> counters;
  const json::value* list = answer->if_contains("counters");
  if (list == nullptr || !list->is_array()) return Error{ErrorCode::failed, "an answer holds no counters"};
  for (const json::value& one : list->get_array()) {
    boost::system::error_code problem;
    const json::object* object = one.if_object();
    const auto key =
        object == nullptr ? Result<std::optional<std::string_view>>(std::nullopt) : text_member(*object, "key");
    const json::value* value = object == nullptr ? nullptr : object->if_contains("value");
    if (!key || !*key || value == nullptr) return Error{ErrorCode::failed, "a counter makes no sense"};
    const auto number = value->to_number<std::uint64_t>(problem);
    if (problem) return Error{ErrorCode::failed, "a counter's value is no number"};
    counters.push_back({std::string(**key), number});
  }
  return counters;
}

bool counts_views(std::string_view key) { return key.starts_with('/') || key == total_key || key == other_key; }

void tell(const std::string& line) { std::printf("%s\n", line.c_str()); }

// --- to the table ---

class Export {
 public:
  Export(ApiAccess& api, std::string site, StandingTable& standing)
      : api_(api),
        site_(std::move(site)),
        standing_(standing),
        writer_(standing.table(), layout_, standing.crypto(), compression_, standing.clock()) {}

  Result<Done> run() {
    const auto known = for_each_packed(standing_, compression_, site_, [&](const NumberedHit& visit) -> Result<Done> {
      known_.insert(visit.number);
      return Done{};
    });
    if (!known) return known;
    const auto moved = for_each_row(api_, site_, [&](const json::object& row) { return add(row); });
    if (!moved) return moved;
    if (auto stored = store(); !stored) return stored;
    tell(site_ + ": " + std::to_string(read_) + " visits, " + std::to_string(new_) + " of them new in the table");
    return move_counters();
  }

 private:
  Result<Done> add(const json::object& row) {
    if (auto read = held_.emplace_back().read(row, standing_.crypto()); !read) return read;
    ++read_;
    if (!known_.insert(held_.back().visit().number).second) held_.pop_back();
    return held_.size() < export_rows ? Result<Done>(Done{}) : store();
  }

  Result<Done> store() {
    std::vector<NumberedHit> visits;
    visits.reserve(held_.size());
    for (const MovedVisit& one : held_) visits.push_back(one.visit());
    if (auto stored = writer_.store(visits); !stored) return stored;
    new_ += held_.size();
    held_.clear();
    return Done{};
  }

  // Page views are counted with their rows; what a page's counter has besides has no place there.
  Result<Done> move_counters() {
    const auto counters = counters_of(api_, site_);
    if (!counters) return counters.error();
    PageViews page_views(standing_.table(), compression_, standing_.clock(), random_key(standing_.crypto()));
    TableCounters in_table(standing_.table(), page_views, standing_.crypto());
    std::size_t named = 0;
    for (const NamedValue& counter : *counters) {
      if (!counts_views(counter.key)) {
        const Item item{increments_key(site_, counter.key, standing_.crypto()),
                        {{"n", static_cast<std::int64_t>(counter.value)}, {"key", counter.key}}};
        const auto put = standing_.table().put_if(item, {});
        if (!put) return put.error();
        ++named;
      }
      const auto there = in_table.value(site_, counter.key);
      if (!there) return there.error();
      if (there->value_or(0) != counter.value) {
        tell(site_ + ": the counter " + counter.key + " is " + std::to_string(counter.value) + " here and " +
             std::to_string(there->value_or(0)) + " in the table");
      }
    }
    tell(site_ + ": " + std::to_string(named) + " named counters");
    return Done{};
  }

  ApiAccess& api_;
  const std::string site_;
  StandingTable& standing_;
  const TableLayout layout_{};
  const ZlibCompression compression_;
  TableWriter writer_;
  std::unordered_set<Position> known_;  // numbers of the visits that are there
  std::deque<MovedVisit> held_;         // each stays where it is
  std::uint64_t read_ = 0;
  std::uint64_t new_ = 0;
};

// --- from the table ---

class Import {
 public:
  Import(ApiAccess& api, std::string site, StandingTable& standing)
      : api_(api), site_(std::move(site)), standing_(standing) {}

  Result<Done> run() {
    const auto known = for_each_row(api_, site_, [&](const json::object& row) -> Result<Done> {
      const auto id = text_member(row, "id");
      if (id && *id) known_.emplace(**id);
      return Done{};
    });
    if (!known) return known;
    const auto keys = read_ids();
    if (!keys) return keys.error();
    const PublicIds ids(*keys);
    const auto scanned =
        for_each_packed(standing_, compression_, site_, [&](const NumberedHit& visit) { return take(visit, ids); });
    if (!scanned) return scanned;
    if (auto read = read_counters(); !read) return read;
    if (auto sent = send(); !sent) return sent;
    tell(site_ + ": " + std::to_string(read_) + " visits, " + std::to_string(new_) + " of them new here, " +
         std::to_string(refused_) + " refused");
    if (refused_ > 0) return Error{ErrorCode::failed, "the first visit that was refused: " + why_};
    return move_counters();
  }

 private:
  // Ids of visits that were given none are made with the key of the functions, which is in the table.
  Result<SipKey> read_ids() {
    const auto item = standing_.table().get({"F#keys", "-"});
    if (!item) return item.error();
    SipKey key{};
    if (!*item) return key;
    const auto value = parse_json((**item).text("text"));
    const auto text = value && value->is_object() ? text_member(value->get_object(), "ids")
                                                  : Result<std::optional<std::string_view>>(std::nullopt);
    const auto bytes = text && *text ? from_base64url(**text) : std::nullopt;
    if (!bytes || bytes->size() != sizeof key) return Error{ErrorCode::corrupt, "the item F#keys is damaged"};
    std::memcpy(&key, bytes->data(), sizeof key);
    return key;
  }

  Result<Done> read_counters() {
    ItemQuery query;
    query.partition = increments_key(site_, total_key, standing_.crypto()).pk;
    const auto items = standing_.table().query(query);
    if (!items) return items.error();
    for (const Item& item : *items) {
      const auto number = item.number("n");
      if (!number || *number <= 0) continue;
      counters_.push_back({std::string(item.text("key")), static_cast<std::uint64_t>(*number)});
    }
    return Done{};
  }

  Result<Done> take(const NumberedHit& visit, const PublicIds& ids) {
    // Two packs may hold the same visit.
    if (!numbers_.insert(visit.number).second) return Done{};
    VisitRow row = row_of(visit);
    ++read_;
    if (row.id.empty()) row.id = ids.visit_id(row.time, row.position);
    if (!known_.insert(row.id).second) return Done{};
    held_.push_back(to_body(row));
    bytes_ += json::serialize(held_.back()).size();
    return held_.size() < batch_hits_max && bytes_ < batch_body_bytes_max / 2 ? Result<Done>(Done{}) : send();
  }

  Result<Done> send() {
    if (held_.empty()) return Done{};
    const ClientRequest request{
        Method::post, "/api/visits", {{"content-type", "application/json"}}, json::serialize(held_)};
    const auto response = call_with_patience(api_, request);
    if (!response) return response.error();
    const auto answer = parse_json(response->body);
    const json::object* object = answer ? answer->if_object() : nullptr;
    const json::value* refused = object == nullptr ? nullptr : object->if_contains("refused");
    if (refused == nullptr || !refused->is_array()) return Error{ErrorCode::failed, "an answer makes no sense"};
    for (const json::value& one : refused->get_array()) {
      if (refused_++ == 0) why_ = json::serialize(one);
    }
    new_ += held_.size() - refused->get_array().size();
    held_.clear();
    bytes_ = 0;
    return Done{};
  }

  Result<Done> move_counters() {
    const auto here = counters_of(api_, site_);
    if (!here) return here.error();
    for (const NamedValue& counter : counters_) {
      const auto same =
          std::find_if(here->begin(), here->end(), [&](const NamedValue& one) { return one.key == counter.key; });
      if (same == here->end()) {
        const auto counted = call_with_patience(
            api_, {Method::post,
                   "/api/counters/" + percent_encode(counter.key) + "/increment?site=" + percent_encode(site_),
                   {{"content-type", "application/json"}},
                   json::serialize(json::object{{"by", counter.value}})});
        if (!counted) return counted.error();
      } else if (same->value != counter.value) {
        tell(site_ + ": the counter " + counter.key + " is " + std::to_string(same->value) + " here and " +
             std::to_string(counter.value) + " in the table");
      }
    }
    tell(site_ + ": " + std::to_string(counters_.size()) + " named counters");
    return Done{};
  }

  ApiAccess& api_;
  const std::string site_;
  StandingTable& standing_;
  const ZlibCompression compression_;
  std::unordered_set<std::string> known_;  // ids
  std::unordered_set<Position> numbers_;   // of the visits that were read
  json::array held_;
  std::size_t bytes_ = 0;
  std::vector<NamedValue> counters_;
  std::uint64_t read_ = 0;
  std::uint64_t new_ = 0;
  std::uint64_t refused_ = 0;
  std::string why_;
};

// The site named, or the only one there is.
Result<std::string> site_to_move(ApiAccess& api, const std::string& named) {
  if (!named.empty()) return named;
  const auto answer = object_from(api, "/api/sites");
  if (!answer) return answer.error();
  const json::value* sites = answer->if_contains("sites");
  if (sites == nullptr || !sites->is_array() || sites->get_array().size() != 1) {
    return Error{ErrorCode::invalid, "there is more than one site: name one by --site"};
  }
  return std::string(sites->get_array()[0].at("site").as_string());
}

template <typename Transfer>
int transfer(ApiAccess& api, const std::string& named, const std::string& table) {
  StandingTable standing;
  if (auto opened = standing.open(table); !opened) return tell_error(opened.error());
  const auto site = site_to_move(api, named);
  if (!site) return tell_error(site.error());
  const auto done = Transfer(api, *site, standing).run();
  return done ? exit_done : tell_error(done.error());
}

}  // namespace

int export_to_table(ApiAccess& api, const std::string& site, const std::string& table) {
  return transfer<Export>(api, site, table);
}

int import_from_table(ApiAccess& api, const std::string& site, const std::string& table) {
  return transfer<Import>(api, site, table);
}

}  // namespace footfall
