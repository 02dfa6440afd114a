#include "testing/faulty_disk.h"

#include <algorithm>

#include "base/check.h"

namespace footfall {
namespace {

constexpr std::uint64_t page_bytes = 4'096;
constexpr std::uint64_t sector_bytes = 512;

Error gone() { return {ErrorCode::failed, "the process is gone"}; }
Error input_output_error() { return {ErrorCode::failed, "input/output error"}; }

}  // namespace

class FaultyFile final : public DiskFile {
 public:
  FaultyFile(FaultyDisk& disk, std::shared_ptr<FaultyDisk::Inode> inode)
      : disk_(disk), inode_(std::move(inode)), process_(disk.process_) {}

  Result<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    if (process_ != disk_.process_) return gone();
    if (offset >= inode_->seen.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(bytes, inode_->seen.size() - offset);
    inode_->seen.copy(into, count, offset);
    return count;
  }
  Result<Done> write(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    if (process_ != disk_.process_) return gone();
    return disk_.write(*inode_, offset, bytes);
  }
  Result<Done> sync() override {
    std::unique_lock lock(disk_.mutex_);
    disk_.syncs_go_.wait(lock, [&] { return !disk_.held_; });
    if (process_ != disk_.process_) return gone();
    return disk_.sync(*inode_);
  }
  Result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_.mutex_);
    if (process_ != disk_.process_) return gone();
    return std::uint64_t{inode_->seen.size()};
  }

 private:
  FaultyDisk& disk_;
  const std::shared_ptr<FaultyDisk::Inode> inode_;
  const std::uint64_t process_;
};

// --- The Disk ---

Result<std::vector<std::string>> FaultyDisk::list() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, inode] : seen_) names.push_back(name);
  return names;
}

Result<std::unique_ptr<DiskFile>> FaultyDisk::open(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(name);
  if (found == seen_.end()) return Error{ErrorCode::not_found, "there is no " + name};
  return std::unique_ptr<DiskFile>(std::make_unique<FaultyFile>(*this, found->second));
}

Result<std::unique_ptr<DiskFile>> FaultyDisk::create(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (seen_.count(name) != 0) return Error{ErrorCode::exists, "there is a " + name};
  if (const auto changed = change(); !changed) return changed.error();
  const auto inode = std::make_shared<Inode>();
  unsynced_names_.push_back({NameChange::What::create, name, {}, inode});
  apply(seen_, unsynced_names_.back());
  return std::unique_ptr<DiskFile>(std::make_unique<FaultyFile>(*this, inode));
}

Result<Done> FaultyDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (seen_.count(from) == 0) return Error{ErrorCode::not_found, "there is no " + from};
  if (auto changed = change(); !changed) return changed;
  unsynced_names_.push_back({NameChange::What::rename, from, to, nullptr});
  apply(seen_, unsynced_names_.back());
  return Done{};
}

Result<Done> FaultyDisk::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (seen_.count(name) == 0) return Error{ErrorCode::not_found, "there is no " + name};
  if (auto changed = change(); !changed) return changed;
  unsynced_names_.push_back({NameChange::What::remove, name, {}, nullptr});
  apply(seen_, unsynced_names_.back());
  return Done{};
}

Result<Done> FaultyDisk::sync_folder() {
  const std::lock_guard lock(mutex_);
  if (auto changed = change(); !changed) return changed;
  if (broken_) return input_output_error();
  for (const NameChange& name_change : unsynced_names_) apply(kept_, name_change);
  unsynced_names_.clear();
  return Done{};
}

Result<Disk::Space> FaultyDisk::space() {
  const std::lock_guard lock(mutex_);
  return Space{.free = capacity_ - std::min(capacity_, used()), .total = capacity_};
}

// --- How it works ---

void FaultyDisk::apply(Names& names, const NameChange& change) {
  switch (change.what) {
    case NameChange::What::create:
      names[change.name] = change.inode;
      return;
    case NameChange::What::remove:
      names.erase(change.name);
      return;
    case NameChange::What::rename:
      // After a power cut, the file may never have got the name it is renamed from.
      if (const auto found = names.find(change.name); found != names.end()) {
        const auto inode = found->second;
        names.erase(found);
        names[change.to] = inode;
      }
      return;
  }
}

std::uint64_t FaultyDisk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, inode] : seen_) bytes += inode->seen.size();
  return bytes;
}

Result<Done> FaultyDisk::change() {
  if (crash_at_ != 0 && changes_ >= crash_at_) return gone();
  ++changes_;
  if (crash_at_ != 0 && changes_ >= crash_at_) return gone();
  return Done{};
}

Result<Done> FaultyDisk::write(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  const bool was_gone = crash_at_ != 0 && changes_ >= crash_at_;
  auto result = change();
  if (was_gone) return result;
  if (result && broken_) result = input_output_error();
  if (result && writes_to_failure_ != 0 && --writes_to_failure_ == 0) result = input_output_error();
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t growth = end > inode.seen.size() ? end - inode.seen.size() : 0;
  if (result && growth > 0 && used() + growth > capacity_)
    result = Error{ErrorCode::unavailable, "no space left on the disk"};

  std::size_t count = bytes.size();
  if (!result) {
    // What fails has often happened in part. A file never grows beyond the disk.
    count = static_cast<std::size_t>(random_() % (bytes.size() + 1));
    if (growth > 0) count = 0;
  }
  if (count == 0) return result;
  if (offset + count > inode.seen.size()) inode.seen.resize(offset + count);
  inode.seen.replace(offset, count, bytes.substr(0, count));
  for (std::uint64_t page = offset / page_bytes; page * page_bytes < offset + count; ++page) {
    inode.unsynced_pages.insert(page);
  }
  return result;
}

