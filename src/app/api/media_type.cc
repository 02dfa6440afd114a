#include "app/api/media_type.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::array media_types = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"xhtml", "application/xhtml+xml"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"cjs", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"jsonld", "application/ld+json"},
    {"geojson", "application/geo+json"},
    {"webmanifest", "application/manifest+json"},
    {"wasm", "application/wasm"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"ics", "text/calendar; charset=utf-8"},
    {"vtt", "text/vtt; charset=utf-8"},
    {"vcf", "text/vcard; charset=utf-8"},
    {"xml", "application/xml"},
    {"xsl", "application/xml"},
    {"rss", "application/rss+xml"},
    {"atom", "application/atom+xml"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"toml", "application/toml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"apng", "image/apng"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"jxl", "image/jxl"},
    {"heic", "image/heic"},
    {"bmp", "image/bmp"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"woff", "font/woff"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"aac", "audio/aac"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"wav", "audio/wav"},
    {"flac", "audio/flac"},
    {"mp4", "video/mp4"},
    {"m4v", "video/mp4"},
    {"mov", "video/quicktime"},
    {"webm", "video/webm"},
    {"ogv", "video/ogg"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"ts", "video/mp2t"},
    {"pdf", "application/pdf"},
    {"epub", "application/epub+zip"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"tgz", "application/gzip"},
    {"tar", "application/x-tar"},
    {"7z", "application/x-7z-compressed"},
    {"xz", "application/x-xz"},
    {"zst", "application/zstd"},
    {"gltf", "model/gltf+json"},
    {"glb", "model/gltf-binary"},
});

// What bundlers put their names on. A document is not among them: people name those by a date.
constexpr std::array<std::string_view, 22> bundled{"js",  "mjs",  "css", "map", "wasm", "woff2", "woff", "ttf",
                                                   "otf", "svg",  "png", "jpg", "jpeg", "gif",   "webp", "avif",
                                                   "ico", "webm", "mp4", "mp3", "cjs",  "jxl"};

constexpr std::size_t hash_bytes_min = 8;
constexpr std::size_t hash_bytes_max = 64;

enum class Class { digit, lower, upper, other };
Class class_of(char c) {
  if (c >= '0' && c <= '9') return Class::digit;
  if (c >= 'a' && c <= 'z') return Class::lower;
  if (c >= 'A' && c <= 'Z') return Class::upper;
  return Class::other;
}

// Letters and digits as chance mixes them: a word, a date or a number has long runs of one kind.
bool looks_like_a_hash(std::string_view token) {
  if (token.size() < hash_bytes_min || token.size() > hash_bytes_max) return false;
  std::size_t digits = 0, hex_letters = 0, changes = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const Class kind = class_of(token[i]);
    if (kind == Class::other && token[i] != '_' && token[i] != '-') return false;
    digits += kind == Class::digit ? 1U : 0U;
    hex_letters += token[i] >= 'a' && token[i] <= 'f' ? 1U : 0U;
    changes += i > 0 && kind != class_of(token[i - 1]) ? 1U : 0U;
  }
  const bool is_hex = digits + hex_letters == token.size() && digits > 0 && hex_letters > 0;
  // "2024dec1" is a date.
  const bool begins_with_a_year = token.starts_with("19") || token.starts_with("20");
  if (is_hex) return !begins_with_a_year;
  return digits > 0 && changes >= 4;
}

}  // namespace

std::string_view media_type(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  // The one file without an ending whose type its reader insists on.
  if (name == "apple-app-site-association") return "application/json";
  const std::size_t dot = name.rfind('.');
  const std::string ending = dot == std::string_view::npos ? std::string() : to_lower(name.substr(dot + 1));
  for (const auto& [known, type] : media_types) {
    if (known == ending) return type;
  }
  return "application/octet-stream";
}

bool is_named_by_content(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  if (std::find(bundled.begin(), bundled.end(), name.substr(dot + 1)) == bundled.end()) return false;
  name = name.substr(0, dot);
  // app.8f3b1c2d.js.map, main.8f3b1c2d.chunk.css
  for (const std::string_view more : {".js", ".mjs", ".css", ".min", ".chunk", ".module", ".bundle"}) {
    if (name.ends_with(more)) name.remove_suffix(more.size());
  }
  const std::size_t mark = name.find_last_of(".-");
  if (mark == std::string_view::npos) return false;
  if (looks_like_a_hash(name.substr(mark + 1))) return true;
  // Eight letters of base64url may have a '-' among them.
  if (name.size() <= hash_bytes_min) return false;
  const char before = name[name.size() - hash_bytes_min - 1];
  return (before == '-' || before == '.') && looks_like_a_hash(name.substr(name.size() - hash_bytes_min));
}

}  // namespace footfall
