#include "adapters/http_client/url_post.h"

#include "adapters/http_client/http_client.h"

namespace footfall {
namespace {

class UrlPost final : public HttpPost {
 public:
  UrlPost(std::string server, std::string target) : server_(std::move(server)), target_(std::move(target)) {}

  Result<int> post(const Headers& headers, std::string_view body, std::chrono::seconds patience) override {
    // Messages are rare: a connection each spares the question whether the last one still stands.
    auto client = HttpClient::make(server_);
    if (!client) return client.error();
    ClientRequest request{Method::post, target_, headers, std::string(body)};
    // What is answered is of no interest.
    const auto response = (*client)->send(request, patience, [](std::string_view) { return Result<Done>(Done{}); });
    if (!response) return response.error();
    return response->status;
  }

 private:
  std::string server_;
  std::string target_;
};

}  // namespace

Result<std::unique_ptr<HttpPost>> post_to(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
  std::string server(url.substr(0, path));
  std::string target(path == std::string_view::npos ? "/" : url.substr(path));
  if (target.find_first_of("# \r\n") != std::string::npos) {
    return Error{ErrorCode::invalid, "the URL of the webhook has a fragment or a space in it"};
  }
  if (const auto client = HttpClient::make(server); !client) return client.error();
  return std::unique_ptr<HttpPost>(std::make_unique<UrlPost>(std::move(server), std::move(target)));
}

}  // namespace footfall
