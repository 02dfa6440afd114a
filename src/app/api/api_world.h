// The whole API over fakes, and a client that speaks to it as a transport would.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/api/asset_routes.h"
#include "app/api/embeds.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/api/site_pages.h"
#include "app/edge/edge.h"
#include "app/edge/guard.h"
#include "app/eraser.h"
#include "app/importer.h"
#include "app/json.h"
#include "app/readmission.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/fake_painter.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"
#include "testing/memory_reader.h"
#include "testing/memory_store.h"

namespace footfall {

// What came back, its body drained.
struct Answer {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  std::optional<Position> after;

  [[nodiscard]] std::string header(std::string_view name) const {
    std::string found;
    for (const Header& header : headers) {
      if (header.name == name) found += (found.empty() ? "" : ", ") + header.value;
    }
    return found;
  }
  // Of a JSON body; null when it is none.
  [[nodiscard]] json::object json() const {
    const auto value = parse_json(body);
    return value && value->is_object() ? value->get_object() : json::object{};
  }
  [[nodiscard]] std::string text(std::string_view member) const {
    const json::object object = json();
    const json::value* value = object.if_contains(member);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  [[nodiscard]] std::string code() const { return text("code"); }
  [[nodiscard]] std::string field() const { return text("field"); }
};

// One site, example.com, a token of each role, and another site with a token of its own.
class ApiWorld : public testing::Test {
 protected:
  using Headers = std::vector<HeaderView>;

  ApiWorld() : ApiWorld("") {}
  explicit ApiWorld(const std::string& prefix)
      : router(callers(), prefix, [this](const Request& request) {
          return edge.serve(request, [this](const Request& page, const Site*) { return site_page(site_files, page); });
        }) {
    for (const char* site : {"example.com", "example.org"}) EXPECT_TRUE(registry->put_site({site, {}}));
    admin = token(Role::admin, {});
    read = token(Role::read, {"example.com"});
    ingest = token(Role::ingest, {"example.com"});
    read_elsewhere = token(Role::read, {"example.org"});
    ingest_elsewhere = token(Role::ingest, {"example.org"});
    add_event_routes(router, services);
    add_record_routes(router, services);
    add_embed_routes(router, services);
    add_counter_routes(router, services);
    add_receipt_routes(router, services);
    add_visit_routes(router, services);
    add_stats_routes(router, services);
    add_live_routes(router, services);
    add_owner_routes(router, services);
    add_key_routes(router, services);
    add_dropped_routes(router, services);
    add_import_routes(router, services);
    add_erase_routes(router, services);
    add_service_routes(
        router, services, [this] { return why_not_ready; }, [] { return std::string("more 1\n"); });
    add_asset_routes(router, assets);
    add_dialect_routes(router, services);
    router.admit_rest([this](const Request& request) { return admit_site_page(site_files, request); });
  }

  std::string token(Role role, std::vector<std::string> sites) {
    const auto made = registry->make_token(role, std::move(sites), name_of(role).data());
    EXPECT_TRUE(made);
    return made->text;
  }

  // --- a client ---

  Answer send(Method method, std::string_view target, std::string_view body = {}, Headers headers = {}) {
    Request request;
    request.method = method;
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    request.query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    if (!user_agent.empty()) headers.push_back({"User-Agent", user_agent});
    if (!bearer.empty()) headers.push_back({"Authorization", bearer});
    request.headers = headers;
    request.peer = peer;
    const Admission admission = router.admit(request);
    request.route = admission.route;
    if (body.size() > admission.body_bytes_max) return Answer{413, {}, {}, {}};
    request.body = body;
    Response response = router.handle(request);
    // The transport's part of the promise.
    EXPECT_TRUE(!response.after || journal.durable() > *response.after) << "the answer would wait for ever";
    finish(response);
    Answer answer{response.status, std::move(response.headers), {}, response.after};
    if (auto* text = std::get_if<std::string>(&response.body)) {
      answer.body = std::move(*text);
    } else if (auto* kept = std::get_if<KeptBytes>(&response.body)) {
      answer.body = kept->part;
    } else if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body)) {
      while (true) {
        const auto piece = (*source)->next();
        EXPECT_TRUE(piece);
        if (!piece || piece->empty()) break;
        answer.body += *piece;
      }
    }
    return answer;
  }
  Answer get(std::string_view target, Headers headers = {}) {
    return send(Method::get, target, {}, std::move(headers));
  }
  Answer post(std::string_view target, std::string_view body, Headers headers = {}) {
    return send(Method::post, target, body, std::move(headers));
  }
  // Who speaks from now on.
  void as(const std::string& token) { bearer = token.empty() ? "" : "Bearer " + token; }
  void as_stranger() { bearer.clear(); }

  // --- what was recorded ---

