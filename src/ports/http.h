// A request and its response, free of any transport: the HTTP server and the Lambda functions call the same handler.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/address.h"
#include "domain/hit.h"

namespace footfall {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };

// "GET", "DELETE", … and back.
std::string_view name_of(Method method);
std::optional<Method> method_named(std::string_view name);

// The reason phrase of a status (RFC 9110 §15), e.g. "Not Found"; "" for one without a name.
std::string_view reason_phrase(int status);

struct HeaderView {
  std::string_view name;  // as sent; names compare without case
  std::string_view value;
};

// Everything is a view into the transport's buffers and lives until the response has been given back.
struct Request {
  Method method = Method::get;
  std::string_view path;   // as sent: '/' first, no query, not percent-decoded
  std::string_view query;  // without '?'
  std::span<const HeaderView> headers;
  std::string_view body;
  Address peer;                     // the socket's other end
  bool secure = false;              // came over TLS
  std::size_t route = 0;            // what `admit` answered
  std::string_view forwarded_host;  // what a listed proxy was asked for; empty: nothing was said

  // Whom the client asked for, with port, as sent; "" if it did not say.
  [[nodiscard]] std::string_view host() const { return forwarded_host.empty() ? header("host") : forwarded_host; }

  // The first header of this name, any case; "" if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] bool has_header(std::string_view name) const;
};

// A body made piece by piece, for answers too large to hold. May block; called from one thread at a time.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // The next piece, 1 byte to about 256 KiB; empty: the end. An error cuts the connection: the status is long sent.
  virtual Result<std::string> next() = 0;
};

// Takes the pieces of a body that goes on for as long as the reader stays (server-sent events).
class LiveSink {
 public:
  virtual ~LiveSink() = default;
  // Hands on one piece and returns at once. False: the reader has left, or is so slow that it was dropped. Any thread.
  virtual bool send(std::string_view piece) = 0;
};

// Called once the head of the response is on its way. What it returns is destroyed when the reader leaves: the end of
// the subscription.
using LiveBody = std::function<std::shared_ptr<void>(std::shared_ptr<LiveSink>)>;

struct Header {
  std::string_view name;  // a literal, lower case
  std::string value;
};

struct Response;

// Puts the last touch to responses at the moment they may be sent: all that may go at once come in one call, in order,
// so that what costs the same for one as for a hundred (a signature) is paid once.
class Finisher {
 public:
  virtual ~Finisher() = default;
  // Takes what is `unfinished` in each into its body. Must not block. Any thread, several at once.
  virtual void finish(std::span<Response* const> responses) = 0;
};

struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::variant<std::string, std::unique_ptr<BodySource>, LiveBody> body;
  // The response may be sent only once the journal is durable beyond this position. Should the journal fail instead,
  // the transport answers 503 in its place: this is the whole of "2xx means it is on disk".
  std::optional<Position> after;
  // Close the connection behind this response.
  bool close = false;
  // Whoever finishes the response before it is sent, and what it needs to know; it outlives the response.
  Finisher* finisher = nullptr;
  std::string unfinished{};
};

// Has responses finished, those of one finisher together. Those that have none stay as they are.
void finish(std::vector<Response*>& responses);
inline void finish(Response& response) {
  if (response.finisher == nullptr) return;
  std::vector<Response*> one{&response};
  finish(one);
}

// What a handler says to a request's head, before the transport reads a body.
struct Admission {
  std::size_t body_bytes_max = 0;  // a longer body is answered 413
  bool may_block = false;          // run it on a query thread, not on a network thread
  std::size_t route = 0;           // handed back in Request::route
};

// Any thread, many at once.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // `request` has no body yet.
  virtual Admission admit(const Request& request) = 0;
  // Must not block unless it said that it may.
  virtual Response handle(const Request& request) = 0;
};

}  // namespace footfall
