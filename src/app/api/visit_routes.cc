// GET /api/visits and its forms: the rows by ip, path, session, visitor, event and time; and how often each value came.

#include "app/api/cursor.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/api/visit_filter.h"
#include "app/api/visit_text.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/visit_row.h"

namespace footfall {
namespace {

enum class Format { json, ndjson, csv, parquet };

// Rows fetched at a time while streaming: a few hundred kilobytes.
constexpr std::size_t streamed_rows = 1'000;

// --- what is asked ---

struct VisitQuestion {
  VisitFilter filter;
  VisitOrder order = VisitOrder::newest_first;
  std::optional<std::uint64_t> limit;
  std::optional<VisitCursor> cursor;
  bool fresh = false;
};

Result<VisitQuestion> read_question(const Call& call, const VisitServices& services) {
  VisitQuestion question;
  auto filter = read_visit_filter(call, services, Role::read);
  if (!filter) return filter.error();
  question.filter = std::move(*filter);
  const Parameters parameters(call.request.query);
  const auto order = parameters.text("order");
  if (!order) return order.error();
  if (*order && **order != "asc" && **order != "desc") {
    return Error{ErrorCode::invalid, "'order' must be asc or desc", "order"};
  }
  if (*order && **order == "asc") question.order = VisitOrder::oldest_first;
  const auto limit = parameters.number("limit", 1, counter_value_max);
  if (!limit) return limit.error();
  question.limit = *limit;
  const auto cursor = parameters.text("cursor");
  if (!cursor) return cursor.error();
  if (*cursor) {
    const auto opened = unseal_cursor(**cursor, question.order, services.cursor_key);
    if (!opened) return opened.error();
    question.cursor = *opened;
  }
  const auto fresh = parameters.flag("fresh");
  if (!fresh) return fresh.error();
  question.fresh = *fresh;
  return question;
}

// --- streams ---

// All rows that match, a page at a time, as lines.
class LineSource : public BodySource {
 public:
  using ToLine = std::string (*)(const VisitRow&);
  LineSource(VisitReader& reader, VisitQuestion question, std::string head, ToLine to_line)
      : reader_(reader), question_(std::move(question)), head_(std::move(head)), to_line_(to_line) {}

  Result<std::string> next() override {
    std::string piece = std::move(head_);
    head_.clear();
    while (piece.empty() && !ended_) {
      const std::size_t rows = std::min<std::uint64_t>(streamed_rows, question_.limit.value_or(streamed_rows));
      auto page = reader_.visits(question_.filter, question_.order, rows, question_.cursor);
      if (!page) return page.error();
      for (const VisitRow& row : page->rows) piece += to_line_(row);
      if (question_.limit) *question_.limit -= page->rows.size();
      ended_ = !page->next || question_.limit == 0U;
      question_.cursor = page->next;
    }
    return piece;
  }

 private:
  VisitReader& reader_;
  VisitQuestion question_;
  std::string head_;
  ToLine to_line_;
  bool ended_ = false;
};

std::string ndjson_line(const VisitRow& row) { return json::serialize(to_json(row)) + "\n"; }

Response stream(std::unique_ptr<BodySource> source, std::string_view type, std::string_view suffix) {
  Response response;
  response.headers.push_back({"content-type", std::string(type)});
  response.headers.push_back({"cache-control", "no-store"});
  response.headers.push_back({"content-disposition", "attachment; filename=\"visits." + std::string(suffix) + "\""});
  response.body = std::move(source);
  return response;
}

class VisitRoutes {
 public:
  explicit VisitRoutes(const VisitServices& services) : services_(services) {}

  Response visits(const Call& call, std::optional<Format> format) const {
    auto question = read_question(call, services_);
    if (!question) return problem(question.error());
    if (question->fresh) {
      const auto waited = services_.catch_up();
      if (!waited) return problem(waited.error());
    }
    switch (format.value_or(accepted_format(call.request))) {
      case Format::json:
        return page(*question);
      case Format::ndjson:
        return stream(std::make_unique<LineSource>(services_.reader, *question, "", ndjson_line),
                      "application/x-ndjson", "ndjson");
      case Format::csv:
        return stream(std::make_unique<LineSource>(services_.reader, *question, csv_head(), to_csv),
                      "text/csv; charset=utf-8; header=present", "csv");
      case Format::parquet: {
        auto source = services_.reader.parquet(question->filter, question->order, question->limit.value_or(0));
        if (!source) return problem(source.error());
        return stream(std::move(*source), "application/vnd.apache.parquet", "parquet");
      }
    }
    return problem({ErrorCode::unsupported, "no such format"});
  }

