#include "app/api/guarded.h"

#include "app/api/parameters.h"

namespace footfall {
namespace {

std::optional<DropReason> judged(const VisitServices& services, const Call& call, const Site& site, std::string token) {
  if (token.empty()) {
    // What is no text is no token either.
    const auto parameter = Parameters(call.request.query).text("k");
    if (parameter) token = parameter->value_or("");
  }
  return guard(services, call, site, token).drop;
}

}  // namespace

std::optional<DropReason> counting_dropped(const VisitServices& services, const Call& call, std::string_view site,
                                           std::string token) {
  const auto registered = services.registry.site(site);
  if (!registered) return std::nullopt;
  const auto reason = judged(services, call, *registered, std::move(token));
  if (reason) services.recorder.count_dropped(*reason);
  return reason;
}

std::optional<DropReason> hit_dropped(const VisitServices& services, const Call& call, const Hit& hit) {
  const auto registered = services.registry.site(hit.site);
  if (!registered) return std::nullopt;
  const auto reason = judged(services, call, *registered, {});
  if (reason) static_cast<void>(drop(services, *registered, hit, *reason));
  return reason;
}

}  // namespace footfall
