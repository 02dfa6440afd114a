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

// Whether a field speaks of one connection and is never sent on to the next (RFC 9110 §7.6.1): Connection, Keep-Alive,
// TE, Trailer, Transfer-Encoding, Upgrade, HTTP2-Settings and all of Proxy and Proxy-*.
bool belongs_to_connection(std::string_view name);
// Whether a list such as Connection's value ("close, X-Note") has this entry, any case.
bool list_has(std::string_view list, std::string_view entry);

// Everything is a view into the transport's buffers and lives until the response has been given back.
struct Request {
  Method method = Method::get;
  std::string_view path;   // as sent: '/' first, no query, not percent-decoded
  std::string_view query;  // without '?'; its data() is null if there is no '?' either
  std::span<const HeaderView> headers;
  std::string_view body;
  Address peer;                     // the socket's other end
  bool secure = false;              // came over TLS
  bool upgrade = false;             // asks for WebSocket in place of HTTP; whoever does not forward it ignores that
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
  // How many bytes all pieces will have together, if that is known: the client is told, and a body that turns out to be
  // of another length breaks the connection.
  [[nodiscard]] virtual std::optional<std::uint64_t> bytes() const { return std::nullopt; }
  // A piece waits for a disk at most, for a moment, and not for a query.
  [[nodiscard]] virtual bool is_quick() const { return false; }
};

// Bytes that someone keeps for many answers, and the part of them to send: making the response copies nothing.
struct KeptBytes {
  std::shared_ptr<const std::string> all;  // shared: its keeper may let go of it before a slow reader has it
  std::string_view part;
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

// Where another server listens.
struct Origin {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 80;

  friend bool operator==(const Origin&, const Origin&) = default;
};

// The head of an origin's response on its way to the client. Its headers may be changed; those that belong to the
// connection or frame the body are not among them. Names are views into the transport's buffers.
struct ForwardedHead {
  int status = 200;  // 101, or 200 to 599; not to be changed
  std::vector<Header> headers;
};

// Why no response came from the origin.
enum class ForwardFailure : std::uint8_t {
  unreachable,  // no connection
  broken,       // it closed the connection instead of answering, or its answer breaks the rules of HTTP
  too_slow,     // it took the request and did not answer in time
  busy,         // as many requests as it may have are under way already
};

// A request that another server is to answer. Both bodies pass through the transport in pieces and are never whole in
// memory. Only for requests whose body is streamed (Admission), and from handlers that do not block: names may be views
// into the request.
struct ForwardedRequest {
  std::shared_ptr<const Origin> origin;  // shared: settings may change while a request is under way
  Method method = Method::get;
  std::string target;  // path and query as they are sent
  // All but those that frame the body or speak of the connection: the transport writes these.
  std::vector<Header> headers;
  // Ask the origin for the upgrade to WebSocket that the client asked for. When it agrees, bytes pass both ways from
  // then on.
  bool upgrade = false;
  // The origin's response has come; what is changed in the head, the client sees. The head is sent once the journal is
  // durable beyond the position that is returned, as with Response::after. Not called for 1xx but 101. Must not block.
  std::function<std::optional<Position>(ForwardedHead&)> on_head;
  // What the client gets if there is no response. Must be set, must not block, and its body must be a text.
  std::function<struct Response(ForwardFailure)> on_failure;
};

struct Response {
  int status = 200;
  std::vector<Header> headers;
  // Of a ForwardedRequest, status and headers are the origin's, and those here are not used.
  std::variant<std::string, std::unique_ptr<BodySource>, LiveBody, KeptBytes, std::unique_ptr<ForwardedRequest>> body;
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

// The length of a response's body, if it is known before the body has been made.
std::optional<std::uint64_t> body_bytes(const Response& response);

// How a handler gets the body of a request.
enum class BodyMode : std::uint8_t {
  whole,  // `handle` is called once all of it has come
  // `handle` is called with the head alone. A ForwardedRequest takes the body; any other answer ignores it, and ends
  // the connection if there is one.
  streamed,
};

// What a handler says to a request's head, before the transport reads a body.
struct Admission {
  std::size_t body_bytes_max = 0;   // a longer body is answered 413
  bool may_block = false;           // run it on a query thread, not on a network thread
  std::size_t route = 0;            // handed back in Request::route
  bool is_quick = false;            // if it blocks, then on a disk for a moment: it neither waits behind queries nor
                                    // is refused because they are many
  BodyMode body = BodyMode::whole;  // if streamed, `body_bytes_max` does not count, and `handle` must not block
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
