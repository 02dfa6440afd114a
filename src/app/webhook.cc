#include "app/webhook.h"

#include <algorithm>

#include "app/json.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::size_t records_a_read = 10'000;
// Without a message, progress is noted this often: a start reads so much again, and sends nothing of it.
constexpr Position records_a_note = 1'000'000;

json::object head(const char* type, Position position, Instant time, std::string_view site, std::string_view key,
                  std::uint64_t number) {
  return {{"id", std::string(type) + "-" + std::to_string(position)},
          {"type", type},
          {"time", to_rfc3339(time)},
          {"site", site},
          {"key", key},
          {"number", number}};
}

// The message about a record; empty: there is nothing to tell.
std::string message(Position position, const Record& record) {
  if (const auto* increment = std::get_if<Increment>(&record); increment != nullptr && increment->won_by != 0) {
    auto body = head("win", position, increment->time, increment->site, increment->key, increment->value);
    body["rule"] = increment->won_by;
    return json::serialize(body);
  }
  if (const auto* claim = std::get_if<Claim>(&record)) {
    auto body = head("claim", position, claim->time, claim->site, claim->key, claim->number);
    auto prize = parse_json(claim->prize);
    body["surprise"] = prize ? std::move(*prize) : json::value(nullptr);
    return json::serialize(body);
  }
  return {};
}

}  // namespace

std::string webhook_signature(std::string_view secret, Instant now, std::string_view body, const Crypto& crypto) {
  const std::string time = std::to_string(milliseconds_of(now) / 1'000);
  return "t=" + time + ",v1=" + to_hex(crypto.hmac_sha256(secret, time + "." + std::string(body)));
}

Result<std::unique_ptr<Webhook>> Webhook::open(Journal& journal, KeptFile& progress, HttpPost& post,
                                               const Crypto& crypto, const Clock& clock, WebhookSettings settings,
                                               Log log) {
  auto webhook =
      std::make_unique<Webhook>(Private{}, journal, progress, post, crypto, clock, std::move(settings), std::move(log));
  const auto text = progress.read();
  if (!text) return text.error();
  if (!*text) {
    webhook->next_ = journal.next();
    if (auto noted = webhook->note(); !noted) return noted.error();
    return webhook;
  }
  std::string_view rest = **text;
  const auto line = [&rest] {
    const std::size_t end = rest.find('\n');
    const std::string_view first = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return first;
  };
  const auto next = parse_unsigned(line());
  if (!next) return Error{ErrorCode::corrupt, "the file of the webhook's progress is damaged"};
  webhook->next_ = webhook->noted_ = *next;
  while (!rest.empty()) webhook->owed_bytes_ += webhook->owed_.emplace_back(line()).size();
  return webhook;
}

Webhook::~Webhook() { stop(); }

void Webhook::start() {
  subscription_ = journal_.subscribe([this] {
    const std::lock_guard lock(mutex_);
    news_ = true;
    wake_.notify_one();
  });
  thread_ = std::thread([this] { loop(); });
}

void Webhook::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
  journal_.unsubscribe(subscription_);
}

void Webhook::loop() {
  auto wait = settings_.retry_first;
  while (true) {
    const auto done = run_once();
    if (!done) {
      log_("webhook: " + done.error().what + "; trying again in " + std::to_string(wait.count()) + " ms");
      if (!pause(wait)) return;
      wait = std::min(wait * 2, settings_.retry_max);
      continue;
    }
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    wait = settings_.retry_first;
    if (!*done) wake_.wait(lock, [&] { return stopping_ || news_; });
    if (stopping_) return;
    news_ = false;
  }
}

Result<bool> Webhook::run_once() {
  auto done = tell();
  if (!done) look_or_say();
  return done;
}

Result<bool> Webhook::tell() {
  const auto told = send_owed();
  if (!told) {
    ++failures_;
    return told.error();
  }
  if (!*told) return true;
  const Position begin = **told;
  if (reader_ == nullptr || reader_->position() != begin) reader_ = journal_.read_from(begin);
  const auto records = reader_->read(records_a_read);
  if (!records) return records.error();
  if (records->empty()) return false;
  if (records->front().position > begin) {
    log_("webhook: what the journal held up to position " + std::to_string(records->front().position) +
         " is gone, and with it what was won meanwhile");
  }
  for (const JournalRecord& entry : *records) {
    const auto record = decode(entry.bytes);
    const std::string body = record ? message(entry.position, *record) : std::string();
    if (body.empty()) continue;
    if (const auto sent = send(body); !sent) {
      const std::lock_guard lock(told_mutex_);
      next_ = std::max(next_, entry.position);
      ++failures_;
      return sent.error();
    }
    ++sent_;
    if (!go_on(entry.position, body)) return true;
    const std::lock_guard lock(mutex_);
    if (stopping_) return true;
  }
  const std::lock_guard lock(told_mutex_);
  if (next_ <= records->back().position) next_ = records->back().position + 1;
  if (next_ / records_a_note != begin / records_a_note) note_or_say();
  return true;
}

