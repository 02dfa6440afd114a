// HttpExchange to one server, by the HTTP client.
#pragma once

#include <memory>
#include <string_view>

#include "ports/http_exchange.h"

namespace footfall {

// Error: invalid (neither http://HOST[:PORT] nor https://HOST[:PORT]).
Result<std::unique_ptr<HttpExchange>> exchange_with(std::string_view url);

}  // namespace footfall
