// POST /api/import: a block of log lines, as `footfall import --server` sends it.

#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/importer.h"
#include "app/json.h"
#include "base/bytes.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

json::object to_json(const ImportCounts& counts) {
  json::object left_out;
  for (std::size_t i = 0; i < left_out_reasons; ++i) {
    left_out[name_of(static_cast<LeftOut>(i))] = counts.left_out.at(i);
  }
  return {{"lines", counts.lines},
          {"recorded", counts.recorded},
          {"repeated", counts.repeated},
          {"malformed", counts.malformed},
          {"left_out", std::move(left_out)}};
}

Response import_block(const Services& services, const Call& call) {
  const auto site = site_of(call, services.registry, Role::admin);
  if (!site) return problem(site.error());
  const Parameters parameters(call.request.query);
  const auto format_name = parameters.text("format");
  if (!format_name) return problem(format_name.error());
  const auto format = log_format_named(format_name->value_or("auto"));
  if (!format) {
    return problem({ErrorCode::invalid, "'format' must be auto, common, combined or combined-with-host", "format"});
  }
  ImportChain before;
  const auto hash = parameters.number("chain", 0, UINT64_MAX);
  if (!hash) return problem(hash.error());
  const auto lines = parameters.number("lines", 0, UINT64_MAX);
  if (!lines) return problem(lines.error());
  before.hash = hash->value_or(0);
  before.lines = lines->value_or(0);
  // Before the first block: what an earlier import left in the journal must be known.
  if (before.lines == 0) {
    const auto waited = services.processor.wait_until_stored(services.journal.durable(), fresh_wait_max);
    if (!waited) return problem(waited.error());
  }
  const auto block = services.importer.import_block(*site, *format, before, call.request.body);
  if (!block) return problem(block.error());
  json::object answer = to_json(block->counts);
  // As texts: numbers in JSON are exact to 53 bits only.
  answer["chain"] = std::to_string(block->chain.hash);
  answer["chain_lines"] = std::to_string(block->chain.lines);
  Response response = json_response(200, json::serialize(answer));
  if (block->position) response.after = *block->position;
  return response;
}

}  // namespace

void add_import_routes(Router& router, const Services& services) {
  router.add({Method::post, "/api/import", Access::admin, api_body_bytes_max, true,
              [services](const Call& call) { return import_block(services, call); }});
}

}  // namespace footfall