bool Webhook::go_on(Position position, const std::string& body) {
  const std::lock_guard lock(told_mutex_);
  const bool kept = next_ > position;
  if (!kept) {
    next_ = position + 1;
    if (position < seen_) --ahead_;
  } else if (!owed_.empty() && owed_.front() == body) {
    owed_bytes_ -= body.size();
    owed_.pop_front();
  }
  note_or_say();
  return !kept;
}

// --- What waits longer than the journal ---

Result<std::optional<Position>> Webhook::send_owed() {
  while (true) {
    std::string body;
    {
      const std::lock_guard lock(told_mutex_);
      if (owed_.empty()) return std::optional(next_);
      body = owed_.front();
    }
    if (auto sent = send(body); !sent) return sent.error();
    ++sent_;
    {
      const std::lock_guard lock(told_mutex_);
      owed_bytes_ -= body.size();
      owed_.pop_front();  // others only add behind it
      note_or_say();
    }
    const std::lock_guard lock(mutex_);
    if (stopping_) return std::optional<Position>();
  }
}

Result<Done> Webhook::keep(Position position) {
  const std::lock_guard lock(told_mutex_);
  // What the file says is what counts.
  if (noted_ >= position) return Done{};
  std::uint64_t left_out = 0;
  const auto reader = journal_.read_from(next_);
  while (reader->position() < position) {
    const auto records = reader->read(records_a_read);
    if (!records) return records.error();
    if (records->empty()) break;
    for (const JournalRecord& entry : *records) {
      if (entry.position >= position) break;
      const auto record = decode(entry.bytes);
      std::string body = record ? message(entry.position, *record) : std::string();
      next_ = entry.position + 1;
      if (body.empty()) continue;
      if (entry.position < seen_) --ahead_;
      if (owed_bytes_ + body.size() > owed_bytes_max) {
        ++left_out;
      } else {
        owed_bytes_ += body.size();
        owed_.push_back(std::move(body));
      }
    }
  }
  if (left_out > 0) {
    log_("webhook: nobody takes its messages; " + std::to_string(left_out) + " of what was won below position " +
         std::to_string(position) + " are left out");
  }
  next_ = std::max(next_, position);
  return note();
}

// --- What waits ---

std::uint64_t Webhook::waiting() const {
  const std::lock_guard lock(told_mutex_);
  return owed_.size() + ahead_;
}

Result<Done> Webhook::look() {
  while (true) {
    Position begin = 0;
    {
      const std::lock_guard lock(told_mutex_);
      if (ahead_ >= webhook_messages_max) return Done{};
      begin = std::max(seen_, next_);
    }
    if (looker_ == nullptr || looker_->position() != begin) looker_ = journal_.read_from(begin);
    const auto records = looker_->read(records_a_read);
    if (!records) {
      looker_.reset();
      return records.error();
    }
    if (records->empty()) return Done{};
    const std::lock_guard lock(told_mutex_);
    for (const JournalRecord& entry : *records) {
      // What was kept meanwhile is owed.
      if (entry.position < next_) continue;
      const auto record = decode(entry.bytes);
      if (record && !message(entry.position, *record).empty()) ++ahead_;
    }
    seen_ = records->back().position + 1;
  }
}

void Webhook::look_or_say() {
  if (const auto looked = look(); !looked) log_("webhook: " + looked.error().what);
}

// What comes meanwhile is seen: it is known to wait.
bool Webhook::pause(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait_until(lock, end, [&] { return stopping_ || news_; })) return true;
      if (stopping_) return false;
      news_ = false;
    }
    look_or_say();
  }
}

// --- Sending ---

Result<Done> Webhook::send(const std::string& body) {
  const HttpPost::Headers headers{
      {"content-type", "application/json"},
      {"user-agent", "Footfall"},
      {"footfall-signature", webhook_signature(settings_.secret, clock_.now(), body, crypto_)}};
  const auto status = post_.post(headers, body, settings_.patience);
  if (!status) return status.error();
  if (*status / 100 == 2) return Done{};
  return Error{ErrorCode::unavailable, "the message was answered " + std::to_string(*status)};
}

// The caller holds told_mutex_, here and below.
Result<Done> Webhook::note() {
  std::string text = std::to_string(next_) + "\n";
  for (const std::string& body : owed_) text += body + "\n";
  auto replaced = progress_.replace(text);
  if (replaced) noted_ = next_;
  return replaced;
}

// A message that is told again has the same id: nothing stops for it.
void Webhook::note_or_say() {
  if (const auto noted = note(); !noted) log_("webhook: " + noted.error().what);
}

}  // namespace footfall
