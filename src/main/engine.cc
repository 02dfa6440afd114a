#include "main/engine.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <fstream>

#include "adapters/badge_painter/cairo_painter.h"
#include "adapters/duckdb/database.h"
#include "adapters/duckdb/duckdb_reader.h"
#include "adapters/duckdb/duckdb_store.h"
#include "adapters/file_journal/file_journal.h"
#include "adapters/file_journal/posix_disk.h"
#include "adapters/geoip/mmdb_places.h"
#include "adapters/http_client/url_post.h"
#include "adapters/local_files/data_folder.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "adapters/referrers/known_referrers.h"
#include "adapters/user_agents/listed_user_agents.h"
#include "app/api/embeds.h"
#include "app/api/problem.h"
#include "app/edge/client_address.h"
#include "app/edge/edge.h"
#include "app/edge/guard.h"
#include "app/eraser.h"
#include "app/importer.h"
#include "app/json.h"
#include "app/metrics_page.h"
#include "app/rate_limiter.h"
#include "app/readmission.h"
#include "app/webhook.h"
#include "base/text.h"
#include "main/assets.h"
#include "main/keys.h"

namespace footfall {
namespace {

std::filesystem::path program_folder() {
  std::error_code problem;
  return std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
}

// The file given, or the one beside the program if it is there.
std::string country_file(const std::string& given) {
  if (!given.empty()) return given;
  const std::filesystem::path beside = program_folder() / "share" / "country.mmdb";
  std::error_code problem;
  return std::filesystem::exists(beside, problem) ? beside.string() : "";
}

}  // namespace

// In the order of their making: what stands below uses what stands above, and goes first.
struct Engine::Parts {
  SystemClock clock;
  OpensslCrypto crypto;
  Log log;
  std::filesystem::path data;
  std::unique_ptr<DataFolder> folder;
  std::unique_ptr<PosixKeptFile> registry_file, salts_file, keys_file, token_file, receipts_file, session_keys_file;
  Keys keys;
  std::string admin_token;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<Salts> salts;
  std::unique_ptr<ReceiptKeys> receipts;
  std::unique_ptr<PublicIds> ids;
  std::unique_ptr<SessionKeys> session_keys;
  std::unique_ptr<SessionCookies> cookies;
  std::unique_ptr<PageTokens> tokens;
  std::unique_ptr<Guard> guard;
  TrustedProxies proxies;
  std::unique_ptr<const UserAgents> user_agents;
  std::unique_ptr<const Places> places;
  std::unique_ptr<const Referrers> referrers;
  std::unique_ptr<duckdb::DuckDatabase> database;
  std::unique_ptr<duckdb::DuckdbStore> store;
  std::unique_ptr<duckdb::DuckdbReader> reader;
  std::unique_ptr<PosixDisk> disk;
  std::unique_ptr<FileJournal> journal;
  std::unique_ptr<Collector> collector;
  std::unique_ptr<LiveFeed> live;
  std::unique_ptr<Processor> processor;
  std::unique_ptr<Importer> importer;
  std::unique_ptr<Readmission> readmission;
  std::unique_ptr<CounterReader> numbers;
  std::unique_ptr<PosixKeptFile> webhook_file;
  std::unique_ptr<HttpPost> webhook_post;
  std::unique_ptr<Webhook> webhook;
  std::unique_ptr<Eraser> eraser;  // uses the webhook
  std::unique_ptr<Callers> callers;
  std::unique_ptr<const BadgePainter> painter;
  std::unique_ptr<ImageViews> image_views;
  std::unique_ptr<CounterFeed> counter_feed;
  std::unique_ptr<Embeds> embeds;
  std::unique_ptr<RateLimiter> limiter;
  std::unique_ptr<Edge> edge;
  std::unique_ptr<Services> services;
  std::unique_ptr<Router> router;
  std::unique_ptr<ClientAddress> client_address;  // null: no proxy is listed, and every peer is a client
  std::function<std::string()> more_metrics = [] { return std::string(); };
  std::atomic<bool> stopping{false};

