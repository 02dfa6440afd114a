// The quarantine over HTTP: what policy dropped and why, and taking it back.

#include <cstdio>

#include "app/api/cursor.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/api/visit_filter.h"
#include "app/json.h"
#include "app/readmission.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

Error wrong(std::string_view field, const std::string& must) {
  return {ErrorCode::invalid, "'" + std::string(field) + "' " + must, std::string(field)};
}

// Empty texts are left out: most hits have few of them.
void put_text(json::object& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

std::string rules_text(std::uint32_t rules) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", rules);
  return text.data();
}

json::object to_json(const DroppedRow& row, const PublicIds& ids) {
  json::object object{{"id", ids.visit_id(row.time, row.position)},
                      {"time", to_rfc3339(row.time)},
                      {"site", row.site},
                      {"reason", name_of(row.reason)},
                      {"rules", rules_text(row.rules)},
                      {"path", row.path},
                      {"kind", name_of(row.kind)},
                      {"source", name_of(row.source)}};
  put_text(object, "query", row.query);
  put_text(object, "title", row.title);
  put_text(object, "event", row.event);
  put_text(object, "ip", row.ip);
  put_text(object, "user_agent", row.user_agent);
  put_text(object, "referrer", row.referrer);
  put_text(object, "session", row.session);
  put_text(object, "visitor", row.visitor);
  if (const auto props = parse_json(row.props); !row.props.empty() && props) object["props"] = *props;
  return object;
}

json::object to_json(const DroppedCounts& counts) {
  json::object object;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) > 0) object[name_of(static_cast<DropReason>(i))] = counts.at(i);
  }
  return object;
}

Result<Done> take_reason(const std::optional<std::string>& text, DroppedFilter& filter) {
  if (!text) return Done{};
  filter.reason = drop_reason_named(*text);
  if (!filter.reason) return wrong("reason", "is none of the reasons for which hits are dropped");
  return Done{};
}

Result<Done> take_ip(const std::optional<std::string>& text, const AddressKeeper& keeper, DroppedFilter& filter) {
  if (!text) return Done{};
  const auto address = StoredAddress::parse(*text);
  if (!address) return wrong("ip", "is neither an IP address nor one as a row shows it");
  filter.ip = address->text();
  filter.hashed_ip = hashed_ip(keeper, *filter.ip);
  return Done{};
}

Result<Done> check_times(const DroppedFilter& filter) {
  if (filter.from && filter.to && *filter.from >= *filter.to) return wrong("to", "must be later than 'from'");
  return Done{};
}

class DroppedRoutes {
 public:
  explicit DroppedRoutes(const Services& services) : services_(services) {}

  Response list(const Call& call) const {
    const auto filter = read_filter(call);
    if (!filter) return problem(filter.error());
    const Parameters parameters(call.request.query);
    const auto limit = parameters.number("limit", 1, page_rows_max);
    if (!limit) return problem(limit.error());
    std::optional<VisitCursor> after;
    const auto cursor = parameters.text("cursor");
    if (!cursor) return problem(cursor.error());
    if (*cursor) {
      const auto opened = unseal_cursor(**cursor, VisitOrder::newest_first, services_.cursor_key);
      if (!opened) return problem(opened.error());
      after = *opened;
    }
    const auto fresh = parameters.flag("fresh");
    if (!fresh) return problem(fresh.error());
    if (*fresh) {
      const auto waited = services_.processor.wait_until_stored(services_.journal.durable(), fresh_wait_max);
      if (!waited) return problem(waited.error());
    }
    const auto counts = services_.reader.count_dropped(*filter);
    if (!counts) return problem(counts.error());
    const auto page =
        services_.reader.dropped(*filter, VisitOrder::newest_first, limit->value_or(page_rows_default), after);
    if (!page) return problem(page.error());
    json::array rows;
    for (const DroppedRow& row : page->rows) rows.push_back(to_json(row, services_.ids));
    json::object body{{"counts", to_json(*counts)}, {"dropped", std::move(rows)}};
    body["next_cursor"] = page->next
                              ? json::value(seal_cursor(*page->next, VisitOrder::newest_first, services_.cursor_key))
                              : json::value(nullptr);
    return json_response(200, json::serialize(body));
  }

  Response readmit(const Call& call) const {
    const auto body = parse_json(call.request.body);
    if (!body) return problem({body.error().code, body.error().what, "body"});
    if (!body->is_object()) return problem({ErrorCode::invalid, "the body must be a JSON object", "body"});
    const auto filter = read_filter(call, body->get_object());
    if (!filter) return problem(filter.error());
    const auto done = services_.readmission.readmit(*filter);
    if (!done) return problem(done.error());
    Response response =
        json_response(200, json::serialize(json::object{{"readmitted", done->hits}, {"more", done->more}}));
    response.after = done->newest;
    return response;
  }

