#include "adapters/local_files/local_site_files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "adapters/local_files/site_name.h"
#include "base/siphash.h"
#include "base/text.h"
#include "base/time.h"

namespace footfall {
namespace {

using std::chrono::nanoseconds;

// A file that changes while it is read is read again, so often.
constexpr int tries_max = 4;
// No file system's clock is coarser than this, so what is older cannot change and keep its times.
constexpr std::chrono::seconds settling_time{1};

Error cannot_read() { return {ErrorCode::failed, "a file of the site cannot be read"}; }

std::int64_t now_in_nanoseconds() { return nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

bool is_settled(const Stamp& stamp, std::int64_t now) {
  return std::max(stamp.modified, stamp.changed) + nanoseconds(settling_time).count() < now;
}

// Whether a compressed file is of the original as it is now. Some tools give it the original's time, cut to their own
// precision: the digits that are zero say where.
bool is_of_now(const Stamp& compressed, const Stamp& original) {
  std::int64_t precision = 1;
  for (const std::int64_t coarser : {1'000LL, 1'000'000LL, 1'000'000'000LL}) {
    if (compressed.modified % coarser == 0) precision = coarser;
  }
  return compressed.modified >= original.modified - original.modified % precision;
}

// Up to `bytes` bytes; fewer at the end of the file.
Result<std::string> read_at(const Descriptor& file, std::uint64_t at, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t read = 0;
  while (read < bytes) {
    const ssize_t got = ::pread(file.number(), text.data() + read, bytes - read, static_cast<off_t>(at + read));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read();
    if (got == 0) break;
    read += static_cast<std::size_t>(got);
  }
  text.resize(read);
  return text;
}

class LargeFile final : public OpenSiteFile {
 public:
  LargeFile(Descriptor file, const Stamp& stamp) : file_(std::move(file)), stamp_(stamp) {}

  Result<std::string> read(std::uint64_t at, std::size_t bytes) override {
    auto text = read_at(file_, at, bytes);
    // Old and new bytes must not be taken for one file. A changed status alone (a new name, an owner) is none.
    const auto now = stamp_of(file_);
    if (!text || text->empty() || !now || now->modified != stamp_.modified || now->bytes != stamp_.bytes) {
      return cannot_read();
    }
    return text;
  }

 private:
  const Descriptor file_;
  const Stamp stamp_;
};

std::string hex(std::uint64_t number) {
  std::array<std::byte, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes.at(i) = static_cast<std::byte>(number >> (56 - 8 * i));
  return to_hex(bytes);
}

// By the bytes where they have been read: the same after a deployment that changed nothing.
std::string etag_of(std::string_view text, std::string_view coding) {
  return "\"" + hex(siphash({}, text)) + std::string(coding) + "\"";
}

// Otherwise by all that the system tells: every write and every replacement makes another.
std::string etag_of(const Stamp& stamp, std::string_view coding) {
  const std::string all = std::to_string(stamp.device) + "." + std::to_string(stamp.inode) + "." +
                          std::to_string(stamp.bytes) + "." + std::to_string(stamp.modified) + "." +
                          std::to_string(stamp.changed);
  return etag_of(all, coding);
}

// Whether a compressed file may stand for its original.
bool is_of_use(const Stamp& compressed, const Stamp& original) {
  return compressed.bytes > 0 && compressed.bytes < original.bytes && is_of_now(compressed, original);
}

struct OpenFile {
  Descriptor file;
  Stamp stamp;
};
// Nothing: it has gone, or is no regular file any more.
Result<std::optional<OpenFile>> open_file(const SiteFolder& folder, const std::string& name) {
  auto opened = folder.open_file(name);
  if (!opened) return opened.error();
  const auto stamp = *opened ? stamp_of(**opened) : std::nullopt;
  if (!stamp) return std::optional<OpenFile>{};
  return std::optional(OpenFile{*std::move(*opened), *stamp});
}

// Nothing: it was written to while it was read.
Result<std::optional<SiteFile>> read_file(OpenFile opened, std::string_view coding, bool keep) {
  SiteFile file;
  file.bytes = opened.stamp.bytes;
  const std::int64_t now = now_in_nanoseconds();
  file.date_is_exact = is_settled(opened.stamp, now);
  // A date in the future would be believed until then (RFC 9110 §8.8.2.1).
  file.modified = std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<nanoseconds>(nanoseconds(std::min(opened.stamp.modified, now))));
  file.last_modified = to_http_date(file.modified);
  if (!keep) {
    file.etag = etag_of(opened.stamp, coding);
    file.open = std::make_shared<LargeFile>(std::move(opened.file), opened.stamp);
    return std::optional(std::move(file));
  }
  auto text = read_at(opened.file, 0, static_cast<std::size_t>(file.bytes));
  if (!text) return text.error();
  if (text->size() != file.bytes || stamp_of(opened.file) != opened.stamp) return std::optional<SiteFile>{};
  file.etag = etag_of(*text, coding);
  file.kept = std::make_shared<const std::string>(*std::move(text));
  return std::optional(std::move(file));
}

bool is_compressed(std::string_view name) { return name.ends_with(".br") || name.ends_with(".gz"); }

}  // namespace

Result<std::unique_ptr<LocalSiteFiles>> LocalSiteFiles::open(const std::filesystem::path& root, MediaType media_type,
                                                             const SiteFilesSettings& settings) {
  auto folder = SiteFolder::open(root);
  if (!folder) return folder.error();
  return std::unique_ptr<LocalSiteFiles>(new LocalSiteFiles(*std::move(folder), media_type, settings));
}

bool LocalSiteFiles::is_fresh(const KeptPlace& kept, Clock::time_point now) const {
  return now - kept.checked.load(std::memory_order_relaxed) < settings_.fresh_time;
}

// Names are kept decoded, and only for what is there: however a path is written, what is kept under a name is right for
// it, and strangers cannot fill the memory with names of their own.
bool LocalSiteFiles::at_hand(std::string_view path) {
  const auto name = site_name(path);
  if (!name) return false;
  const auto kept = cache_.find(*name);
  if (kept == nullptr) return false;
  const auto now = Clock::now();
  if (is_fresh(*kept, now)) return true;
  if (!kept->is_settled) return false;
  // What the kernel knows without asking the disk is asked here: a page that is in use never leaves this thread.
  folder_->follow_path();
  const auto seen = look(*name, Wait::no);
  if (!seen || *seen != kept->seen) return false;
  kept->checked.store(now, std::memory_order_relaxed);
  return true;
}

Result<std::shared_ptr<const SitePlace>> LocalSiteFiles::find(std::string_view path) {
  using Place = std::shared_ptr<const SitePlace>;
  const auto name = site_name(path);
  if (!name) return Place();
  auto kept = cache_.find(*name);
  const auto now = Clock::now();
  if (kept != nullptr && is_fresh(*kept, now)) return Place(kept, &kept->place);
  folder_->follow_path();
  for (int i = 0; i < tries_max; ++i) {
    const auto seen = look(*name, Wait::yes);
    if (!seen) return seen.error();
    if (seen->kind == PlaceSeen::Kind::nothing) {
      cache_.drop(*name);
      return Place();
    }
    if (kept != nullptr && kept->is_settled && kept->seen == *seen) {
      kept->checked.store(now, std::memory_order_relaxed);
      return Place(kept, &kept->place);
    }
    auto loaded = load(*seen);
    if (!loaded && loaded.error().code == ErrorCode::forbidden) return Place();
    if (!loaded) return loaded.error();
    if (*loaded == nullptr) continue;
    kept = *std::move(loaded);
    kept->checked.store(now, std::memory_order_relaxed);
    // An open file is not kept: descriptors are few, and what it holds would not be free when it is deleted.
    if (kept->place.plain.open == nullptr) {
      cache_.keep(*name, kept);
    } else {
      cache_.drop(*name);
    }
    return Place(kept, &kept->place);
  }
  return Error{ErrorCode::unavailable, "the file changes while it is read"};
}

Result<PlaceSeen> LocalSiteFiles::look(const std::string& name, Wait wait) const {
  if (name.empty() || name.ends_with('/')) {
    auto index = look_at_file(name + "index.html", wait);
    return !index || index->kind != PlaceSeen::Kind::folder ? index : PlaceSeen{};
  }
  auto exact = look_at_file(name, wait);
  if (!exact || exact->kind == PlaceSeen::Kind::file || exact->kind == PlaceSeen::Kind::unclear) return exact;
  auto page = look_at_file(name + ".html", wait);
  if (!page || page->kind == PlaceSeen::Kind::file || page->kind == PlaceSeen::Kind::unclear) return page;
  if (exact->kind != PlaceSeen::Kind::folder) return PlaceSeen{};
  // A folder that shows nothing is nothing.
  auto index = look_at_file(name + "/index.html", wait);
  if (!index || index->kind == PlaceSeen::Kind::unclear) return index;
  return index->kind == PlaceSeen::Kind::file ? exact : PlaceSeen{};
}

Result<PlaceSeen> LocalSiteFiles::look_at_file(std::string name, Wait wait) const {
  const auto plain = folder_->look(name, wait);
  if (!plain) return plain.error();
  PlaceSeen seen;
  switch (plain->kind) {
    case Sight::Kind::nothing:
      return seen;
    case Sight::Kind::folder:
      seen.kind = PlaceSeen::Kind::folder;
      return seen;
    case Sight::Kind::unclear:
      seen.kind = PlaceSeen::Kind::unclear;
      return seen;
    case Sight::Kind::file:
      break;
  }
  seen.kind = PlaceSeen::Kind::file;
  seen.plain = *plain;
  if (!is_compressed(name)) {
    for (auto& [ending, form] : {std::pair<const char*, Sight&>(".br", seen.brotli), {".gz", seen.gzip}}) {
      const auto found = folder_->look(name + ending, wait);
      if (!found) return found.error();
      if (found->kind == Sight::Kind::unclear) seen.kind = PlaceSeen::Kind::unclear;
      if (found->kind == Sight::Kind::file && is_of_use(found->stamp, plain->stamp)) form = *found;
    }
  }
  seen.name = std::move(name);
  return seen;
}

// Whatever stands under the names when they are opened is taken: a file that is replaced whole at this moment is right
// in either version.
Result<std::shared_ptr<KeptPlace>> LocalSiteFiles::load(PlaceSeen seen) const {
  const std::shared_ptr<KeptPlace> changed;
  auto kept = std::make_shared<KeptPlace>();
  SitePlace& place = kept->place;
  place.folder = seen.kind == PlaceSeen::Kind::folder;
  if (place.folder) {
    kept->seen = std::move(seen);
    return kept;
  }
  const std::string_view type = media_type_(seen.name);
  const std::int64_t now = now_in_nanoseconds();
  auto opened = open_file(*folder_, seen.name);
  if (!opened) return opened.error();
  if (!*opened) return changed;
  seen.plain.stamp = (**opened).stamp;
  // The compressed forms are smaller.
  const bool keep = seen.plain.stamp.bytes <= settings_.kept_file_bytes_max;
  auto plain = read_file(*std::move(*opened), "", keep);
  if (!plain) return plain.error();
  if (!*plain) return changed;
  place.plain = **std::move(plain);
  place.plain.type = type;
  kept->is_settled = is_settled(seen.plain.stamp, now);
  struct Form {
    Sight& sight;
    const char* ending;
    std::string_view coding;
    std::optional<SiteFile>& file;
  };
  for (const Form& form : {Form{seen.brotli, ".br", "-br", place.brotli}, {seen.gzip, ".gz", "-gz", place.gzip}}) {
    if (form.sight.kind != Sight::Kind::file) continue;
    auto found = open_file(*folder_, seen.name + form.ending);
    if (!found && found.error().code != ErrorCode::forbidden) return found.error();
    if (!found || !*found || !is_of_use((**found).stamp, seen.plain.stamp)) continue;
    form.sight.stamp = (**found).stamp;
    auto read = read_file(*std::move(*found), form.coding, keep);
    if (!read) return read.error();
    if (!*read) return changed;
    (form.file = **std::move(read))->type = type;
    kept->is_settled = kept->is_settled && is_settled(form.sight.stamp, now);
  }
  kept->seen = std::move(seen);
  return kept;
}

}  // namespace footfall