void FaultyDisk::keep(Inode& inode, std::uint64_t page) {
  const std::uint64_t begin = page * page_bytes;
  const std::uint64_t end = std::min<std::uint64_t>(begin + page_bytes, inode.seen.size());
  if (begin >= end) return;
  if (inode.kept.size() < end) inode.kept.resize(end);
  inode.kept.replace(begin, end - begin, inode.seen, begin, end - begin);
}

Result<Done> FaultyDisk::sync(Inode& inode) {
  if (auto changed = change(); !changed) return changed;
  if (inode.sync_failed) ++syncs_after_failure_;
  if (broken_ || (syncs_to_failure_ != 0 && --syncs_to_failure_ == 0)) {
    inode.unsynced_pages.clear();
    inode.sync_failed = true;
    return input_output_error();
  }
  for (const std::uint64_t page : inode.unsynced_pages) keep(inode, page);
  inode.unsynced_pages.clear();
  return Done{};
}

// --- Faults and ends ---

void FaultyDisk::crash_at_change(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  crash_at_ = n == 0 ? 0 : changes_ + n;
}

void FaultyDisk::fail_write_at(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  writes_to_failure_ = n;
}

void FaultyDisk::fail_sync_at(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  syncs_to_failure_ = n;
}

void FaultyDisk::break_down() {
  const std::lock_guard lock(mutex_);
  broken_ = true;
}

void FaultyDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void FaultyDisk::hold_syncs() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void FaultyDisk::let_syncs_go() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  syncs_go_.notify_all();
}

void FaultyDisk::end_process() {
  ++process_;
  for (const auto& [name, inode] : seen_) inode->sync_failed = false;
  crash_at_ = writes_to_failure_ = syncs_to_failure_ = 0;
  broken_ = false;
}

void FaultyDisk::kill() {
  const std::lock_guard lock(mutex_);
  end_process();
}

void FaultyDisk::power_cut() {
  const std::lock_guard lock(mutex_);
  end_process();
  // Most file systems keep the order of names, not all: so it is sometimes a beginning of them, sometimes any part.
  const bool in_order = flip_coin();
  for (const NameChange& change : unsynced_names_) {
    if (flip_coin()) {
      apply(kept_, change);
    } else if (in_order) {
      break;
    }
  }
  unsynced_names_.clear();

  std::set<std::shared_ptr<Inode>> inodes;
  for (const auto& [name, inode] : seen_) inodes.insert(inode);
  for (const auto& [name, inode] : kept_) inodes.insert(inode);
  // In the order of their names, as the order of pointers is not the seed's.
  for (const Names* names : {&seen_, &kept_}) {
    for (const auto& [name, inode] : *names) {
      if (inodes.erase(inode) == 0) continue;
      for (const std::uint64_t page : inode->unsynced_pages) {
        if (!flip_coin()) continue;
        if (flip_coin()) {
          keep(*inode, page);
          continue;
        }
        const std::uint64_t page_end = std::min<std::uint64_t>((page + 1) * page_bytes, inode->seen.size());
        for (std::uint64_t sector = page * page_bytes; sector < page_end; sector += sector_bytes) {
          if (!flip_coin()) continue;
          const std::uint64_t end = std::min<std::uint64_t>(sector + sector_bytes, page_end);
          if (inode->kept.size() < end) inode->kept.resize(end);
          inode->kept.replace(sector, end - sector, inode->seen, sector, end - sector);
        }
      }
      inode->unsynced_pages.clear();
      inode->seen = inode->kept;
    }
  }
  seen_ = kept_;
}

void FaultyDisk::flip_bit(const std::string& name, std::uint64_t offset, unsigned bit) {
  const std::lock_guard lock(mutex_);
  Inode& inode = *seen_.at(name);
  const auto mask = static_cast<char>(1U << bit);
  inode.seen.at(offset) = static_cast<char>(inode.seen.at(offset) ^ mask);
  if (offset < inode.kept.size()) inode.kept[offset] = static_cast<char>(inode.kept[offset] ^ mask);
}

void FaultyDisk::set_contents(const std::string& name, std::string bytes) {
  const std::lock_guard lock(mutex_);
  auto& inode = seen_[name];
  if (!inode) inode = std::make_shared<Inode>();
  inode->unsynced_pages.clear();
  inode->seen = bytes;
  inode->kept = std::move(bytes);
  kept_[name] = inode;
}

std::string FaultyDisk::contents(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(name);
  FOOTFALL_ASSERT(found != seen_.end());
  return found->second->seen;
}

bool FaultyDisk::exists(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return seen_.count(name) != 0;
}

std::uint64_t FaultyDisk::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::uint64_t FaultyDisk::syncs_after_failure() const {
  const std::lock_guard lock(mutex_);
  return syncs_after_failure_;
}

}  // namespace footfall
