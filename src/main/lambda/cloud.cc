#include "main/lambda/cloud.h"

#include <set>
#include <thread>

#include "adapters/aws/dynamo_table.h"
#include "adapters/aws/sqs_queue.h"
#include "adapters/http_client/server_exchange.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "adapters/patterns/re2_patterns.h"
#include "adapters/referrers/known_referrers.h"
#include "adapters/user_agents/listed_user_agents.h"
#include "adapters/zlib_compression/zlib_compression.h"
#include "app/api/problem.h"
#include "app/cloud/cloud_routes.h"
#include "app/cloud/day_summer.h"
#include "app/cloud/page_views.h"
#include "app/cloud/queue_recorder.h"
#include "app/cloud/table_counters.h"
#include "app/cloud/table_file.h"
#include "app/cloud/table_reader.h"
#include "app/cloud/table_stats.h"
#include "app/edge/edge_proof.h"
#include "app/edge/guard.h"
#include "base/text.h"
#include "domain/page.h"
#include "main/keys.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

// What must be left of an event's time to tell how far it came.
constexpr std::chrono::seconds time_to_answer{2};
// Settings that another function, or the owner, changed are seen after this.
constexpr std::chrono::seconds settings_fresh{30};
// Two functions that start at once both make what is not there yet; whoever comes second reads the first one's.
constexpr int opening_tries = 3;

template <typename Open>
auto opened(Open&& open) -> decltype(open()) {
  for (int turn = 1;; ++turn) {
    auto result = open();
    if (result || result.error().code != ErrorCode::in_use || turn == opening_tries) return result;
  }
}

aws::ServiceSettings service(std::string_view name, const CloudSettings& settings) {
  const bool is_table = name == "dynamodb";
  aws::ServiceSettings service;
  service.scope = {settings.region, std::string(name)};
  service.endpoint = is_table ? settings.dynamodb_endpoint : settings.sqs_endpoint;
  service.protocol = "1.0";
  return service;
}

}  // namespace

Result<CloudSettings> read_cloud_settings(const aws::Environment& environment) {
  const auto wrong = [](std::string what) { return Error{ErrorCode::invalid, std::move(what)}; };
  CloudSettings settings;
  settings.mode = environment("FOOTFALL_MODE");
  if (settings.mode != "api" && settings.mode != "processor" && settings.mode != "compactor") {
    return wrong("FOOTFALL_MODE must be api, processor or compactor, and is '" + settings.mode + "'");
  }
  settings.table = environment("FOOTFALL_TABLE");
  if (settings.table.empty()) return wrong("FOOTFALL_TABLE names no table");
  settings.queue_url = environment("FOOTFALL_QUEUE_URL");
  if (settings.mode == "api" && settings.queue_url.empty()) return wrong("FOOTFALL_QUEUE_URL names no queue");
  settings.region = environment("AWS_REGION");
  if (settings.region.empty()) settings.region = environment("AWS_DEFAULT_REGION");
  if (settings.region.empty()) return wrong("AWS_REGION is not set");
  const std::string profile = environment("FOOTFALL_PROFILE");
  if (!profile.empty() && profile != "full" && profile != "lean") {
    return wrong("FOOTFALL_PROFILE must be full or lean, and is '" + profile + "'");
  }
  settings.lean = profile == "lean";
  if (const std::string days = environment("FOOTFALL_ROW_DAYS"); !days.empty()) {
    const auto number = parse_unsigned(days);
    if (!number || *number < static_cast<std::uint64_t>(row_days_min.count()) || *number > retention_days_max) {
      return wrong("FOOTFALL_ROW_DAYS must be from 15 to 36500: a row must outlive its message");
    }
    settings.row_days = static_cast<unsigned>(*number);
  }
  std::string sites = environment("FOOTFALL_SITE");
  while (!sites.empty()) {
    const std::size_t comma = sites.find(',');
    auto site = parse_site(to_lower(trim(sites.substr(0, comma))));
    if (!site) return wrong("FOOTFALL_SITE: " + site.error().what);
    settings.sites.push_back(std::move(*site));
    sites = comma == std::string::npos ? "" : sites.substr(comma + 1);
  }
  const std::string endpoint = environment("AWS_ENDPOINT_URL");
  settings.dynamodb_endpoint = environment("AWS_ENDPOINT_URL_DYNAMODB");
  settings.sqs_endpoint = environment("AWS_ENDPOINT_URL_SQS");
  if (settings.dynamodb_endpoint.empty()) settings.dynamodb_endpoint = endpoint;
  if (settings.sqs_endpoint.empty()) settings.sqs_endpoint = endpoint;
  settings.admin_token = environment("FOOTFALL_ADMIN_TOKEN");
  const std::string edge = environment("FOOTFALL_EDGE");
  if (!edge.empty() && edge != "required" && edge != "optional") {
    return wrong("FOOTFALL_EDGE must be required or optional, and is '" + edge + "'");
  }
  settings.edge_required = edge == "required";
  return settings;
}

