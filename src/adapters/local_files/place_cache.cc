#include "adapters/local_files/place_cache.h"

namespace footfall {
namespace {

// An entry without its texts: nodes of the list and the map, the place, its strings.
constexpr std::size_t entry_bytes = 1'024;

std::size_t bytes_of(const SiteFile& file) { return file.kept == nullptr ? 0 : file.kept->size(); }

std::size_t bytes_of(const std::string& name, const SitePlace& place) {
  std::size_t bytes = entry_bytes + 2 * name.size() + bytes_of(place.plain);
  if (place.brotli) bytes += bytes_of(*place.brotli);
  if (place.gzip) bytes += bytes_of(*place.gzip);
  return bytes;
}

}  // namespace

std::shared_ptr<KeptPlace> PlaceCache::find(std::string_view name) {
  return state_.with([&](State& state) -> std::shared_ptr<KeptPlace> {
    const auto found = state.by_name.find(name);
    if (found == state.by_name.end()) return nullptr;
    state.entries.splice(state.entries.begin(), state.entries, found->second);
    return found->second->place;
  });
}

void PlaceCache::keep(const std::string& name, std::shared_ptr<KeptPlace> place) {
  const std::size_t bytes = bytes_of(name, place->place);
  state_.with([&](State& state) {
    if (const auto old = state.by_name.find(name); old != state.by_name.end()) state.drop(old->second);
    if (bytes > bytes_max_) return;
    state.entries.push_front({name, std::move(place), bytes});
    state.by_name.emplace(state.entries.front().name, state.entries.begin());
    state.bytes += bytes;
    while (state.bytes > bytes_max_) state.drop(std::prev(state.entries.end()));
  });
}

void PlaceCache::drop(std::string_view name) {
  state_.with([&](State& state) {
    if (const auto found = state.by_name.find(name); found != state.by_name.end()) state.drop(found->second);
  });
}

std::size_t PlaceCache::bytes() const {
  return state_.with([](const State& state) { return state.bytes; });
}

void PlaceCache::State::drop(Entries::iterator entry) {
  bytes -= entry->bytes;
  by_name.erase(entry->name);
  entries.erase(entry);
}

}  // namespace footfall
