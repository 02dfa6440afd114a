#include "app/cloud/moved_visit.h"

#include <array>
#include <cstring>

#include "domain/limits.h"

namespace footfall {
namespace {

Error wrong(std::string_view field) {
  return {ErrorCode::invalid, "a row has no good '" + std::string(field) + "'", std::string(field)};
}

}  // namespace

Result<Done> MovedVisit::read(const json::object& row, const Crypto& crypto) {
  struct Column {
    const char* name;
    std::string& into;
    bool is_needed;
  };
  for (const Column& column :
       {Column{"site", site_, true}, Column{"path", path_, true}, Column{"id", id_, true},
        Column{"session", session_, true}, Column{"query", query_, false}, Column{"title", title_, false},
        Column{"referrer", referrer_, false}, Column{"event", event_, false}, Column{"user_agent", user_agent_, false},
        Column{"visitor", visitor_, false}}) {
    const auto text = text_member(row, column.name);
    if (!text || (column.is_needed && (!*text || (**text).empty()))) return wrong(column.name);
    column.into = text->value_or("");
  }
  Hit& hit = visit_.hit;
  hit = Hit{};
  visit_.address = StoredAddress();
  const auto time = text_member(row, "time");
  const auto when = time && *time ? parse_time(**time) : Result<Instant>(wrong("time"));
  if (!when) return wrong("time");
  hit.time = *when;
  const auto ip = text_member(row, "ip");
  if (!ip) return wrong("ip");
  if (*ip && !(**ip).empty()) {
    const auto address = StoredAddress::parse(**ip);
    if (!address) return wrong("ip");
    visit_.address = *address;
  }
  const auto kind = text_member(row, "kind");
  const auto source = text_member(row, "source");
  const auto kind_of = kind && *kind ? kind_named(**kind) : std::nullopt;
  const auto source_of = source && *source ? source_named(**source) : std::nullopt;
  if (!kind_of) return wrong("kind");
  if (!source_of) return wrong("source");
  hit.kind = *kind_of;
  hit.source = *source_of;
  const json::value* props = row.if_contains("props");
  props_ = props != nullptr && props->is_object() ? json::serialize(*props) : std::string();
  hit.site = site_;
  hit.path = path_;
  hit.query = query_;
  hit.title = title_;
  hit.referrer = referrer_;
  hit.event = event_;
  hit.user_agent = user_agent_;
  hit.session = session_;
  hit.visitor = visitor_;
  hit.props = props_;
  hit.id = id_;
  // The same row has the same number whenever it is moved, and so the same key.
  const auto digest = crypto.sha256("moved\n" + site_ + "\n" + id_);
  std::memcpy(&visit_.number, digest.data(), sizeof visit_.number);
  visit_.number >>= 2U;
  return Done{};
}

json::object to_body(const VisitRow& row) {
  json::object body{{"site", row.site},
                    {"path", row.query.empty() ? row.path : row.path + "?" + row.query},
                    {"id", row.id},
                    {"kind", name_of(row.kind)},
                    {"timestamp", to_rfc3339(row.time)}};
  const auto put = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) body[name] = text;
  };
  put("title", row.title);
  put("referrer", row.referrer);
  put("event", row.event);
  // An address that is kept as a hash cannot be told to anyone again.
  if (Address::parse(row.ip)) put("ip", row.ip);
  put("user_agent", row.user_agent);
  put("session", row.session);
  put("visitor", row.visitor);
  if (!row.props.empty()) {
    auto props = parse_json(row.props);
    if (props && props->is_object()) body["props"] = std::move(*props);
  }
  return body;
}

}  // namespace footfall
