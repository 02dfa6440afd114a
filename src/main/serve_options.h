// What `footfall serve` can be told: its flags, and what they come to.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http_server/settings.h"
#include "adapters/http_server/tls.h"
#include "base/result.h"
#include "domain/address.h"
#include "main/engine.h"
#include "main/site_config.h"

namespace footfall {

// As they were given.
struct ServeOptions {
  EngineSettings engine;
  std::string data = "footfall-data";
  std::string listen = "127.0.0.1:8080";
  std::string tls_certificate;
  std::string tls_key;
  std::string http_redirect;
  std::uint64_t hsts_seconds = 0;
  SiteFlags site;
  std::string config;
  std::string rate_limit = "20/s";
  std::size_t threads = 1;
  std::size_t memory_mib = 256;
  std::size_t segment_mib = 64;
  std::string disk_reserve;
};

// Adds them, with their environment twins and the configuration file, to the command.
void add_serve_options(CLI::App& command, ServeOptions& options);

struct ListenAddress {
  Address address;
  std::uint16_t port = 0;

  // As a URL has it, with a port that the system may have chosen.
  [[nodiscard]] std::string authority(std::uint16_t bound) const;
};

// What to do, all of it checked as far as that goes without opening the data folder.
struct ServePlan {
  EngineSettings engine;
  HttpServerSettings http;
  ListenAddress listen;
  std::optional<ListenAddress> http_redirect;
};

// Errors: invalid (wrong usage), and those of Tls::load.
Result<ServePlan> plan_of(const ServeOptions& options);

// The sites of the file and of the flags, as they are now. Error: invalid.
Result<std::vector<ConfiguredSite>> configured_sites(const ServeOptions& options);

}  // namespace footfall
