#include "domain/record.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "domain/limits.h"

namespace footfall {
namespace {

const Instant moment = instant_of(1'795'251'780'123);

Hit full_hit() {
  Hit hit;
  hit.time = moment;
  hit.site = "example.com";
  hit.path = "/café";
  hit.query = "q=1&utm_source=news";
  hit.title = "Café";
  hit.referrer = "https://search.example/?q=café";
  hit.event = "signup";
  hit.kind = Kind::event;
  hit.source = Source::api;
  hit.interactive = false;
  hit.mark = Mark::no_origin;
  hit.ip = *Address::parse("2001:db8::1");
  hit.user_agent = "Mozilla/5.0";
  hit.session = "s-1";
  hit.visitor = "v-1";
  hit.props = R"({"plan":"gold"})";
  hit.id = "01939e2a-7c1d-7b3a-9f00-0123456789ab";
  hit.beacon = "1a2b/Q2x8";
  return hit;
}

Engagement full_engagement() {
  Engagement engagement;
  engagement.time = moment;
  engagement.site = "example.com";
  engagement.path = "/about";
  engagement.ip = *Address::parse("203.0.113.9");
  engagement.user_agent = "Mozilla/5.0";
  engagement.session = "s-1";
  engagement.visitor = "v-1";
  engagement.engaged_ms = 12'345;
  engagement.scroll_depth = 87;
  engagement.beacon = "1a2b/Q2x9";
  return engagement;
}

Increment full_increment() {
  return {moment, "example.com", "https://example.com/likes", 3, 45, "retry-1", UINT64_MAX, 7, "0123456789abcdef"};
}
CounterChange full_change() { return {moment, "example.com", "likes", R"({"initial":7})"}; }
Claim full_claim() { return {moment, "example.com", "likes", 1'000, true, R"({"text":"a book"})", "retry-2"}; }
Dropped full_dropped() { return {full_hit(), DropReason::cross_site, 0xDEADBEEF}; }
Readmitted full_readmitted() {
  return {1'234'567'890'123, full_hit(), *StoredAddress::parse("hashed:AAECAwQFBgcICQoLDA0ODw")};
}
ImportMark full_mark() { return {"example.com", "0123456789abcdef", 4'096}; }

Completion full_completion() { return {moment, "example.com", 1'234'567, "Café", R"({"plan":"gold"})"}; }
Erasure full_erasure() {
  Erasure erasure;
  erasure.time = moment;
  erasure.site = "example.com";
  erasure.addresses = {*StoredAddress::parse("203.0.113.9"), *StoredAddress::parse("hashed:AAECAwQFBgcICQoLDA0ODw")};
  erasure.path = "/about";
  erasure.event = "signup";
  erasure.from = moment - std::chrono::hours(1);
  erasure.to = moment;
  erasure.positions = {{0, 1, 300, 1ULL << 40U}};
  erasure.session = "s-1";
  erasure.visitor = "v-1";
  erasure.more = true;
  return erasure;
}
Remembered full_remembered() { return {"0123456789abcdef", 77, moment, 45, moment + std::chrono::seconds(1)}; }

template <typename T>
std::string encoded(const T& record) {
  std::string bytes;
  encode(record, bytes);
  return bytes;
}

std::vector<std::string> one_of_each() {
  return {encoded(full_hit()),        encoded(full_engagement()), encoded(full_increment()),
          encoded(full_mark()),       encoded(full_change()),     encoded(full_claim()),
          encoded(full_completion()), encoded(full_dropped()),    encoded(full_readmitted()),
          encoded(full_erasure()),    encoded(Parting{moment}),   encoded(full_remembered())};
}

TEST(Record, BringsBackEveryFieldOfAHit) {
  const Hit given = full_hit();
  const std::string bytes = encoded(given);
  const auto record = decode(bytes);
  ASSERT_TRUE(record) << record.error().what;
  const Hit& read = std::get<Hit>(*record);
  EXPECT_EQ(read.time, given.time);
  EXPECT_EQ(read.site, given.site);
  EXPECT_EQ(read.path, given.path);
  EXPECT_EQ(read.query, given.query);
  EXPECT_EQ(read.title, given.title);
  EXPECT_EQ(read.referrer, given.referrer);
  EXPECT_EQ(read.event, given.event);
  EXPECT_EQ(read.kind, given.kind);
  EXPECT_EQ(read.source, given.source);
  EXPECT_EQ(read.interactive, given.interactive);
  EXPECT_EQ(read.mark, given.mark);
  EXPECT_EQ(read.ip, given.ip);
  EXPECT_EQ(read.user_agent, given.user_agent);
  EXPECT_EQ(read.session, given.session);
  EXPECT_EQ(read.visitor, given.visitor);
  EXPECT_EQ(read.props, given.props);
  EXPECT_EQ(read.id, given.id);
  EXPECT_EQ(read.beacon, given.beacon);
}

TEST(Record, BringsBackWhyAHitWasDroppedAndWhichOneWasReadmitted) {
  const std::string dropped_bytes = encoded(full_dropped());
  const auto dropped_record = decode(dropped_bytes);
  ASSERT_TRUE(dropped_record) << dropped_record.error().what;
  const auto& dropped = std::get<Dropped>(*dropped_record);
  EXPECT_EQ(dropped.reason, DropReason::cross_site);
  EXPECT_EQ(dropped.rules, 0xDEADBEEF);
  const std::string readmitted_bytes = encoded(full_readmitted());
  const auto readmitted_record = decode(readmitted_bytes);
  ASSERT_TRUE(readmitted_record) << readmitted_record.error().what;
  const auto& readmitted = std::get<Readmitted>(*readmitted_record);
  EXPECT_EQ(readmitted.dropped, 1'234'567'890'123U);
  EXPECT_EQ(readmitted.hashed.text(), "hashed:AAECAwQFBgcICQoLDA0ODw");
  const std::string plain = encoded(Readmitted{7, full_hit()});
  EXPECT_TRUE(std::get<Readmitted>(*decode(plain)).hashed.is_none());
  for (const Hit& hit : {dropped.hit, readmitted.hit}) EXPECT_EQ(encoded(hit), encoded(full_hit()));
}

TEST(Record, OfAHitWithoutABeaconHasNoByteForIt) {
  Hit hit = full_hit();
  const std::size_t with = encoded(hit).size();
  hit.beacon = {};
  EXPECT_EQ(encoded(hit).size(), with - full_hit().beacon.size() - 1);
  const std::string bytes = encoded(hit);
  EXPECT_EQ(std::get<Hit>(*decode(bytes)).mark, hit.mark);
  EXPECT_EQ(std::get<Hit>(*decode(bytes)).beacon, "");
}

TEST(Record, BringsBackAHitOfWhichNothingIsKnown) {
  const std::string bytes = encoded(Hit{});
  const auto record = decode(bytes);
  ASSERT_TRUE(record);
  const Hit& read = std::get<Hit>(*record);
  EXPECT_EQ(read.time, Instant{});
  EXPECT_TRUE(read.ip.is_none());
  EXPECT_TRUE(read.interactive);
  EXPECT_EQ(read.mark, Mark::none);
  EXPECT_EQ(read.kind, Kind::load);
  EXPECT_EQ(read.path, "");
}

TEST(Record, BringsBackTimesBeforeTheEpochAndAddressesOfAllKinds) {
  for (const char* text : {"203.0.113.9", "2001:db8::1", "0.0.0.0", "::1"}) {
    Hit hit;
    hit.time = instant_of(-1);
    hit.ip = *Address::parse(text);
    const std::string bytes = encoded(hit);
    const auto record = decode(bytes);
    ASSERT_TRUE(record);
    EXPECT_EQ(std::get<Hit>(*record).ip.text(), text);
    EXPECT_EQ(std::get<Hit>(*record).time, hit.time);
  }
}

TEST(Record, BringsBackEveryFieldOfAnEngagement) {
  const Engagement given = full_engagement();
  const std::string bytes = encoded(given);
  const auto record = decode(bytes);
  ASSERT_TRUE(record);
  const auto& read = std::get<Engagement>(*record);
  EXPECT_EQ(read.time, given.time);
  EXPECT_EQ(read.site, given.site);
  EXPECT_EQ(read.path, given.path);
  EXPECT_EQ(read.ip, given.ip);
  EXPECT_EQ(read.user_agent, given.user_agent);
  EXPECT_EQ(read.session, given.session);
  EXPECT_EQ(read.visitor, given.visitor);
  EXPECT_EQ(read.engaged_ms, given.engaged_ms);
  EXPECT_EQ(read.scroll_depth, given.scroll_depth);
  EXPECT_EQ(read.beacon, given.beacon);
}

TEST(Record, BringsBackEveryFieldOfAnIncrement) {
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{counter_value_max}}) {
    Increment given = full_increment();
    given.by = number;
    given.value = number;
    const std::string bytes = encoded(given);
    const auto record = decode(bytes);
    ASSERT_TRUE(record);
    const auto& read = std::get<Increment>(*record);
    EXPECT_EQ(read.time, given.time);
    EXPECT_EQ(read.site, given.site);
    EXPECT_EQ(read.key, given.key);
    EXPECT_EQ(read.by, number);
    EXPECT_EQ(read.value, number);
    EXPECT_EQ(read.idempotency_key, given.idempotency_key);
  }
}

TEST(Record, BringsBackEveryFieldOfAnImportMark) {
  const std::string bytes = encoded(full_mark());
  const auto record = decode(bytes);
  ASSERT_TRUE(record);
  const auto& read = std::get<ImportMark>(*record);
  EXPECT_EQ(read.site, "example.com");
  EXPECT_EQ(read.block, "0123456789abcdef");
  EXPECT_EQ(read.lines, 4'096U);
}

TEST(Record, BringsBackEveryFieldOfACompletion) {
  const std::string bytes = encoded(full_completion());
  const auto record = decode(bytes);
  ASSERT_TRUE(record);
  const auto& read = std::get<Completion>(*record);
  EXPECT_EQ(read.time, moment);
  EXPECT_EQ(read.site, "example.com");
  EXPECT_EQ(read.hit, 1'234'567U);
  EXPECT_EQ(read.title, "Café");
  EXPECT_EQ(read.props, R"({"plan":"gold"})");
}

TEST(Record, BringsBackWhatAnErasureSays) {
  const std::string bytes = encoded(full_erasure());
  const auto record = decode(bytes);
  ASSERT_TRUE(record) << record.error().what;
  const auto& read = std::get<Erasure>(*record);
  const Erasure given = full_erasure();
  EXPECT_EQ(read.time, given.time);
  EXPECT_EQ(read.site, given.site);
  EXPECT_EQ(read.addresses, given.addresses);
  EXPECT_EQ(read.path, given.path);
  EXPECT_EQ(read.event, given.event);
  EXPECT_EQ(read.from, given.from);
  EXPECT_EQ(read.to, given.to);
  EXPECT_EQ(read.positions, given.positions);
  EXPECT_EQ(read.session, given.session);
  EXPECT_EQ(read.visitor, given.visitor);
  EXPECT_TRUE(read.more);
}

TEST(Record, WhatAnErasureDoesNotSayStaysUnsaid) {
  Erasure given;
  given.site = "example.com";
  const std::string bytes = encoded(given);
  const auto record = decode(bytes);
  ASSERT_TRUE(record) << record.error().what;
  const auto& read = std::get<Erasure>(*record);
  EXPECT_TRUE(read.addresses.empty());
  EXPECT_FALSE(read.path || read.event || read.from || read.to || read.positions || read.session || read.visitor ||
               read.more);
  given.path = "";
  given.positions.emplace();
  const std::string empty = encoded(given);
  const auto again = decode(empty);
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<Erasure>(*again).path, "") << "the empty path is not any path";
  EXPECT_EQ(std::get<Erasure>(*again).positions, std::vector<Position>{}) << "no position is not any position";
}

TEST(Record, BringsBackWhatIsRememberedAndWhereItParts) {
  const std::string bytes = encoded(full_remembered());
  const auto record = decode(bytes);
  ASSERT_TRUE(record);
  const auto& read = std::get<Remembered>(*record);
  EXPECT_EQ(read.id, "0123456789abcdef");
  EXPECT_EQ(read.position, 77U);
  EXPECT_EQ(read.time, moment);
  EXPECT_EQ(read.value, 45U);
  EXPECT_EQ(read.recorded, moment + std::chrono::seconds(1));
  EXPECT_EQ(std::get<Parting>(*decode(encoded(Parting{moment}))).time, moment);
}

TEST(Record, CutShortAtAnyByteIsCorrupt) {
  for (const std::string& whole : one_of_each()) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const auto record = decode(std::string_view(whole).substr(0, bytes));
      ASSERT_FALSE(record) << bytes << " of " << whole.size() << " bytes of type " << int{whole[0]};
      EXPECT_EQ(record.error().code, ErrorCode::corrupt);
    }
    EXPECT_TRUE(decode(whole));
  }
}

TEST(Record, OfALaterVersionIsReadAsFarAsThisOneKnows) {
  for (const std::string& whole : one_of_each()) {
    std::string later = whole;
    later[1] = 2;
    later += "a field of tomorrow";
    const auto record = decode(later);
    ASSERT_TRUE(record) << record.error().what;
    EXPECT_EQ(record->index(), decode(whole)->index());
  }
}

TEST(Record, OfATypeThisVersionDoesNotKnowIsToldApartFromDamage) {
  for (const char type : {'\0', '\x60', '\x7F', '\xFF'}) {
    const auto record = decode(std::string{type, '\1', 'a'});
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().code, ErrorCode::unsupported);
  }
}

TEST(Record, WithANumberThatStandsForNothingIsCorrupt) {
  const std::size_t time_bytes = encoded(Hit{}).find('\0', 3) - 2;  // the time of an empty hit is one byte
  struct Row {
    const char* because;
    std::size_t at;
    char value;
  };
  for (const auto& row :
       {Row{"a kind beyond the last", 2 + time_bytes, 6}, Row{"a source beyond the last", 3 + time_bytes, 5}}) {
    SCOPED_TRACE(row.because);
    std::string bytes = encoded(Hit{});
    bytes[row.at] = row.value;
    const auto record = decode(bytes);
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().code, ErrorCode::corrupt);
  }
  std::string mark = encoded(ImportMark{"example.com", "too short", 1});
  EXPECT_EQ(decode(mark).error().code, ErrorCode::corrupt) << "a block's name has 16 bytes";
  std::string dropped = encoded(full_dropped());
  dropped[2] = static_cast<char>(drop_reasons);
  EXPECT_EQ(decode(dropped).error().code, ErrorCode::corrupt) << "a reason beyond the last";
}