  Response one(const Call& call) const {
    const auto site = site_of(call, services_.registry, Role::read);
    if (!site) return problem(site.error());
    const auto row = services_.reader.find(*site, std::string(call.key));
    if (!row) return problem(row.error());
    if (!*row) return problem({ErrorCode::not_found, "there is no visit of this id", "id"});
    return json_response(200, json::serialize(to_json(**row)));
  }

  Response top(const Call& call) const {
    const auto filter = read_visit_filter(call, services_, Role::read);
    if (!filter) return problem(filter.error());
    const Parameters parameters(call.request.query);
    const auto by = parameters.text("by");
    if (!by) return problem(by.error());
    const auto column = top_by_named(by->value_or(""));
    if (!column) {
      return problem({ErrorCode::invalid,
                      "'by' must be one of ip, path, session, visitor, referrer, user_agent, event, country, browser, "
                      "os, device, source",
                      "by"});
    }
    const auto limit = parameters.number("limit", 1, top_rows_max);
    if (!limit) return problem(limit.error());
    const auto rows = services_.reader.top(*filter, *column, limit->value_or(page_rows_default));
    if (!rows) return problem(rows.error());
    json::array top;
    for (const TopRow& row : *rows) {
      top.push_back({{"value", row.value},
                     {"visits", row.visits},
                     {"first", to_rfc3339(row.first)},
                     {"last", to_rfc3339(row.last)}});
    }
    return json_response(200, json::serialize(json::object{{"by", **by}, {"top", std::move(top)}}));
  }

 private:
  static Format accepted_format(const Request& request) {
    const std::string_view accept = request.header("accept");
    if (accept.find("application/x-ndjson") != std::string_view::npos) return Format::ndjson;
    if (accept.find("text/csv") != std::string_view::npos) return Format::csv;
    if (accept.find("application/vnd.apache.parquet") != std::string_view::npos) return Format::parquet;
    return Format::json;
  }

  Response page(const VisitQuestion& question) const {
    const std::uint64_t limit = question.limit.value_or(page_rows_default);
    if (limit > page_rows_max) {
      return problem(
          {ErrorCode::invalid, "'limit' is at most 1,000 a page; .ndjson, .csv and .parquet stream all", "limit"});
    }
    const auto found = services_.reader.visits(question.filter, question.order, limit, question.cursor);
    if (!found) return problem(found.error());
    json::array rows;
    for (const VisitRow& row : found->rows) rows.push_back(to_json(row));
    json::object body{{"visits", std::move(rows)}};
    body["next_cursor"] = found->next ? json::value(seal_cursor(*found->next, question.order, services_.cursor_key))
                                      : json::value(nullptr);
    return json_response(200, json::serialize(body));
  }

  VisitServices services_;
};

}  // namespace

void add_visit_routes(Router& router, const VisitServices& services) {
  const VisitRoutes routes(services);
  const auto add = [&](std::string_view pattern, std::optional<Format> format) {
    router.add({Method::get, pattern, Access::read, 0, true,
                [routes, format](const Call& call) { return routes.visits(call, format); }});
  };
  add("/api/visits", std::nullopt);
  add("/api/visits.json", Format::json);
  add("/api/visits.ndjson", Format::ndjson);
  add("/api/visits.csv", Format::csv);
  add("/api/visits.parquet", Format::parquet);
  router.add(
      {Method::get, "/api/visits/top", Access::read, 0, true, [routes](const Call& call) { return routes.top(call); }});
  router.add({Method::get, "/api/visits/{key}", Access::read, 0, true,
              [routes](const Call& call) { return routes.one(call); }});
}

}  // namespace footfall
