#include "app/api/pixel.h"

#include <array>

#include "app/api/hit_form.h"
#include "app/api/problem.h"

namespace footfall {
namespace {

// GIF89a.
constexpr std::array<unsigned char, 43> pixel{0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80,
                                              0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x21, 0xF9, 0x04,
                                              0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01,
                                              0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3B};

}  // namespace

Response pixel_response(int status) {
  Response response =
      text_response(status, std::string(reinterpret_cast<const char*>(pixel.data()), pixel.size()), "image/gif");
  response.headers.push_back({"cache-control", "no-store"});
  response.headers.push_back({"cross-origin-resource-policy", "cross-origin"});
  allow_any_origin(response);
  return response;
}

}  // namespace footfall
