// HttpPost to one URL, by the HTTP client.
#pragma once

#include <memory>
#include <string_view>

#include "ports/http_post.h"

namespace footfall {

// Error: invalid (no URL that the HTTP client speaks).
Result<std::unique_ptr<HttpPost>> post_to(std::string_view url);

}  // namespace footfall