  // The records of the journal; views stay good until the next call.
  std::vector<Record> recorded() {
    reader_of_journal = journal.read_from(0);
    std::vector<Record> records;
    const auto entries = reader_of_journal->read(1'000'000);
    for (const JournalRecord& entry : *entries) records.push_back(*decode(entry.bytes));
    return records;
  }
  std::size_t recorded_count() { return recorded().size(); }
  Hit last_hit() {
    const auto records = recorded();
    EXPECT_FALSE(records.empty());
    const Hit* hit = records.empty() ? nullptr : std::get_if<Hit>(&records.back());
    EXPECT_NE(hit, nullptr);
    return hit == nullptr ? Hit{} : *hit;
  }
  // Moves everything into the store.
  void process() {
    while (*processor.run_once()) {
    }
  }

  // No file of a site but one, and perhaps a page for what is not there.
  class OneFile final : public SiteFiles {
   public:
    Result<std::shared_ptr<const SitePlace>> find(std::string_view path) override {
      if (path == "/404.html" && has_404) return place("gone", "\"404\"");
      if (path == "/") return place("<h1>hello</h1>", "\"1\"");
      return std::shared_ptr<const SitePlace>();
    }
    bool at_hand(std::string_view path) override { return path == "/"; }
    bool has_404 = false;

   private:
    static std::shared_ptr<const SitePlace> place(std::string text, std::string etag) {
      SitePlace place;
      place.plain.type = "text/html; charset=utf-8";
      place.plain.etag = std::move(etag);
      place.plain.bytes = text.size();
      place.plain.kept = std::make_shared<const std::string>(std::move(text));
      return std::make_shared<const SitePlace>(std::move(place));
    }
  };

  FakeClock clock;
  FakeCrypto crypto;
  MemoryFile registry_file, salts_file, receipts_file, session_keys_file;
  std::unique_ptr<Registry> registry = std::move(*Registry::open(registry_file, crypto, clock));
  std::unique_ptr<Salts> salts = std::move(*Salts::open(salts_file, crypto, clock));
  std::unique_ptr<ReceiptKeys> receipts = std::move(*ReceiptKeys::open(receipts_file, crypto, clock));
  MemoryJournal journal{clock};
  MemoryStore store;
  FakeUserAgents user_agents;
  FakePlaces places;
  FakeReferrers referrers;
  LiveFeed live{clock};
  PublicIds ids{SipKey{1, 2}};
  MemoryReader reader{store, ids};
  std::unique_ptr<Collector> collector = std::move(*Collector::restore(
      journal, clock, SipKey{3, 4}, {}, {},
      [this](std::string_view key, std::string_view text) { return crypto.hmac_sha256(key, text); }));
  Processor processor{
      journal,
      store,
      *salts,
      *registry,
      Knowledge{user_agents, places, referrers},
      live,
      clock,
      SipKey{5, 6},
      [](std::string_view) {},
      ProcessorSettings{.batch_wait = Milliseconds(1), .prune_interval = {}}};  // nothing goes by itself
  Importer importer{*collector, store, clock, SipKey{7, 8}};
  Callers the_callers{*registry, crypto, clock};
  std::unique_ptr<SessionKeys> session_keys = std::move(*SessionKeys::open(session_keys_file, crypto, clock));
  SessionCookies session_cookies{*session_keys, crypto};
  PageTokens page_tokens{*session_keys, crypto};
  Edge edge{*registry, session_cookies, page_tokens, ids, *collector, clock, [](std::string_view site) {
              return site == "example.com";
            }};
  Guard the_guard{page_tokens};
  Readmission readmission{journal, *collector, processor, reader};
  FakePainter painter;
  ImageViews image_views{clock, SipKey{11, 12}};
  CounterFeed counter_feed{*collector, journal, clock};
  Embeds embeds{counter_feed, image_views, painter};
  CounterReader numbers{*collector, journal, processor, reader, clock};
  Eraser eraser{clock, *registry, journal, *collector, processor, store, reader, [](std::string_view) {}};
  Services services{
      {clock, *registry, the_callers, *collector, reader, the_guard, ids, SipKey{9, 10}, session_cookies,
       processor.keeper(), [this] { return processor.wait_until_stored(journal.durable(), fresh_wait_max); }},
      journal,
      *collector,
      processor,
      store,
      live,
      importer,
      readmission,
      *session_keys,
      page_tokens,
      embeds,
      numbers,
      *receipts,
      *salts,
      crypto,
      eraser,
      [this](const Request&) { return session; }};
  std::string session;  // of whoever speaks
  OneFile site_files;
  std::string why_not_ready;
  std::vector<Asset> assets{{"js/footfall.js", "script"},
                            {"js/counter.js", "element"},
                            {"openapi.json", "{}"},
                            {"dashboard.html", "charts"},
                            {"dashboard/assets/index-abc.js", "chart script"}};
  Router router;
  std::unique_ptr<JournalReader> reader_of_journal;

  std::string admin, read, ingest, read_elsewhere, ingest_elsewhere;
  std::string bearer;
  std::string_view user_agent = "Firefox";
  Address peer = *Address::parse("203.0.113.9");

 private:
  Callers& callers() { return the_callers; }
};

}  // namespace footfall