// What answers requests, once the settings have been read.
struct Api {
  std::unique_ptr<Registry> registry;
  std::unique_ptr<SessionKeys> session_keys;
  Keys keys;
  std::unique_ptr<PublicIds> ids;
  std::unique_ptr<SessionCookies> cookies;
  std::unique_ptr<PageTokens> tokens;
  std::unique_ptr<Guard> guard;
  std::unique_ptr<Callers> callers;
  std::unique_ptr<AddressKeeper> keeper;
  std::unique_ptr<QueueRecorder> recorder;
  std::unique_ptr<TableStats> stats;
  std::unique_ptr<TableReader> reader;
  std::unique_ptr<PageViews> page_views;
  std::unique_ptr<TableCounters> counters;
  std::unique_ptr<Router> router;
  std::unique_ptr<BehindEdge> behind_edge;
  std::unique_ptr<ApiFunction> function;
  Instant fresh;  // when the settings were read
};

struct CloudFunction::Parts {
  CloudSettings settings;
  FunctionLog log;
  SystemClock clock;
  OpensslCrypto crypto;
  std::unique_ptr<aws::CredentialSource> credentials;
  std::unique_ptr<aws::DynamoTable> table;
  std::unique_ptr<aws::SqsQueue> queue;  // of the api alone
  TableLayout layout;
  ZlibCompression compression;
  std::unique_ptr<TableWriter> writer;
  std::unique_ptr<ProcessorFunction> processor;
  // Of the compactor and the api, when they first need them: compiling the lists takes its time.
  std::unique_ptr<ListedUserAgents> user_agents;
  KnownReferrers referrers;
  Re2Patterns patterns;
  std::unique_ptr<DaySummer> summer;
  std::unique_ptr<SitesSummer> sites_summer;
  std::unique_ptr<CompactorFunction> compactor;
  std::unique_ptr<TableFile> registry_file, session_keys_file, keys_file, token_file;
  std::unique_ptr<Api> api;  // null: not read yet

  Result<Done> open_services(aws::Environment environment);
  Result<std::unique_ptr<Api>> open_api();
  StatsKnowledge knowledge();
  Result<std::vector<std::string>> site_names();
  Result<Done> refresh();
};

Result<Done> CloudFunction::Parts::open_services(aws::Environment environment) {
  credentials = std::make_unique<aws::CredentialSource>(std::move(environment), exchange_with, clock);
  const aws::Surroundings around{clock, crypto, *credentials, exchange_with,
                                 [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }};
  auto dynamodb = aws::AwsClient::make(service("dynamodb", settings), around);
  if (!dynamodb) return dynamodb.error();
  table = std::make_unique<aws::DynamoTable>(std::move(*dynamodb), settings.table);
  layout.rows = !settings.lean;
  layout.row_days = settings.row_days;
  if (settings.mode == "processor") {
    writer = std::make_unique<TableWriter>(*table, layout, crypto, compression, clock);
    processor = std::make_unique<ProcessorFunction>(*writer, log);
    return Done{};
  }
  registry_file = std::make_unique<TableFile>(*table, "registry");
  if (settings.mode == "compactor") {
    summer = std::make_unique<DaySummer>(*table, layout, compression, crypto, clock, knowledge(), log);
    sites_summer = std::make_unique<SitesSummer>(
        *summer, [this] { return site_names(); }, log);
    compactor = std::make_unique<CompactorFunction>(*sites_summer, log);
    return Done{};
  }
  auto sqs = aws::AwsClient::make(service("sqs", settings), around);
  if (!sqs) return sqs.error();
  queue = std::make_unique<aws::SqsQueue>(std::move(*sqs), settings.queue_url);
  session_keys_file = std::make_unique<TableFile>(*table, "session-keys");
  keys_file = std::make_unique<TableFile>(*table, "keys");
  token_file = std::make_unique<TableFile>(*table, "admin-token");
  return Done{};
}

StatsKnowledge CloudFunction::Parts::knowledge() {
  if (!user_agents) user_agents = std::make_unique<ListedUserAgents>();
  return {*user_agents, referrers, random_key(crypto), &patterns};
}

