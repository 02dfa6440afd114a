// What a file is, by its name: its media type, and whether the name says which bytes are in it.
#pragma once

#include <string_view>

namespace footfall {

// By the name's ending, with the charset for text; "application/octet-stream" when it is not known.
std::string_view media_type(std::string_view name);

// True for a file that a bundler has named by its content ("index-D4fk29Xa.js", "main.8f3b1c2d.css"): whatever has this
// name today has the same bytes for ever. In doubt false: it costs a question now and then, while a wrong "for ever"
// cannot be taken back.
bool is_named_by_content(std::string_view path);

}  // namespace footfall
