// Which form of a file a client would rather have: plain, gzip or brotli (RFC 9110 §12.5.3).
#pragma once

#include "ports/http.h"

namespace footfall {

enum class Coding { plain, gzip, brotli };

// The one with the greatest weight in Accept-Encoding among those there are; of equals the smaller one to send: brotli,
// then gzip. Plain is always there, and is given too when the client refuses everything.
Coding choose_coding(const Request& request, bool has_gzip, bool has_brotli);

}  // namespace footfall
