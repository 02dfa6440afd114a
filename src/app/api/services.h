// What the routes need, built by main and handed to them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/api/caller.h"
#include "app/api/router.h"
#include "app/collector.h"
#include "app/counter_numbers.h"
#include "app/edge/page_tokens.h"
#include "app/edge/session_cookies.h"
#include "app/live_feed.h"
#include "app/processor.h"
#include "app/receipt_keys.h"
#include "app/recorder.h"
#include "app/registry.h"
#include "app/salts.h"
#include "domain/kept_address.h"
#include "domain/public_id.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/journal.h"
#include "ports/visit_reader.h"

namespace footfall {

class Guard;
class Importer;
class Readmission;
struct Embeds;
class Eraser;

// What the routes need that record visits and give them back, wherever these wait and rest. Each outlives the router.
struct VisitServices {
  const Clock& clock;
  Registry& registry;
  Callers& callers;
  Recorder& recorder;
  VisitReader& reader;
  const Guard& guard;
  const PublicIds& ids;
  SipKey cursor_key;
  const SessionCookies& cookies;
  const AddressKeeper& keeper;
  // Waits until the reader shows all that was acknowledged before. Errors: timed_out, unsupported.
  std::function<Result<Done>()> catch_up;
};

// What all routes need of a server.
struct Services : VisitServices {
  Journal& journal;
  Collector& collector;
  Processor& processor;
  VisitStore& store;
  LiveFeed& live;
  Importer& importer;
  Readmission& readmission;
  SessionKeys& session_keys;
  const PageTokens& tokens;
  Embeds& embeds;
  CounterReader& numbers;
  ReceiptKeys& receipts;
  Salts& salts;
  const Crypto& crypto;
  Eraser& eraser;
  // The verified id of the visitor's session, or "": the edge's.
  std::function<std::string(const Request&)> session_id = [](const Request&) { return std::string(); };
};

// The parts of the API, each a file of this folder. The order is the order of the table: what is asked most stands
// first.
void add_event_routes(Router& router, const VisitServices& services);
void add_record_routes(Router& router, const VisitServices& services);
// Before the counters' own: a key may hold anything, also "/live".
void add_embed_routes(Router& router, const Services& services);
void add_counter_routes(Router& router, const Services& services);
void add_receipt_routes(Router& router, const Services& services);
void add_visit_routes(Router& router, const VisitServices& services);
void add_stats_routes(Router& router, const VisitServices& services);
void add_live_routes(Router& router, const Services& services);
void add_owner_routes(Router& router, const VisitServices& services);
void add_key_routes(Router& router, const Services& services);
void add_dropped_routes(Router& router, const Services& services);
void add_import_routes(Router& router, const Services& services);
// What sites speak besides (Site::dialects): each route is there only while a site speaks its dialect.
void add_dialect_routes(Router& router, const Services& services);
void add_erase_routes(Router& router, const Services& services);
// `why_not_ready` gives "" when all is well; `more_metrics` adds text in the same format.
void add_service_routes(Router& router, const Services& services, std::function<std::string()> why_not_ready,
                        std::function<std::string()> more_metrics);

}  // namespace footfall
