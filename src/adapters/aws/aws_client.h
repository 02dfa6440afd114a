// One service of AWS that speaks JSON: signed calls over a kept connection, tried again where that is right.
//
// What the service refuses for want of capacity was not done, and is tried again with full jitter until it is done or
// the time is over. Where no answer came, it may have been done: it is tried again only if the caller says that twice
// is as good as once. One thread at a time.
//   source  "Exponential Backoff and Jitter", AWS Architecture Blog, 2015: full jitter
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/aws/credentials.h"
#include "adapters/aws/sigv4.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/http_exchange.h"

namespace footfall::aws {

struct ServiceSettings {
  SigningScope scope;
  std::string endpoint;  // http(s)://HOST[:PORT]; empty: the region's own
  std::string protocol;  // "1.0"
  // One try, and all of them together where no deadline is set.
  std::chrono::milliseconds try_time{5'000};
  std::chrono::milliseconds whole_time{30'000};
  std::chrono::milliseconds wait_first{50};
  std::chrono::milliseconds wait_max{5'000};
};

// What a service said. `type` names why it refused ("ConditionalCheckFailedException"); empty: it did not.
struct ServiceAnswer {
  std::string type;
  std::string body;
};

// The outside of the clients of one process; all outlive them.
struct Surroundings {
  const Clock& clock;
  const Crypto& crypto;
  CredentialSource& credentials;
  OpenExchange open;
  std::function<void(std::chrono::milliseconds)> wait;  // how the time between two tries passes
};

enum class Repeat { harmless, harmful };

class AwsClient {
 public:
  // Error: invalid (the endpoint).
  static Result<std::unique_ptr<AwsClient>> make(ServiceSettings settings, Surroundings surroundings);

  // Calls `target` ("DynamoDB_20120810.GetItem") with a body of JSON. `extra` is added to the time of each try: what
  // the service may take by design (long polling).
  //   errors  unavailable     refused for want of capacity, or nobody answers, until the time was over: not done
  //           unknown_result  no answer: it may have been done
  //           unauthorized    no credentials, or those there are were refused
  Result<ServiceAnswer> call(std::string_view target, const std::string& body, Repeat repeat,
                             std::chrono::milliseconds extra = std::chrono::milliseconds(0));

  // Lets time pass before what a service left undone is said again for the `turn`th time, from 0. Error: unavailable
  // (there is none left).
  Result<Done> wait_before(unsigned turn);

  // From now on no try begins, and no wait ends, after this moment: what called us must have time left to say so.
  void end_by(Instant deadline) { deadline_ = deadline; }

  // Tries so far, for whoever counts what a visit costs.
  [[nodiscard]] std::uint64_t tries() const { return tries_; }

 private:
  struct Private {};

 public:
  AwsClient(Private, ServiceSettings settings, Surroundings surroundings, std::unique_ptr<HttpExchange> server,
            std::string host)
      : settings_(std::move(settings)),
        surroundings_(std::move(surroundings)),
        server_(std::move(server)),
        host_(std::move(host)) {}

 private:
  // What one try came to: an answer, or why there is none.
  enum class Fate { answered, not_done, unknown, refused_credentials };
  struct Try {
    Fate fate = Fate::unknown;
    ServiceAnswer answer;
    Error why;
  };
  Try try_once(std::string_view target, const std::string& body, Repeat repeat, std::chrono::milliseconds patience);
  Try judge(ExchangeResponse response) const;
  std::chrono::milliseconds jitter(unsigned turn);

  const ServiceSettings settings_;
  Surroundings surroundings_;
  std::unique_ptr<HttpExchange> server_;
  const std::string host_;  // as the header has it
  std::optional<Instant> deadline_;
  std::uint64_t tries_ = 0;
};

}  // namespace footfall::aws
