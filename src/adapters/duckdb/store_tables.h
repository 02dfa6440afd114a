// How a batch becomes rows: the texts of its hits become numbers, and every table gets what belongs there.
//
// It does not know of transactions: the caller begins one, calls `write`, and then either commits and `keep`s or rolls
// back and `roll_back`s. One thread, but for `has_import`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/duckdb/dictionary.h"
#include "adapters/duckdb/sql.h"
#include "base/guarded.h"
#include "base/siphash.h"
#include "ports/visit_store.h"

namespace footfall::duckdb {

class StoreTables {
 public:
  StoreTables(const SipKey& key, std::size_t dictionary_bytes);

  // Forgets all and reads what the tables hold: the newest texts, and all imports.
  Result<Done> load(Connection& connection);

  Result<Done> write(Connection& connection, const StoreBatch& batch);
  void keep();
  void roll_back();

  // Any thread.
  [[nodiscard]] bool has_import(std::string_view site, std::string_view block) const;

 private:
  struct Writers;
  struct Lexicon {
    const char* table;
    const char* key_columns;  // what its key is put together from
    Dictionary dictionary;
  };
  enum Which : std::size_t {
    sites,
    paths,
    queries,
    titles,
    events,
    properties,
    referrers,
    campaigns,
    user_agents,
    addresses,
    counters
  };
  using Import = std::array<std::uint64_t, 3>;  // the site, hashed, and the block

  Dictionary& dictionary(Which which) { return lexicons_[which].dictionary; }
  // What tells one referrer, campaign or counter from another; a view into `joined_` unless one text is enough.
  std::string_view referrer_key(std::string_view referrer, std::string_view source, std::string_view medium);
  std::string_view campaign_key(const std::array<std::string_view, 5>& texts);
  std::string_view address_key(const StoredAddress& address, std::string_view region, std::string_view city);
  std::string_view counter_key(std::uint16_t site, std::string_view key);

  std::uint16_t site_number(Writers& writers, std::string_view site);
  std::uint32_t counter_number(Writers& writers, std::string_view site, std::string_view key);
  void write_counters(Writers& writers, const StoreBatch& batch);
  template <typename Number, typename KeyOf, typename Add>
  void fill(Which which, std::span<const EnrichedHit> hits, std::span<Number> numbers, KeyOf&& key_of, Add&& add);
  template <typename Number>
  void fill_texts(Writers& writers, Which which, std::span<const EnrichedHit> hits, std::span<Number> numbers,
                  std::string_view Hit::*text);
  // The texts that mean something: their rows tell it.
  void fill_user_agents(Writers& writers, std::span<const EnrichedHit> hits, std::span<std::uint32_t> numbers);
  void fill_addresses(Writers& writers, std::span<const EnrichedHit> hits, std::span<std::uint32_t> numbers);
  void fill_referrers(Writers& writers, std::span<const EnrichedHit> hits, std::span<std::uint32_t> numbers);
  // The numbers of the rows from `first` on.
  void fill_numbers(Writers& writers, Appender& appender, std::size_t first, std::span<const EnrichedHit> hits);
  Result<Done> write_completions(Connection& connection, Writers& writers,
                                 std::span<const StoredCompletion> completions);
  Result<Done> write_visits(Connection& connection, Writers& writers, std::span<const EnrichedHit> hits);
  void write_dropped(Writers& writers, const DroppedHit& dropped);

  [[nodiscard]] Import import_of(std::string_view site, const Wide& block) const;

  SipKey hash_key_;
  std::vector<Lexicon> lexicons_;  // by Which
  std::string joined_;
  Guarded<std::set<Import>> imports_;
  std::vector<Import> new_imports_;
};

}  // namespace footfall::duckdb
