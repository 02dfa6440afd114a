// Tells an address of the owner's of every win and every claim, at least once and in order.
//
// A second consumer of the journal: it reads what is durable from where it was, sends one message at a time, and notes
// in a small file how far it came once a message was taken. Whatever is killed, and however long nobody answers there,
// nothing is left out and nothing else waits; what the journal is to drop before it was told waits in that file
// (`keep`). While nobody answers it reads on, so that it is known how much waits. A repetition has the same id.
// docs/winners.md tells what is sent.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "domain/record.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/http_post.h"
#include "ports/journal.h"
#include "ports/kept_file.h"

namespace footfall {

struct WebhookSettings {
  std::string secret;
  std::chrono::seconds patience{10};
  std::chrono::milliseconds retry_first{1'000};  // doubles
  std::chrono::milliseconds retry_max{300'000};
};

// The header's value: when it was signed, and HMAC-SHA-256 of that time, a dot and the body.
std::string webhook_signature(std::string_view secret, Instant now, std::string_view body, const Crypto& crypto);

class Webhook {
 public:
  using Log = std::function<void(std::string_view line)>;

  // All outlive it. Begins with what is appended after its first start.
  //   errors  those of the file; corrupt
  static Result<std::unique_ptr<Webhook>> open(Journal& journal, KeptFile& progress, HttpPost& post,
                                               const Crypto& crypto, const Clock& clock, WebhookSettings settings,
                                               Log log);
  ~Webhook();

  void start();
  // Ends; a message under way is given up and sent again by the next start.
  void stop();

  // One round in the caller's thread: sends what is durable. False: there was nothing. For tests.
  //   errors  the first message that was not taken; it is the next one
  Result<bool> run_once();

  // Keeps what was won below `position` and not told yet where it outlives the journal: owed_bytes_max of it, and of
  // more it says that it is left out. All below must be durable. Any thread.
  //   errors  those of the journal's reader and of the file: nothing may be dropped
  Result<Done> keep(Position position);

  // Any thread. Since the start: messages that were taken, and tries that were in vain.
  [[nodiscard]] std::uint64_t sent() const { return sent_.load(); }
  [[nodiscard]] std::uint64_t failures() const { return failures_.load(); }
  // Messages that are known to be still to be taken; at webhook_messages_max and more, others may follow. Any thread.
  [[nodiscard]] std::uint64_t waiting() const;

 private:
  struct Private {};

 public:
  Webhook(Private, Journal& journal, KeptFile& progress, HttpPost& post, const Crypto& crypto, const Clock& clock,
          WebhookSettings settings, Log log)
      : journal_(journal),
        progress_(progress),
        post_(post),
        crypto_(crypto),
        clock_(clock),
        settings_(std::move(settings)),
        log_(std::move(log)) {}

 private:
  void loop();
  // False: it stops.
  bool pause(std::chrono::milliseconds time);
  Result<bool> tell();
  // Counts what is durable and was not seen yet.
  Result<Done> look();
  void look_or_say();
  Result<Done> send(const std::string& body);
  // Where the journal is to be read on, once nothing is owed. Nothing: it is to stop.
  Result<std::optional<Position>> send_owed();
  // Goes on behind a message that was sent. False: `keep` went further meanwhile, and what it kept comes first.
  bool go_on(Position position, const std::string& body);
  Result<Done> note();
  void note_or_say();

  Journal& journal_;
  KeptFile& progress_;
  HttpPost& post_;
  const Crypto& crypto_;
  const Clock& clock_;
  const WebhookSettings settings_;
  const Log log_;

  std::unique_ptr<JournalReader> reader_;  // null: begin again at next_
  std::unique_ptr<JournalReader> looker_;  // null: begin again at seen_

  // What the file is to say.
  mutable std::mutex told_mutex_;
  Position next_ = 0;             // below it, all is told or owed
  Position noted_ = 0;            // the same as the file has it
  std::deque<std::string> owed_;  // messages, the oldest first
  std::size_t owed_bytes_ = 0;
  // What the journal is known to hold besides: so many messages from next_ up to seen_.
  std::uint64_t ahead_ = 0;
  Position seen_ = 0;

  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> failures_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool news_ = false;
  bool stopping_ = false;
  std::uint64_t subscription_ = 0;
  std::thread thread_;
};

}  // namespace footfall
