#include "adapters/http_client/server_exchange.h"

#include "adapters/http_client/http_client.h"

namespace footfall {
namespace {

class ServerExchange final : public HttpExchange {
 public:
  explicit ServerExchange(std::unique_ptr<HttpClient> client) : client_(std::move(client)) {}

  Result<ExchangeResponse> exchange(const ExchangeRequest& request, std::chrono::milliseconds patience) override {
    const ClientRequest message{request.method, request.target, request.headers, request.body, request.repeatable};
    auto response = client_->send(message, std::chrono::ceil<std::chrono::seconds>(patience));
    if (!response) return response.error();
    return ExchangeResponse{response->status, std::move(response->headers), std::move(response->body)};
  }

 private:
  std::unique_ptr<HttpClient> client_;
};

}  // namespace

Result<std::unique_ptr<HttpExchange>> exchange_with(std::string_view url) {
  auto client = HttpClient::make(url);
  if (!client) return client.error();
  return std::unique_ptr<HttpExchange>(std::make_unique<ServerExchange>(std::move(*client)));
}

}  // namespace footfall