 private:
  Result<DroppedFilter> read_filter(const Call& call) const {
    DroppedFilter filter;
    auto site = site_of(call, services_.registry, Role::read);
    if (!site) return site.error();
    filter.site = std::move(*site);
    const Parameters parameters(call.request.query);
    const auto reason = parameters.text("reason");
    if (!reason) return reason.error();
    if (const auto taken = take_reason(*reason, filter); !taken) return taken.error();
    const auto ip = parameters.text("ip");
    if (!ip) return ip.error();
    if (const auto taken = take_ip(*ip, services_.processor.keeper(), filter); !taken) return taken.error();
    auto path = parameters.text("path");
    if (!path) return path.error();
    filter.path = std::move(*path);
    const auto from = parameters.from();
    if (!from) return from.error();
    filter.from = *from;
    const auto to = parameters.to();
    if (!to) return to.error();
    filter.to = *to;
    if (const auto checked = check_times(filter); !checked) return checked.error();
    return filter;
  }

  // Of a body. All of a site at once is not taken back by leaving everything out.
  Result<DroppedFilter> read_filter(const Call& call, const json::object& object) const {
    DroppedFilter filter;
    const auto site = text_member(object, "site");
    if (!site) return site.error();
    filter.site = site->value_or("");
    if (!services_.registry.site(filter.site) || !call.caller.may(Role::admin, filter.site)) {
      return Error{ErrorCode::not_found, "the site '" + filter.site + "' is not registered", "site"};
    }
    struct Member {
      const char* name;
      std::optional<std::string> text;
    };
    std::array members{Member{"reason", {}}, Member{"ip", {}}, Member{"path", {}}, Member{"from", {}},
                       Member{"to", {}}};
    bool any = false;
    for (Member& member : members) {
      const auto text = text_member(object, member.name);
      if (!text) return text.error();
      if (*text) member.text = std::string(**text);
      any = any || member.text.has_value();
    }
    if (const auto taken = take_reason(members[0].text, filter); !taken) return taken.error();
    if (const auto taken = take_ip(members[1].text, services_.processor.keeper(), filter); !taken) return taken.error();
    filter.path = members[2].text;
    for (std::size_t i = 3; i < members.size(); ++i) {
      if (!members.at(i).text) continue;
      const auto time = parse_time(*members.at(i).text);
      if (!time) return wrong(members.at(i).name, "is not an RFC 3339 time or date");
      // A date as an end is the end of that day.
      const bool is_last_day = i == 4 && members.at(i).text->size() == 10;
      (i == 3 ? filter.from : filter.to) = is_last_day ? *time + std::chrono::days(1) : *time;
    }
    if (const auto checked = check_times(filter); !checked) return checked.error();
    if (const auto taken = take_ids(object, filter); !taken) return taken.error();
    if (!any && !filter.positions) {
      return Error{ErrorCode::invalid, "name at least one of reason, from, to, ip, path and ids", "body"};
    }
    return filter;
  }

  Result<Done> take_ids(const json::object& object, DroppedFilter& filter) const {
    const json::value* ids = object.if_contains("ids");
    if (ids == nullptr || ids->is_null()) return Done{};
    if (!ids->is_array()) return wrong("ids", "must be an array of texts");
    if (ids->get_array().size() > readmit_ids_max) {
      return wrong("ids", "holds at most " + std::to_string(readmit_ids_max) + " ids");
    }
    std::vector<Position> positions;
    for (const json::value& id : ids->get_array()) {
      const auto position =
          id.is_string() ? services_.ids.visit_position(std::string_view(id.get_string())) : std::nullopt;
      if (!position) return wrong("ids", "holds what is no id of a dropped hit");
      positions.push_back(*position);
    }
    filter.positions = std::move(positions);
    return Done{};
  }

  Services services_;
};

}  // namespace

void add_dropped_routes(Router& router, const Services& services) {
  const DroppedRoutes routes(services);
  router.add(
      {Method::get, "/api/dropped", Access::read, 0, true, [routes](const Call& call) { return routes.list(call); }});
  router.add({Method::post, "/api/dropped/readmit", Access::admin, api_body_bytes_max, true,
              [routes](const Call& call) { return routes.readmit(call); }});
}

}  // namespace footfall
