#include "domain/record.h"

#include "base/bytes.h"
#include "domain/limits.h"

namespace footfall {
namespace {

enum class Type : std::uint8_t {
  hit = 1,
  engagement = 2,
  increment = 3,
  import_mark = 4,
  completion = 5,
  dropped = 6,
  readmitted = 7,
  erasure = 8,
  counter_change = 9,
  claim = 10,
  parting = 11,
  remembered = 12
};
constexpr std::uint8_t version = 1;
// In the flags of a hit: most have no beacon, and need no byte for it.
constexpr unsigned has_beacon = 0x80;

void begin(ByteWriter& writer, Type type) {
  writer.byte(static_cast<std::uint8_t>(type));
  writer.byte(version);
}

// IPv4 in 4 bytes, IPv6 in 16, none in 0: the length tells which.
void write_address(ByteWriter& writer, const Address& address) {
  const auto* bytes = reinterpret_cast<const char*>(address.bytes().data());
  if (address.is_none()) {
    writer.text({});
  } else if (address.is_v4()) {
    writer.text({bytes + 12, 4});
  } else {
    writer.text({bytes, 16});
  }
}

bool read_address(ByteReader& reader, Address& address) {
  const std::string_view text = reader.text();
  std::array<std::uint8_t, 16> bytes{};
  if (text.empty()) {
    address = Address();
    return true;
  }
  if (text.size() == 4) {
    std::uint32_t number = 0;
    for (const char c : text) number = (number << 8U) | static_cast<std::uint8_t>(c);
    address = Address::v4(number);
    return true;
  }
  if (text.size() != 16) return false;
  std::copy(text.begin(), text.end(), bytes.begin());
  address = Address(bytes);
  return true;
}

Error corrupt(const char* what) { return {ErrorCode::corrupt, what}; }

// The fields of a hit, at the end of a record.
void write_hit(ByteWriter& writer, const Hit& hit) {
  writer.signed_varint(milliseconds_of(hit.time));
  writer.byte(static_cast<std::uint8_t>(hit.kind));
  writer.byte(static_cast<std::uint8_t>(hit.source));
  writer.byte(static_cast<std::uint8_t>((hit.interactive ? 1U : 0U) | (static_cast<unsigned>(hit.mark) << 1U) |
                                        (hit.beacon.empty() ? 0U : has_beacon)));
  writer.text(hit.site);
  writer.text(hit.path);
  writer.text(hit.query);
  writer.text(hit.title);
  writer.text(hit.referrer);
  writer.text(hit.event);
  write_address(writer, hit.ip);
  writer.text(hit.user_agent);
  writer.text(hit.session);
  writer.text(hit.visitor);
  writer.text(hit.props);
  writer.text(hit.id);
  if (!hit.beacon.empty()) writer.text(hit.beacon);
}

bool read_hit(ByteReader& reader, Hit& hit) {
  hit.time = instant_of(reader.signed_varint());
  const std::uint8_t kind = reader.byte();
  const std::uint8_t source = reader.byte();
  const std::uint8_t flags = reader.byte();
  hit.site = reader.text();
  hit.path = reader.text();
  hit.query = reader.text();
  hit.title = reader.text();
  hit.referrer = reader.text();
  hit.event = reader.text();
  const bool address_good = read_address(reader, hit.ip);
  hit.user_agent = reader.text();
  hit.session = reader.text();
  hit.visitor = reader.text();
  hit.props = reader.text();
  hit.id = reader.text();
  if ((flags & has_beacon) != 0) hit.beacon = reader.text();
  if (!reader.good() || !address_good || kind > static_cast<std::uint8_t>(Kind::event) ||
      source > static_cast<std::uint8_t>(Source::log)) {
    return false;
  }
  hit.kind = static_cast<Kind>(kind);
  hit.source = static_cast<Source>(source);
  hit.interactive = (flags & 1U) != 0;
  hit.mark = static_cast<Mark>((flags & ~has_beacon) >> 1U);
  return true;
}

Result<Record> decode_hit(ByteReader reader) {
  Hit hit;
  if (!read_hit(reader, hit)) return corrupt("a hit record does not hold what it must");
  return Record(hit);
}

Result<Record> decode_dropped(ByteReader reader) {
  Dropped dropped;
  const std::uint8_t reason = reader.byte();
  dropped.rules = reader.word32();
  if (!read_hit(reader, dropped.hit) || reason >= drop_reasons) {
    return corrupt("a dropped hit's record does not hold what it must");
  }
  dropped.reason = static_cast<DropReason>(reason);
  return Record(dropped);
}

Result<Record> decode_readmitted(ByteReader reader) {
  Readmitted readmitted;
  readmitted.dropped = reader.varint();
  const std::string_view hash = reader.text();
  if (!hash.empty()) {
    std::array<std::uint8_t, 16> bytes{};
    if (hash.size() != bytes.size()) return corrupt("a re-admitted hit's hashed address is none");
    std::copy(hash.begin(), hash.end(), bytes.begin());
    readmitted.hashed = StoredAddress(StoredAddress::Form::hash, bytes);
  }
  if (!read_hit(reader, readmitted.hit)) return corrupt("a re-admitted hit's record does not hold what it must");
  return Record(readmitted);
}

Result<Record> decode_engagement(ByteReader reader) {
  Engagement engagement;
  engagement.time = instant_of(reader.signed_varint());
  engagement.site = reader.text();
  engagement.path = reader.text();
  const bool address_good = read_address(reader, engagement.ip);
  engagement.user_agent = reader.text();
  engagement.session = reader.text();
  engagement.visitor = reader.text();
  engagement.engaged_ms = reader.word32();
  engagement.scroll_depth = reader.byte();
  engagement.beacon = reader.text();
  if (!reader.good() || !address_good) return corrupt("an engagement record does not hold what it must");
  return Record(engagement);
}

Result<Record> decode_increment(ByteReader reader) {
  Increment increment;
  increment.time = instant_of(reader.signed_varint());
  increment.site = reader.text();
  increment.key = reader.text();
  increment.by = reader.varint();
  increment.value = reader.varint();
  increment.idempotency_key = reader.text();
  increment.who = reader.word64();
  increment.won_by = static_cast<std::uint32_t>(reader.varint());
  increment.session = reader.text();
  if (!reader.good() || (!increment.session.empty() && increment.session.size() != session_hash_bytes))
    return corrupt("an increment record does not hold what it must");
  return Record(increment);
}

Result<Record> decode_import_mark(ByteReader reader) {
  ImportMark mark;
  mark.site = reader.text();
  mark.block = reader.text();
  mark.lines = reader.varint();
  if (!reader.good() || mark.block.size() != 16) return corrupt("an import mark does not hold what it must");
  return Record(mark);
}

Result<Record> decode_counter_change(ByteReader reader) {
  CounterChange change;
  change.time = instant_of(reader.signed_varint());
  change.site = reader.text();
  change.key = reader.text();
  change.settings = reader.text();
  if (!reader.good()) return corrupt("a counter's settings do not hold what they must");
  return Record(change);
}

Result<Record> decode_claim(ByteReader reader) {
  Claim claim;
  claim.time = instant_of(reader.signed_varint());
  claim.site = reader.text();
  claim.key = reader.text();
  claim.number = reader.varint();
  claim.from_pool = reader.byte() != 0;
  claim.prize = reader.text();
  claim.idempotency_key = reader.text();
  if (!reader.good()) return corrupt("a claim does not hold what it must");
  return Record(claim);
}

Result<Record> decode_completion(ByteReader reader) {
  Completion completion;
  completion.time = instant_of(reader.signed_varint());
  completion.site = reader.text();
  completion.hit = reader.varint();
  completion.title = reader.text();
  completion.props = reader.text();
  if (!reader.good()) return corrupt("a completion record does not hold what it must");
  return Record(completion);
}

// What an erasure says, a bit each.
enum Said : std::uint8_t {
  says_path = 1,
  says_event = 2,
  says_from = 4,
  says_to = 8,
  says_positions = 16,
  says_more = 32,
  says_session = 64,
  says_visitor = 128
};

Result<Record> decode_erasure(ByteReader reader) {
  Erasure erasure;
  erasure.time = instant_of(reader.signed_varint());
  erasure.site = reader.text();
  const std::uint8_t said = reader.byte();
  for (std::uint64_t left = reader.varint(); left > 0 && reader.good(); --left) {
    const std::uint8_t form = reader.byte();
    const std::string_view text = reader.text();
    std::array<std::uint8_t, 16> bytes{};
    if (text.size() != bytes.size() || form > static_cast<std::uint8_t>(StoredAddress::Form::hash)) {
      return corrupt("an erasure names an address that is none");
    }
    std::copy(text.begin(), text.end(), bytes.begin());
    erasure.addresses.emplace_back(static_cast<StoredAddress::Form>(form), bytes);
  }
  if ((said & says_path) != 0) erasure.path = reader.text();
  if ((said & says_event) != 0) erasure.event = reader.text();
  if ((said & says_from) != 0) erasure.from = instant_of(reader.signed_varint());
  if ((said & says_to) != 0) erasure.to = instant_of(reader.signed_varint());
  if ((said & says_positions) != 0) {
    std::vector<Position>& positions = erasure.positions.emplace();
    Position last = 0;
    for (std::uint64_t left = reader.varint(); left > 0 && reader.good(); --left) {
      last += reader.varint();
      positions.push_back(last);
    }
  }
  if ((said & says_session) != 0) erasure.session = reader.text();
  if ((said & says_visitor) != 0) erasure.visitor = reader.text();
  erasure.more = (said & says_more) != 0;
  if (!reader.good()) return corrupt("an erasure does not hold what it must");
  return Record(std::move(erasure));
}

Result<Record> decode_parting(ByteReader reader) {
  const Parting parting{instant_of(reader.signed_varint())};
  if (!reader.good()) return corrupt("a parting does not hold what it must");
  return Record(parting);
}

Result<Record> decode_remembered(ByteReader reader) {
  Remembered remembered;
  remembered.id = reader.text();
  remembered.position = reader.varint();
  remembered.time = instant_of(reader.signed_varint());
  remembered.value = reader.varint();
  remembered.recorded = instant_of(reader.signed_varint());
  if (!reader.good() || remembered.id.size() != 16) return corrupt("a remembered id does not hold what it must");
  return Record(remembered);
}

}  // namespace

void encode(const Hit& hit, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::hit);
  write_hit(writer, hit);
}

