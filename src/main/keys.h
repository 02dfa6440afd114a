// Secrets that are made once and kept: where the data is, in a folder or in a table.
#pragma once

#include <string>

#include "base/result.h"
#include "base/siphash.h"
#include "ports/crypto.h"
#include "ports/kept_file.h"

namespace footfall {

// What makes ids, cursors and import marks those of one place.
struct Keys {
  SipKey ids;
  SipKey cursors;
  SipKey imports;
};

SipKey random_key(const Crypto& crypto);

// Errors: those of the file; corrupt.
Result<Keys> read_keys(KeptFile& file, const Crypto& crypto);

// The token that opens everything: given, or kept since the first start. Errors: those of the file.
Result<std::string> read_admin_token(KeptFile& file, const std::string& given, const Crypto& crypto);

}  // namespace footfall
