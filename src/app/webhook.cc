#include "app/webhook.h"

#include <algorithm>

#include "app/json.h"
#include "base/text.h"

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
    if (auto noted = webhook->note(journal.next()); !noted) return noted.error();
    return webhook;
  }
  const auto next = parse_unsigned(std::string_view(**text).substr(0, (*text)->find('\n')));
  if (!next) return Error{ErrorCode::corrupt, "the file of the webhook's progress is damaged"};
  webhook->next_ = *next;
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
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (!done) {
      lock.unlock();
      log_("webhook: " + done.error().what + "; trying again in " + std::to_string(wait.count()) + " ms");
      lock.lock();
      if (wake_.wait_for(lock, wait, [&] { return stopping_; })) return;
      wait = std::min(wait * 2, settings_.retry_max);
      continue;
    }
    wait = settings_.retry_first;
    if (!*done) wake_.wait(lock, [&] { return stopping_ || news_; });
    if (stopping_) return;
    news_ = false;
  }
}

Result<bool> Webhook::run_once() {
  if (reader_ == nullptr) reader_ = journal_.read_from(next_);
  const auto records = reader_->read(records_a_read);
  if (!records) return records.error();
  if (records->empty()) return false;
  if (records->front().position > next_) {
    log_("webhook: what the journal held up to position " + std::to_string(records->front().position) +
         " is gone, and with it what was won meanwhile");
  }
  Position noted = next_;
  for (const JournalRecord& entry : *records) {
    const auto record = decode(entry.bytes);
    const std::string body = record ? message(entry.position, *record) : std::string();
    if (!body.empty()) {
      if (const auto sent = send(body); !sent) {
        next_ = entry.position;
        reader_.reset();  // `entry` went with it
        ++failures_;
        return sent.error();
      }
      ++sent_;
      if (const auto kept = note(entry.position + 1); !kept) log_("webhook: " + kept.error().what);
      noted = entry.position + 1;
      const std::lock_guard lock(mutex_);
      if (!stopping_) continue;
      reader_.reset();
      return true;
    }
  }
  next_ = std::max(noted, records->back().position + 1);
  if (next_ / records_a_note != noted / records_a_note) {
    if (const auto kept = note(next_); !kept) log_("webhook: " + kept.error().what);
  }
  return true;
}

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

Result<Done> Webhook::note(Position next) {
  next_ = next;
  return progress_.replace(std::to_string(next) + "\n");
}

}  // namespace footfall