void encode(const Dropped& dropped, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::dropped);
  writer.byte(static_cast<std::uint8_t>(dropped.reason));
  writer.word32(dropped.rules);
  write_hit(writer, dropped.hit);
}

void encode(const Readmitted& readmitted, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::readmitted);
  writer.varint(readmitted.dropped);
  const auto& hash = readmitted.hashed.bytes();
  writer.text(readmitted.hashed.is_none() ? std::string_view()
                                          : std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
  write_hit(writer, readmitted.hit);
}

void encode(const Engagement& engagement, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::engagement);
  writer.signed_varint(milliseconds_of(engagement.time));
  writer.text(engagement.site);
  writer.text(engagement.path);
  write_address(writer, engagement.ip);
  writer.text(engagement.user_agent);
  writer.text(engagement.session);
  writer.text(engagement.visitor);
  writer.word32(engagement.engaged_ms);
  writer.byte(engagement.scroll_depth);
  writer.text(engagement.beacon);
}

void encode(const Increment& increment, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::increment);
  writer.signed_varint(milliseconds_of(increment.time));
  writer.text(increment.site);
  writer.text(increment.key);
  writer.varint(increment.by);
  writer.varint(increment.value);
  writer.text(increment.idempotency_key);
  writer.word64(increment.who);
  writer.varint(increment.won_by);
  writer.text(increment.session);
}