  Result<Done> open_files(const EngineSettings& settings);
  Result<Done> open_knowledge(const EngineSettings& settings);
  Result<Done> open_store_and_journal(const EngineSettings& settings);
  Result<Done> start_work(const EngineSettings& settings);
  Result<Done> start_webhook(const EngineSettings& settings);
  void start_eraser();
  void make_router(const EngineSettings& settings, HttpHandler* pages);
  [[nodiscard]] std::string why_not_ready() const;
  [[nodiscard]] std::string proxy_metrics() const;
  [[nodiscard]] std::string webhook_metrics() const;
};

Result<Done> Engine::Parts::open_files(const EngineSettings& settings) {
  data = settings.data;
  auto held = DataFolder::hold(data);
  if (!held) return held.error();
  folder = std::move(*held);
  registry_file = std::make_unique<PosixKeptFile>(data / "registry.json");
  salts_file = std::make_unique<PosixKeptFile>(data / "salts.json");
  keys_file = std::make_unique<PosixKeptFile>(data / "keys.json");
  token_file = std::make_unique<PosixKeptFile>(data / "admin-token");
  receipts_file = std::make_unique<PosixKeptFile>(data / "receipt-keys.json");
  session_keys_file = std::make_unique<PosixKeptFile>(data / "session-keys.json");
  auto read = read_keys(*keys_file, crypto);
  if (!read) return read.error();
  keys = *read;
  auto token = read_admin_token(*token_file, settings.admin_token, crypto);
  if (!token) return token.error();
  admin_token = std::move(*token);
  auto opened = Registry::open(*registry_file, crypto, clock);
  if (!opened) return opened.error();
  registry = std::move(*opened);
  registry->adopt(admin_token, Role::admin);
  auto opened_salts = Salts::open(*salts_file, crypto, clock);
  if (!opened_salts) return opened_salts.error();
  salts = std::move(*opened_salts);
  auto opened_receipts = ReceiptKeys::open(*receipts_file, crypto, clock);
  if (!opened_receipts) return opened_receipts.error();
  receipts = std::move(*opened_receipts);
  ids = std::make_unique<PublicIds>(keys.ids);
  auto opened_keys = SessionKeys::open(*session_keys_file, crypto, clock);
  if (!opened_keys) return opened_keys.error();
  session_keys = std::move(*opened_keys);
  cookies = std::make_unique<SessionCookies>(*session_keys, crypto);
  tokens = std::make_unique<PageTokens>(*session_keys, crypto);
  guard = std::make_unique<Guard>(*tokens);
  auto listed = TrustedProxies::parse(settings.trusted_proxies);
  if (!listed) return listed.error();
  proxies = std::move(*listed);
  return Done{};
}

Result<Done> Engine::Parts::open_knowledge(const EngineSettings& settings) {
  user_agents = std::make_unique<ListedUserAgents>();
  referrers = std::make_unique<KnownReferrers>();
  auto opened = open_places(country_file(settings.geoip));
  if (!opened) return opened.error();
  places = std::move(*opened);
  return Done{};
}

Result<Done> Engine::Parts::open_store_and_journal(const EngineSettings& settings) {
  duckdb::DatabaseOptions options;
  options.folder = data / "store";
  options.memory_bytes = settings.memory_bytes;
  options.report = log;
  auto opened = duckdb::DuckDatabase::open(options);
  if (!opened) return opened.error();
  database = std::move(*opened);
  duckdb::ReaderOptions reader_options;
  reader_options.report = log;
  auto opened_reader = duckdb::DuckdbReader::make(*database, *ids, reader_options);
  if (!opened_reader) return opened_reader.error();
  reader = std::move(*opened_reader);
  auto opened_store = duckdb::DuckdbStore::open(*database);
  if (!opened_store) return opened_store.error();
  store = std::move(*opened_store);
  const auto offset = store->offset();
  if (!offset) return offset.error();

  const std::filesystem::path journal_folder = data / "journal";
  std::error_code problem;
  std::filesystem::create_directories(journal_folder, problem);
  auto opened_disk = PosixDisk::open_folder(journal_folder.string());
  if (!opened_disk) return opened_disk.error();
  disk = std::move(*opened_disk);
  FileJournalSettings journal_settings;
  journal_settings.next_at_least = *offset;
  if (settings.segment_bytes > 0) journal_settings.segment_bytes = settings.segment_bytes;
  journal_settings.disk_reserve_bytes = settings.disk_reserve_bytes;
  auto opened_journal = FileJournal::open(*disk, clock, journal_settings);
  if (!opened_journal) return opened_journal.error();
  journal = std::move(*opened_journal);
  return Done{};
}

Result<Done> Engine::Parts::start_work(const EngineSettings& settings) {
  const auto totals = store->counter_totals();
  if (!totals) return totals.error();
  // Keys of hash maps live as long as the process: nobody can learn and use them.
  const SipKey map_key = random_key(crypto);
  const auto memory = store->counter_memory(clock.now() - once_window);
  if (!memory) return memory.error();
  // Of ids that were sent before the journal was dropped up to a place, it tells after a restart what they were.
  const SipKey collector_key = derived_key(salts->lasting(), "collector");
  auto restored =
      Collector::restore(*journal, clock, collector_key, *totals, *memory,
                         [this](std::string_view key, std::string_view text) { return crypto.hmac_sha256(key, text); });
  if (!restored) return restored.error();
  collector = std::move(*restored);
  live = std::make_unique<LiveFeed>(clock);
  ProcessorSettings processor_settings;
  processor_settings.dropped_kept = std::chrono::days(settings.dropped_days);
  if (!settings.lets_go) processor_settings.prune_interval.reset();
  processor =
      std::make_unique<Processor>(*journal, *store, *salts, *registry, Knowledge{*user_agents, *places, *referrers},
                                  *live, clock, map_key, log, processor_settings);
  processor->start();
  importer = std::make_unique<Importer>(*collector, *store, clock, keys.imports);
  numbers = std::make_unique<CounterReader>(*collector, *journal, *processor, *reader, clock);
  readmission = std::make_unique<Readmission>(*journal, *collector, *processor, *reader);
  callers = std::make_unique<Callers>(*registry, crypto, clock);
  auto opened_painter = CairoPainter::open();
  if (!opened_painter) return opened_painter.error();
  painter = std::move(*opened_painter);
  image_views = std::make_unique<ImageViews>(clock, map_key);
  counter_feed = std::make_unique<CounterFeed>(*collector, *journal, clock);
  counter_feed->start();
  embeds = std::make_unique<Embeds>(Embeds{*counter_feed, *image_views, *painter});
  return Done{};
}

Result<Done> Engine::Parts::start_webhook(const EngineSettings& settings) {
  if (settings.webhook.empty()) return Done{};
  if (settings.webhook_secret.empty()) {
    return Error{ErrorCode::invalid, "a webhook needs a secret that its messages are signed with: --webhook-secret"};
  }
  auto post = post_to(settings.webhook);
  if (!post) return post.error();
  webhook_post = std::move(*post);
  webhook_file = std::make_unique<PosixKeptFile>(data / "webhook-progress");
  WebhookSettings how;
  how.secret = settings.webhook_secret;
  auto opened = Webhook::open(*journal, *webhook_file, *webhook_post, crypto, clock, std::move(how), log);
  if (!opened) return opened.error();
  webhook = std::move(*opened);
  webhook->start();
  return Done{};
}

void Engine::Parts::start_eraser() {
  Eraser::Keep keep;
  if (webhook != nullptr) keep = [this](Position below) { return webhook->keep(below); };
  eraser = std::make_unique<Eraser>(clock, *registry, *journal, *collector, *processor, *store, *reader, log,
                                    std::move(keep));
  eraser->start();
}

std::string Engine::Parts::why_not_ready() const {
  if (stopping) return "the server is stopping";
  if (journal->failed()) return "the journal has stopped: a write or sync failed";
  return "";
}

// Told whether or not proxies are listed: a metric that is not there cannot be watched.
std::string Engine::Parts::proxy_metrics() const {
  const auto ignored = client_address ? client_address->ignored() : ClientAddress::Ignored{};
  MetricsPage page;
  const auto count = [&](std::string_view reason, std::uint64_t requests) {
    page.counter("footfall_forwarded_ignored_total",
                 "Requests with a forwarding header that was not believed, by reason (only where proxies are listed)",
                 static_cast<double>(requests), "reason=\"" + std::string(reason) + "\"");
  };
  count("untrusted_peer", ignored.untrusted_peer);
  count("malformed", ignored.malformed);
  count("contradiction", ignored.contradiction);
  return page.text();
}

// Told whether or not there is one, for the same reason.
std::string Engine::Parts::webhook_metrics() const {
  MetricsPage page;
  page.counter("footfall_webhook_sent_total", "Messages about wins and claims that were taken, since the start",
               webhook == nullptr ? 0 : static_cast<double>(webhook->sent()));
  page.counter("footfall_webhook_failed_total", "Tries to send such a message that were in vain, since the start",
               webhook == nullptr ? 0 : static_cast<double>(webhook->failures()));
  page.gauge("footfall_webhook_waiting", "Such messages that are still to be taken",
             webhook == nullptr ? 0 : static_cast<double>(webhook->waiting()));
  return page.text();
}

void Engine::Parts::make_router(const EngineSettings& settings, HttpHandler* pages) {
  const auto catch_up = [this] { return processor->wait_until_stored(journal->durable(), fresh_wait_max); };
  services.reset(new Services{{clock, *registry, *callers, *collector, *reader, *guard, *ids, keys.cursors, *cookies,
                               processor->keeper(), catch_up},
                              *journal,
                              *collector,
                              *processor,
                              *store,
                              *live,
                              *importer,
                              *readmission,
                              *session_keys,
                              *tokens,
                              *embeds,
                              *numbers,
                              *receipts,
                              *salts,
                              crypto,
                              *eraser});
  edge = std::make_unique<Edge>(*registry, *cookies, *tokens, *ids, *collector, clock, settings.serves);
  services->session_id = [this](const Request& request) { return edge->session_of(request); };
  router = std::make_unique<Router>(*callers, settings.prefix, [this, pages](const Request& request) {
    if (pages == nullptr) return problem({ErrorCode::not_found, "no site is served here"});
    return edge->serve(request, [pages](const Request& page, const Site*) { return pages->handle(page); });
  });
  if (pages != nullptr) {
    router->admit_rest([pages](const Request& request) { return pages->admit(request); });
  }
  if (settings.rate_per_second) {
    limiter = std::make_unique<RateLimiter>(*settings.rate_per_second, clock, random_key(crypto));
    router->limit_recording([this](const Address& address) { return limiter->allow(address); });
  }
  add_event_routes(*router, *services);
  add_embed_routes(*router, *services);
  add_counter_routes(*router, *services);
  add_record_routes(*router, *services);
  add_receipt_routes(*router, *services);
  add_visit_routes(*router, *services);
  add_stats_routes(*router, *services);
  add_live_routes(*router, *services);
  add_owner_routes(*router, *services);
  add_key_routes(*router, *services);
  add_dropped_routes(*router, *services);
  add_import_routes(*router, *services);
  add_erase_routes(*router, *services);
  add_service_routes(
      *router, *services, [this] { return why_not_ready(); },
      [this] { return proxy_metrics() + webhook_metrics() + more_metrics(); });
  add_asset_routes(*router, assets());
  add_dialect_routes(*router, *services);
  if (!proxies.empty()) client_address = std::make_unique<ClientAddress>(proxies, *router);
}

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(const EngineSettings& settings, HttpHandler* pages, Log log) {
  auto parts = std::make_unique<Parts>();
  parts->log = std::move(log);
  if (auto done = parts->open_files(settings); !done) return done.error();
  if (auto done = parts->open_knowledge(settings); !done) return done.error();
  if (auto done = parts->open_store_and_journal(settings); !done) return done.error();
  if (auto done = parts->start_work(settings); !done) return done.error();
  if (auto done = parts->start_webhook(settings); !done) return done.error();
  parts->start_eraser();
  parts->make_router(settings, pages);
  return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

Result<Done> Engine::close() {
  parts_->eraser->stop();
  // What waits for the flusher becomes durable, and then goes where the rest is.
  if (parts_->webhook != nullptr) parts_->webhook->stop();
  const Position next = parts_->journal->next();
  if (next > 0) {
    static_cast<void>(parts_->journal->wait_until_durable(next - 1, std::chrono::seconds(5)));
  }
  return parts_->processor->stop();
}

HttpHandler& Engine::handler() {
  if (parts_->client_address) return *parts_->client_address;
  return *parts_->router;
}
bool Engine::is_trusted_proxy(const Address& peer) const { return parts_->proxies.contains(peer); }
const Services& Engine::services() const { return *parts_->services; }
const std::string& Engine::admin_token() const { return parts_->admin_token; }
const std::filesystem::path& Engine::data() const { return parts_->data; }
void Engine::on_metrics(std::function<std::string()> more) { parts_->more_metrics = std::move(more); }
void Engine::stop_being_ready() { parts_->stopping = true; }

void Engine::tick() {
  if (auto refreshed = parts_->registry->refresh(); !refreshed) parts_->log("registry: " + refreshed.error().what);
  if (auto refreshed = parts_->session_keys->refresh(); !refreshed) {
    parts_->log("session keys: " + refreshed.error().what);
  }
}

}  // namespace footfall
