// Servers that answer what a test says, and remember what they were asked.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/http_exchange.h"

namespace footfall {

struct FakeServers {
  struct Asked {
    std::string url;
    ExchangeRequest request;
    std::chrono::milliseconds patience;
    [[nodiscard]] std::string header(std::string_view name) const {
      for (const auto& [named, value] : request.headers) {
        if (equals_ignoring_case(named, name)) return value;
      }
      return {};
    }
  };
  std::vector<Asked> asked;
  // Given in turn; after the last one nobody answers.
  std::deque<Result<ExchangeResponse>> answers;

  void answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    answers.emplace_back(ExchangeResponse{status, std::move(headers), std::move(body)});
  }
  void fail(ErrorCode code) { answers.emplace_back(Error{code, "a fault of the test"}); }

  OpenExchange open() {
    return [this](std::string_view url) -> Result<std::unique_ptr<HttpExchange>> {
      if (!url.starts_with("http://") && !url.starts_with("https://")) return Error{ErrorCode::invalid, "no URL"};
      return std::unique_ptr<HttpExchange>(std::make_unique<One>(*this, std::string(url)));
    };
  }

 private:
  class One final : public HttpExchange {
   public:
    One(FakeServers& servers, std::string url) : servers_(servers), url_(std::move(url)) {}
    Result<ExchangeResponse> exchange(const ExchangeRequest& request, std::chrono::milliseconds patience) override {
      servers_.asked.push_back({url_, request, patience});
      if (servers_.answers.empty()) return Error{ErrorCode::unavailable, "nobody answers"};
      auto answer = std::move(servers_.answers.front());
      servers_.answers.pop_front();
      return answer;
    }

   private:
    FakeServers& servers_;
    std::string url_;
  };
};

}  // namespace footfall