// Those of the registry, and those that are named but have had no request yet.
Result<std::vector<std::string>> CloudFunction::Parts::site_names() {
  const auto registry = Registry::open(*registry_file, crypto, clock);
  if (!registry) return registry.error();
  std::set<std::string> names(settings.sites.begin(), settings.sites.end());
  for (const auto& [name, site] : (*registry)->now()->sites) names.insert(name);
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::unique_ptr<Api>> CloudFunction::Parts::open_api() {
  auto made = std::make_unique<Api>();
  auto keys = opened([&] { return read_keys(*keys_file, crypto); });
  if (!keys) return keys.error();
  made->keys = *keys;
  auto session_keys = opened([&] { return SessionKeys::open(*session_keys_file, crypto, clock); });
  if (!session_keys) return session_keys.error();
  made->session_keys = std::move(*session_keys);
  auto registry = opened([&]() -> Result<std::unique_ptr<Registry>> {
    auto read = Registry::open(*registry_file, crypto, clock);
    if (!read) return read;
    for (const std::string& site : settings.sites) {
      if ((*read)->site(site) != nullptr) continue;
      if (auto put = (*read)->put_site({site, {}}); !put) return put.error();
    }
    return read;
  });
  if (!registry) return registry.error();
  made->registry = std::move(*registry);
  auto token = opened([&] { return read_admin_token(*token_file, settings.admin_token, crypto); });
  if (!token) return token.error();
  made->registry->adopt(*token, Role::admin);
  made->ids = std::make_unique<PublicIds>(made->keys.ids);
  made->cookies = std::make_unique<SessionCookies>(*made->session_keys, crypto);
  made->tokens = std::make_unique<PageTokens>(*made->session_keys, crypto);
  made->guard = std::make_unique<Guard>(*made->tokens);
  made->keeper = std::make_unique<AddressKeeper>(made->keys.imports);
  made->callers = std::make_unique<Callers>(*made->registry, crypto, clock, Logins::in_cookie);
  made->recorder = std::make_unique<QueueRecorder>(
      *queue, *table, clock, crypto, *made->keeper,
      [&registry = *made->registry](std::string_view name) {
        const auto site = registry.site(name);
        return site ? site->address : KeptAddress::none;
      },
      log);
  made->stats = std::make_unique<TableStats>(*table, layout, compression, clock, knowledge());
  made->reader = std::make_unique<TableReader>(*table, layout, crypto, compression, clock, *made->ids, *made->stats);
  made->page_views = std::make_unique<PageViews>(*table, compression, clock, random_key(crypto));
  made->counters = std::make_unique<TableCounters>(*table, *made->page_views, crypto);
  made->router = std::make_unique<Router>(*made->callers, "", [](const Request&) {
    return problem({ErrorCode::not_found, "no site is served here: its pages are CloudFront's"});
  });
  const auto catch_up = []() -> Result<Done> {
    return Error{ErrorCode::unsupported, "nobody knows here when all that waits in the queue has been stored", "fresh"};
  };
  add_cloud_routes(*made->router,
                   {clock, *made->registry, *made->callers, *made->recorder, *made->reader, *made->guard, *made->ids,
                    made->keys.cursors, *made->cookies, *made->keeper, catch_up},
                   *made->counters);
  made->behind_edge = std::make_unique<BehindEdge>(
      *made->session_keys, crypto, clock, settings.edge_required ? WithoutProof::refused : WithoutProof::as_it_came,
      *made->router);
  made->function = std::make_unique<ApiFunction>(*made->behind_edge);
  made->fresh = clock.now();
  return made;
}

// What was read serves on when it cannot be read again.
Result<Done> CloudFunction::Parts::refresh() {
  if (!api) {
    auto made = open_api();
    if (!made) return made.error();
    api = std::move(*made);
    return Done{};
  }
  if (clock.now() - api->fresh < settings_fresh) return Done{};
  api->fresh = clock.now();
  if (auto done = api->registry->refresh(); !done) log("registry: " + done.error().what);
  if (auto done = api->session_keys->refresh(); !done) log("session keys: " + done.error().what);
  return Done{};
}

CloudFunction::CloudFunction(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
CloudFunction::~CloudFunction() = default;

Result<std::unique_ptr<CloudFunction>> CloudFunction::open(CloudSettings settings, aws::Environment environment,
                                                           FunctionLog log) {
  auto parts = std::make_unique<Parts>();
  parts->settings = std::move(settings);
  parts->log = std::move(log);
  if (auto done = parts->open_services(std::move(environment)); !done) return done.error();
  return std::unique_ptr<CloudFunction>(new CloudFunction(std::move(parts)));
}

Result<Function*> CloudFunction::prepare(const Invocation& invocation) {
  const Instant end = invocation.deadline - time_to_answer;
  parts_->table->client().end_by(end);
  if (parts_->processor) return parts_->processor.get();
  if (parts_->compactor) {
    parts_->compactor->end_by(end);
    return parts_->compactor.get();
  }
  parts_->queue->client().end_by(end);
  if (auto done = parts_->refresh(); !done) return done.error();
  return parts_->api->function.get();
}

}  // namespace footfall