void encode(const ImportMark& mark, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::import_mark);
  writer.text(mark.site);
  writer.text(mark.block);
  writer.varint(mark.lines);
}

void encode(const CounterChange& change, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::counter_change);
  writer.signed_varint(milliseconds_of(change.time));
  writer.text(change.site);
  writer.text(change.key);
  writer.text(change.settings);
}

void encode(const Claim& claim, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::claim);
  writer.signed_varint(milliseconds_of(claim.time));
  writer.text(claim.site);
  writer.text(claim.key);
  writer.varint(claim.number);
  writer.byte(claim.from_pool ? 1 : 0);
  writer.text(claim.prize);
  writer.text(claim.idempotency_key);
}

void encode(const Completion& completion, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::completion);
  writer.signed_varint(milliseconds_of(completion.time));
  writer.text(completion.site);
  writer.varint(completion.hit);
  writer.text(completion.title);
  writer.text(completion.props);
}

void encode(const Erasure& erasure, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::erasure);
  writer.signed_varint(milliseconds_of(erasure.time));
  writer.text(erasure.site);
  writer.byte(static_cast<std::uint8_t>((erasure.path ? says_path : 0) | (erasure.event ? says_event : 0) |
                                        (erasure.from ? says_from : 0) | (erasure.to ? says_to : 0) |
                                        (erasure.positions ? says_positions : 0) | (erasure.more ? says_more : 0) |
                                        (erasure.session ? says_session : 0) | (erasure.visitor ? says_visitor : 0)));
  writer.varint(erasure.addresses.size());
  for (const StoredAddress& address : erasure.addresses) {
    writer.byte(static_cast<std::uint8_t>(address.form()));
    writer.text({reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()});
  }
  if (erasure.path) writer.text(*erasure.path);
  if (erasure.event) writer.text(*erasure.event);
  if (erasure.from) writer.signed_varint(milliseconds_of(*erasure.from));
  if (erasure.to) writer.signed_varint(milliseconds_of(*erasure.to));
  if (erasure.positions) {
    writer.varint(erasure.positions->size());
    Position last = 0;
    for (const Position position : *erasure.positions) {
      writer.varint(position - last);
      last = position;
    }
  }
  if (erasure.session) writer.text(*erasure.session);
  if (erasure.visitor) writer.text(*erasure.visitor);
}

