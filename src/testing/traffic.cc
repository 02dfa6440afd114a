#include "testing/traffic.h"

#include <algorithm>
#include <cmath>

namespace footfall {
namespace {

constexpr std::int64_t start = 1'767'225'600'000;  // 2026-01-01
constexpr double hits_per_visit = 5;
constexpr double pause_milliseconds = 60'000;
constexpr double returning = 0.35;  // part of the visits that are not somebody's first

std::vector<double> zipf_sums(std::size_t count, double exponent) {
  std::vector<double> sums(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sums[i] = sum += 1 / std::pow(static_cast<double>(i + 1), exponent);
  for (double& value : sums) value /= sum;
  return sums;
}

constexpr std::array words{"notes",    "guide",   "release",  "database", "journal", "visitor", "counter",  "weekend",
                           "mountain", "kitchen", "compiler", "garden",   "history", "letters", "language", "winter"};

std::string word(std::size_t number) { return words[number % words.size()]; }

}  // namespace

Traffic::Traffic(const Shape& shape)
    : shape_(shape),
      random_(shape.seed),
      path_sums_(zipf_sums(shape.paths, 1.0)),
      referrer_sums_(zipf_sums(shape.external_referrers, 1.1)),
      user_agent_sums_(zipf_sums(shape.user_agents, 1.2)),
      place_sums_(zipf_sums(3'000, 1.0)),
      query_sums_(zipf_sums(2'000, 1.0)) {
  for (std::size_t i = 0; i < shape.paths; ++i) {
    paths_.push_back("/" + word(i / 7) + "/" + word(i) + "-" + word(i / 3) + "-" + std::to_string(i));
    titles_.push_back("The " + word(i) + " of " + word(i / 3) + ", part " + std::to_string(i) + " - Example");
    internal_referrers_.push_back("https://example.com" + paths_.back());
  }
  for (std::size_t i = 0; i < shape.external_referrers; ++i) {
    const std::string host = word(i) + std::to_string(i / 40) + ".example.net";
    external_referrers_.push_back("https://" + host + "/" + word(i / 5) + "/" + std::to_string(i * 7919 % 100'000));
    referrer_facts_.push_back({host, "referral"});
  }
  for (std::size_t i = 0; i < shape.user_agents; ++i) {
    user_agents_.push_back("Mozilla/5.0 (X11; Linux x86_64; rv:" + std::to_string(i) +
                           ".0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + std::to_string(90 + i % 60) +
                           ".0.0.0 Safari/537.36");
    user_agent_facts_.push_back({"Chrome", std::to_string(90 + i % 60), "Linux", "", "desktop", ""});
  }
  for (std::size_t i = 0; i < 3'000; ++i) {
    const std::size_t country = i % 60;
    places_.push_back({{static_cast<char>('A' + country % 26), static_cast<char>('A' + country * 7 % 26)},
                       "Region " + std::to_string(i / 10),
                       "City " + std::to_string(i)});
  }
  for (std::size_t i = 0; i < 2'000; ++i) {
    const std::string number = std::to_string(i % 100);
    queries_.push_back("utm_source=letter" + number + "&utm_medium=email&id=" + std::to_string(i));
    if (i < 100) campaigns_.push_back({"letter" + number, "email", "", "", ""});
    if (i < 200) props_.push_back(R"({"plan":"p)" + number + R"(","step":")" + std::to_string(i) + "\"}");
  }
  const double visits = static_cast<double>(shape.hits) / hits_per_visit;
  arrival_gap_ = shape.days * 86'400'000.0 / std::max(1.0, visits);
  next_arrival_ = start;
}

std::size_t Traffic::zipf(const std::vector<double>& sums) {
  const auto found = std::lower_bound(sums.begin(), sums.end(), uniform());
  return std::min(static_cast<std::size_t>(found - sums.begin()), sums.size() - 1);
}

void Traffic::begin_visit() {
  Visit visit;
  visit.next = next_arrival_;
  if (!people_.empty() && uniform() < returning) {
    visit.person = random_() % people_.size();
  } else {
    Person person;
    if (uniform() < 0.8) {
      person.address = Address::v4(static_cast<std::uint32_t>(random_()));
    } else {
      std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
      for (std::size_t i = 4; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(random_());
      person.address = Address(bytes);
    }
    person.user_agent = zipf(user_agent_sums_);
    person.place = zipf(place_sums_);
    visit.person = people_.size();
    people_.push_back(person);
  }
  visit.session = next_session_++;
  visit.page = paths_.size();
  new_sessions_.push_back({visit.session, {}});
  visits_.push(visit);
  // Twice as many by day as by night.
  const double hour = static_cast<double>(next_arrival_ % 86'400'000) / 3'600'000.0;
  const double busy = 1 + 0.5 * std::sin((hour - 6) / 24 * 2 * 3.14159265);
  const double gap = -std::log(1 - uniform()) * arrival_gap_ / busy;
  next_arrival_ += std::max<std::int64_t>(1, static_cast<std::int64_t>(gap));
}

void Traffic::add_hit(Visit& visit) {
  Person& person = people_[visit.person];
  const Instant time = instant_of(visit.next);
  const Day day = day_of(time);
  if (person.visitor_day != day.time_since_epoch().count()) {
    person.visitor_day = day.time_since_epoch().count();
    person.visitor = next_visitor_++;
    new_visitors_.push_back({person.visitor, site_, day, random_(), {}});
  }
  EnrichedHit enriched;
  enriched.position = position_++;
  enriched.visitor = person.visitor;
  enriched.session = visit.session;
  enriched.place = &places_[person.place];
  enriched.user_agent = &user_agent_facts_[person.user_agent];
  enriched.referrer = &direct_;
  enriched.campaign = &no_campaign_;
  Hit& hit = enriched.hit;
  hit.time = time;
  hit.site = site_;
  enriched.address = StoredAddress(person.address);
  hit.user_agent = user_agents_[person.user_agent];
  const bool entry = visit.page == paths_.size();
  if (!entry && uniform() < shape_.events) {
    hit.kind = Kind::event;
    hit.path = paths_[visit.page];
    hit.title = titles_[visit.page];
    hit.event = uniform() < 0.5 ? "signup" : "download";
    if (uniform() < 0.3) hit.props = props_[random_() % props_.size()];
  } else {
    const std::size_t before = visit.page;
    visit.page = zipf(path_sums_);
    hit.path = paths_[visit.page];
    hit.title = titles_[visit.page];
    const double kind = uniform();
    hit.kind = kind < 0.9 ? Kind::load : kind < 0.95 ? Kind::restored : Kind::cached;
    if (!entry) {
      hit.referrer = internal_referrers_[before];
    } else if (uniform() < 0.6) {
      const std::size_t referrer = zipf(referrer_sums_);
      hit.referrer = external_referrers_[referrer];
      enriched.referrer = &referrer_facts_[referrer];
    }
    if (entry && uniform() < 0.2) {
      const std::size_t query = zipf(query_sums_);
      hit.query = queries_[query];
      enriched.campaign = &campaigns_[query % campaigns_.size()];
    }
    if (uniform() < shape_.engagements) {
      const auto engaged = static_cast<std::uint32_t>(-std::log(1 - uniform()) * 20'000);
      engagements_.push_back({enriched.position, time + Milliseconds(engaged), visit.session, engaged,
                              static_cast<std::uint8_t>(random_() % 101)});
    }
  }
  hits_.push_back(enriched);
}

StoreBatch Traffic::next(std::size_t hits) {
  hits_.clear();
  engagements_.clear();
  new_visitors_.clear();
  new_sessions_.clear();
  StoreBatch batch;
  batch.from = position_;
  while (hits_.size() < hits) {
    while (visits_.empty() || next_arrival_ <= visits_.top().next) begin_visit();
    Visit visit = visits_.top();
    visits_.pop();
    add_hit(visit);
    visit.next += 1 + static_cast<std::int64_t>(-std::log(1 - uniform()) * pause_milliseconds);
    if (uniform() > 1 / hits_per_visit) visits_.push(visit);
  }
  batch.to = position_;
  batch.hits = hits_;
  batch.engagements = engagements_;
  batch.visitors = new_visitors_;
  batch.sessions = new_sessions_;
  return batch;
}

}  // namespace footfall
