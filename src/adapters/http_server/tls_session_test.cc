// What a session says about whether there is more to read, on which the server relies: it is told of news only once.

#include "adapters/http_server/tls_session.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <future>
#include <optional>

#include "adapters/http_server/tls_fixture.h"

namespace footfall {
namespace {

class TlsSessionTest : public testing::Test {
 protected:
  TlsSessionTest() {
    folder_.put("example.com");
    tls_ = *Tls::load(folder_.files());
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), bytes), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &bytes), 0);
    auto shaking = std::async(std::launch::async,
                              [&] { return std::make_unique<TlsClient>(ntohs(address.sin_port), Handshake{}); });
    descriptor_ = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    session_ = tls_->accept(descriptor_);
    while (session_->is_shaking_hands()) session_->read(room_);
    client_ = shaking.get();
  }
  ~TlsSessionTest() override {
    session_.reset();
    ::close(descriptor_);
  }

  // Waits until all that was sent so far is in the socket.
  void send(std::string_view text) {
    int before = 0;
    ::ioctl(descriptor_, FIONREAD, &before);
    client_->send(text);
    for (int waiting = before; waiting < before + static_cast<int>(text.size());)
      ::ioctl(descriptor_, FIONREAD, &waiting);
  }
  Moved read(std::size_t bytes) { return session_->read(std::span(room_).first(bytes)); }

  TlsFolder folder_;
  std::shared_ptr<Tls> tls_;
  std::unique_ptr<TlsClient> client_;
  int descriptor_ = -1;
  std::unique_ptr<TlsSession> session_;
  std::array<char, 4'096> room_{};
};

TEST_F(TlsSessionTest, SaysThatThereIsMoreUntilTheSocketIsFoundEmpty) {
  send(std::string(100, 'a'));
  send(std::string(100, 'b'));
  const Moved first = read(100);
  EXPECT_EQ(first.bytes, 100U);
  EXPECT_TRUE(first.more) << "the second record has been taken from the socket, and not been asked for";
  send(std::string(100, 'c'));
  std::size_t all = first.bytes;
  // Whoever stops when there is no more has everything.
  for (bool more = true; more;) {
    const Moved next = read(room_.size());
    all += next.bytes;
    more = next.more;
  }
  EXPECT_EQ(all, 300U);
}

}  // namespace
}  // namespace footfall