TEST(Record, BringsBackWhoCountedAndWhatItWon) {
  const Increment given = full_increment();
  const std::string bytes = encoded(given);
  const auto record = decode(bytes);
  ASSERT_TRUE(record) << record.error().what;
  const auto& read = std::get<Increment>(*record);
  EXPECT_EQ(read.who, given.who);
  EXPECT_EQ(read.won_by, given.won_by);
  EXPECT_EQ(read.session, given.session);
}

TEST(Record, BringsBackEveryFieldOfACountersSettingsAndOfAClaim) {
  const std::string change_bytes = encoded(full_change());
  const auto change = decode(change_bytes);
  ASSERT_TRUE(change);
  EXPECT_EQ(std::get<CounterChange>(*change).time, moment);
  EXPECT_EQ(std::get<CounterChange>(*change).site, "example.com");
  EXPECT_EQ(std::get<CounterChange>(*change).key, "likes");
  EXPECT_EQ(std::get<CounterChange>(*change).settings, R"({"initial":7})");
  const std::string claim_bytes = encoded(full_claim());
  const auto claim = decode(claim_bytes);
  ASSERT_TRUE(claim);
  EXPECT_EQ(std::get<Claim>(*claim).time, moment);
  EXPECT_EQ(std::get<Claim>(*claim).key, "likes");
  EXPECT_EQ(std::get<Claim>(*claim).number, 1'000U);
  EXPECT_TRUE(std::get<Claim>(*claim).from_pool);
  EXPECT_EQ(std::get<Claim>(*claim).prize, R"({"text":"a book"})");
  EXPECT_EQ(std::get<Claim>(*claim).idempotency_key, "retry-2");
}

TEST(Record, HoldsTheLargestHitThereCanBe) {
  const std::string site(site_bytes_max, 's'), path(path_bytes_max, 'p'), query(query_bytes_max, 'q'),
      title(title_bytes_max, 't'), referrer(referrer_bytes_max, 'r'), event(event_name_bytes_max, 'e'),
      user_agent(user_agent_bytes_max, 'u'), given(given_id_bytes_max, 'g'), props(props_bytes_max, '{'),
      beacon(beacon_bytes_max, 'b');
  Hit hit = full_hit();
  hit.time = instant_of(INT64_MAX);
  hit.site = site;
  hit.path = path;
  hit.query = query;
  hit.title = title;
  hit.referrer = referrer;
  hit.event = event;
  hit.user_agent = user_agent;
  hit.session = given;
  hit.visitor = given;
  hit.id = given;
  hit.props = props;
  hit.beacon = beacon;
  EXPECT_LE(encoded(hit).size(), record_bytes_max);
  EXPECT_LE(encoded(Dropped{hit, DropReason::gpc, UINT32_MAX}).size(), record_bytes_max);
  EXPECT_LE(encoded(Readmitted{UINT64_MAX, hit, full_readmitted().hashed}).size(), record_bytes_max);
  const std::string key(counter_key_bytes_max, 'k'), idempotency_key(idempotency_key_bytes_max, 'i');
  EXPECT_LE(encoded(Increment{hit.time, site, key, UINT64_MAX, UINT64_MAX, idempotency_key}).size(), record_bytes_max);
}

}  // namespace
}  // namespace footfall
