// A disk in memory that fails as disks do, when a test says so; without faults it is simply a disk in memory.
//
// It keeps two states of everything: what a running process sees (the page cache) and what would be there after a power
// cut. Writes reach the second with sync(), names with sync_folder(); a power cut keeps a random part of what was not
// synced, in any order and torn at sectors. Chance comes from the seed alone, so a run on one thread repeats exactly.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ports/disk.h"

namespace footfall {

class FaultyDisk final : public Disk {
 public:
  explicit FaultyDisk(std::uint64_t seed = 0) : random_(seed) {}

  Result<std::vector<std::string>> list() override;
  Result<std::unique_ptr<DiskFile>> open(const std::string& name) override;
  Result<std::unique_ptr<DiskFile>> create(const std::string& name) override;
  Result<Done> rename(const std::string& from, const std::string& to) override;
  Result<Done> remove(const std::string& name) override;
  Result<Done> sync_folder() override;
  Result<Space> space() override;

  // --- Faults to come. Counted from now, 1 is the next; 0 switches the fault off. ---

  // At the n-th change of any sort (write, sync, new name, …) the process is gone: that change may happen in part, and
  // nothing works any more until kill() or power_cut().
  void crash_at_change(std::uint64_t n);
  // The n-th write fails, after writing a part.
  void fail_write_at(std::uint64_t n);
  // The n-th sync of a file fails, as Linux does it: what was to be synced is still read back, is not on disk, and the
  // next sync of the file succeeds without it.
  void fail_sync_at(std::uint64_t n);
  // Every write and sync fails from now on.
  void break_down();
  // How much all files together may hold.
  void set_capacity(std::uint64_t bytes);
  // Syncs of files wait from now on, until they are let go.
  void hold_syncs();
  void let_syncs_go();

  // --- The end of a process. Files it had open answer `failed` from now on; faults to come are forgotten. ---

  void kill();       // everything written stays
  void power_cut();  // what was synced stays, and a random part of the rest

  // --- Damage at rest, and a look at it ---

  void flip_bit(const std::string& name, std::uint64_t offset, unsigned bit);
  void set_contents(const std::string& name, std::string bytes);      // makes the file if there is none
  [[nodiscard]] std::string contents(const std::string& name) const;  // as a process sees it; must exist
  [[nodiscard]] bool exists(const std::string& name) const;
  [[nodiscard]] std::uint64_t changes() const;  // so far
  // How often a file was synced again whose sync had failed: what nobody should ever do.
  [[nodiscard]] std::uint64_t syncs_after_failure() const;

 private:
  friend class FaultyFile;
  struct Inode {
    std::string seen;
    std::string kept;
    std::set<std::uint64_t> unsynced_pages;
    bool sync_failed = false;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;  // shared: open files live on without a name
  struct NameChange {
    enum class What { create, rename, remove } what;
    std::string name;
    std::string to;
    std::shared_ptr<Inode> inode;
  };

  // All below are called with the lock held.
  Result<Done> change();  // counts one, and fails when the process is gone
  Result<Done> write(Inode& inode, std::uint64_t offset, std::string_view bytes);
  Result<Done> sync(Inode& inode);
  bool flip_coin() { return (random_() & 1U) != 0; }
  static void keep(Inode& inode, std::uint64_t page);
  static void apply(Names& names, const NameChange& change);
  void end_process();
  [[nodiscard]] std::uint64_t used() const;

  mutable std::mutex mutex_;
  std::condition_variable syncs_go_;
  std::mt19937_64 random_;
  Names seen_;
  Names kept_;
  std::vector<NameChange> unsynced_names_;
  std::uint64_t capacity_ = 1ULL << 40U;
  std::uint64_t process_ = 0;  // which one runs now
  std::uint64_t changes_ = 0;
  std::uint64_t syncs_after_failure_ = 0;
  std::uint64_t crash_at_ = 0;
  std::uint64_t writes_to_failure_ = 0;
  std::uint64_t syncs_to_failure_ = 0;
  bool broken_ = false;
  bool held_ = false;
};

}  // namespace footfall
