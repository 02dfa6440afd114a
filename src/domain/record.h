// What the journal carries, and how it lies there: docs/journal_format.md.
//
// A record is one byte of type, one byte of version, then fields; a reader skips what a later version appended.
// Pure. Decoded texts are views into the bytes given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/drop_reason.h"
#include "domain/hit.h"
#include "domain/kept_address.h"

namespace footfall {

// More about a page view that was recorded before: time on the page, how far it was read.
// It belongs to the newest page view of `path` in the visitor's session; without one it is dropped and counted.
struct Engagement {
  Instant time;
  std::string_view site;
  std::string_view path;
  Address ip;
  std::string_view user_agent;
  std::string_view session;
  std::string_view visitor;
  std::uint32_t engaged_ms = 0;
  std::uint8_t scroll_depth = 255;  // percent; 255: not measured
  std::string_view beacon;          // as of a hit
};

// A named counter grew.
struct Increment {
  Instant time;
  std::string_view site;
  std::string_view key;
  std::uint64_t by = 1;
  std::uint64_t value = 0;           // what was answered
  std::string_view idempotency_key;  // as sent; empty: none
  std::uint64_t who = 0;             // whoever may count once, hashed; 0: anyone, any number of times
  std::uint32_t won_by = 0;          // the rule by which the number wins (domain/counter_rules.h); 0: none
  std::string_view session{};        // hashed, session_hash_bytes; empty: not known
};

// The settings of a counter from here on.
struct CounterChange {
  Instant time;
  std::string_view site;
  std::string_view key;
  std::string_view settings;  // as app/counter_settings.h writes them
};

// The surprise of a winning number was handed out.
struct Claim {
  Instant time;
  std::string_view site;
  std::string_view key;
  std::uint64_t number = 0;
  bool from_pool = false;            // it was the next of the owner's; else the text for when there is none left
  std::string_view prize;            // a JSON object
  std::string_view idempotency_key;  // as sent; empty: none
};

// The block of log lines before this record, in the same append, has been imported (app/importer.h).
struct ImportMark {
  std::string_view site;
  std::string_view block;  // the 16 bytes that identify it
  std::uint64_t lines = 0;
};

// The page's script told more about a view that the edge recorded before. It counts nothing.
struct Completion {
  Instant time;
  std::string_view site;
  Position hit = 0;        // the edge's hit, always before this record
  std::string_view title;  // empty: none
  std::string_view props;  // as in Hit; empty: none
};

// A hit that policy did not count. It is kept apart for a while, for the owner to look at and perhaps re-admit.
struct Dropped {
  Hit hit;
  DropReason reason = DropReason::foreign_origin;
  std::uint32_t rules = 0;  // by which it was judged: rules_version (app/edge/guard.h)
};

// The owner re-admitted a dropped hit: from here on it counts, at the time at which it came.
struct Readmitted {
  Position dropped = 0;  // the record that it was dropped with
  Hit hit;
  StoredAddress hashed{};  // where the quarantine kept a hash; `hit` has no address then
};

// The hits before this record that match are to be gone for good; what they had counted stays. All that is set must
// hold.
struct Erasure {
  Instant time;  // when it was asked for
  std::string_view site;
  std::vector<StoredAddress> addresses;  // one of them; empty: whatever the address
  std::optional<std::string_view> path;
  std::optional<std::string_view> event;
  std::optional<Instant> from;  // inclusive
  std::optional<Instant> to;    // exclusive
  // One of them, ascending. Sessions and visitors are told by the positions of their hits: their numbers are the
  // store's, and one that was rebuilt from the journal gives others.
  std::optional<std::vector<Position>> positions;
  // Of the hits in the quarantine, which have no numbers: the ids that came with them, told beside positions.
  std::optional<std::string_view> session;
  std::optional<std::string_view> visitor;
  bool more = false;  // the next record says more of what this one asks for: a hit goes that any of them means
};

// The journal was parted here: all before it is dropped as soon as it rests in the store.
struct Parting {
  Instant time;
};

// What was recorded lately under an id or key of the caller's choosing, said again behind a parting, so that sending it
// once more still counts once (app/retry_window.h).
struct Remembered {
  std::string_view id;  // 16 bytes, hashed: what is dropped may not be told by it
  Position position = 0;
  Instant time;
  std::uint64_t value = 0;
  Instant recorded;
};

using Record = std::variant<Hit, Engagement, Increment, ImportMark, Completion, CounterChange, Claim, Dropped,
                            Readmitted, Erasure, Parting, Remembered>;

void encode(const Hit& hit, std::string& out);
void encode(const Engagement& engagement, std::string& out);
void encode(const Increment& increment, std::string& out);
void encode(const ImportMark& mark, std::string& out);
void encode(const CounterChange& change, std::string& out);
void encode(const Claim& claim, std::string& out);
void encode(const Completion& completion, std::string& out);
void encode(const Dropped& dropped, std::string& out);
void encode(const Readmitted& readmitted, std::string& out);
void encode(const Erasure& erasure, std::string& out);
void encode(const Parting& parting, std::string& out);
void encode(const Remembered& remembered, std::string& out);

// Error: corrupt (not a record), unsupported (a type this version does not know).
Result<Record> decode(std::string_view bytes);

}  // namespace footfall