void encode(const Parting& parting, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::parting);
  writer.signed_varint(milliseconds_of(parting.time));
}

void encode(const Remembered& remembered, std::string& out) {
  ByteWriter writer(out);
  begin(writer, Type::remembered);
  writer.text(remembered.id);
  writer.varint(remembered.position);
  writer.signed_varint(milliseconds_of(remembered.time));
  writer.varint(remembered.value);
  writer.signed_varint(milliseconds_of(remembered.recorded));
}

Result<Record> decode(std::string_view bytes) {
  ByteReader reader(bytes);
  const std::uint8_t type = reader.byte();
  reader.byte();  // the version: what a later one adds stands behind what this one reads
  if (!reader.good()) return corrupt("a record is shorter than its head");
  switch (static_cast<Type>(type)) {
    case Type::hit:
      return decode_hit(reader);
    case Type::engagement:
      return decode_engagement(reader);
    case Type::increment:
      return decode_increment(reader);
    case Type::import_mark:
      return decode_import_mark(reader);
    case Type::counter_change:
      return decode_counter_change(reader);
    case Type::claim:
      return decode_claim(reader);
    case Type::completion:
      return decode_completion(reader);
    case Type::dropped:
      return decode_dropped(reader);
    case Type::readmitted:
      return decode_readmitted(reader);
    case Type::erasure:
      return decode_erasure(reader);
    case Type::parting:
      return decode_parting(reader);
    case Type::remembered:
      return decode_remembered(reader);
  }
  return Error{ErrorCode::unsupported, "a record of type " + std::to_string(type) + " is from a newer Footfall"};
}

}  // namespace footfall
