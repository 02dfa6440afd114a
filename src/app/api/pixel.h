// The smallest transparent GIF: one pixel, for pages that report by an image.
#pragma once

#include <string>

#include "ports/http.h"

namespace footfall {

// The image, never kept by anyone, for pages of any origin.
Response pixel_response(int status);

}  // namespace footfall
