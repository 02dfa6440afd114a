// Footfall on one machine, put together: a data folder with its journal and store, and everything that works on them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/api/router.h"
#include "app/api/services.h"
#include "base/result.h"
#include "domain/address.h"
#include "domain/limits.h"
#include "main/system_clock.h"
#include "ports/clock.h"
#include "ports/http.h"

namespace footfall {

struct EngineSettings {
  std::filesystem::path data = "footfall-data";
  std::string geoip;  // an mmdb file; empty: the one beside the program, if it is there
  std::uint64_t memory_bytes = 256ULL << 20U;
  std::uint64_t segment_bytes = 0;                  // 0: the journal's default
  std::optional<std::uint64_t> disk_reserve_bytes;  // none: the journal's default
  std::string prefix;                               // before every route of ours
  std::string webhook;                              // told of wins and claims; empty: nobody is
  std::string webhook_secret;                       // signs what it is told
  std::string admin_token;                          // empty: the one kept in the data folder, made at first start
  // Whether the pages of a site are served; none: every registered site's are. Any thread.
  std::function<bool(std::string_view site)> serves = nullptr;
  std::optional<unsigned> rate_per_second;       // of recording, for one address; none: no limit
  std::vector<std::string> trusted_proxies;      // app/edge/client_address.h
  unsigned dropped_days = dropped_days_default;  // how long dropped hits are kept
  bool lets_go = true;                           // what was kept for long enough goes by itself
};

class Engine {
 public:
  // Opens everything and lets the processor run. `pages` answers what is no route of ours, outlives the engine, and may
  // be null. `log` takes one line at a time, from any thread.
  //   errors  in_use  another process holds the data folder
  using Log = std::function<void(std::string_view)>;
  static Result<std::unique_ptr<Engine>> open(const EngineSettings& settings, HttpHandler* pages, Log log);
  // Without `close`, as after a crash: nothing acknowledged is lost.
  ~Engine();

  // Commits what is durable and moves it into the store. Error: what kept it from that; the journal has the rest.
  Result<Done> close();

  // The API and, behind it, the sites.
  [[nodiscard]] HttpHandler& handler();
  // True for the listed proxies in front: one connection after another may be of another client.
  [[nodiscard]] bool is_trusted_proxy(const Address& peer) const;
  [[nodiscard]] const Services& services() const;
  [[nodiscard]] const std::string& admin_token() const;
  [[nodiscard]] const std::filesystem::path& data() const;
  // Adds to /metrics what only the caller knows.
  void on_metrics(std::function<std::string()> more);
  // From now on /readyz answers 503: the server is stopping.
  void stop_being_ready();
  // Called about once a second: settings that another process changed.
  void tick();

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace footfall
