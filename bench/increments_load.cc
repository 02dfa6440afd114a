// Increments one counter from many connections and proves the answers: each of the numbers that follow the first must
// come exactly once.
//
//   increments_load footfall|redis PORT CONNECTIONS REQUESTS KEY
//
// One thread, one request under way on each connection. Speaks HTTP to Footfall and RESP to Redis, and does the same
// for both: send, find the number in the answer, note it and the time. Prints one line of JSON. Exit code 1: an answer
// was wrong, missing, or came twice.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "increments_load: %s\n", what.c_str());
  std::exit(1);
}

// What an answer says, once it is whole: its number, and how many bytes it had. Bytes 0: more must come.
struct Answer {
  std::uint64_t number = 0;
  std::size_t bytes = 0;
};

std::uint64_t number_at(std::string_view text) { return std::strtoull(text.data(), nullptr, 10); }

Answer read_http(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  constexpr std::string_view length = "content-length: ";
  const std::size_t at = text.find(length);
  if (!text.starts_with("HTTP/1.1 200") || at > end) fail("refused: " + std::string(text.substr(0, 400)));
  const std::size_t whole = end + 4 + number_at(text.substr(at + length.size()));
  if (text.size() < whole) return {};
  constexpr std::string_view value = "\"value\":";
  const std::size_t number = text.find(value, end);
  if (number == std::string_view::npos) fail("an answer without a value");
  return {number_at(text.substr(number + value.size())), whole};
}

Answer read_resp(std::string_view text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return {};
  if (text[0] != ':') fail("refused: " + std::string(text.substr(0, end)));
  return {number_at(text.substr(1)), end + 2};
}

struct Connection {
  int socket = -1;
  std::string input;
  Clock::time_point sent;
};

int connected(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("cannot connect");
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) fail("usage: increments_load footfall|redis PORT CONNECTIONS REQUESTS KEY");
  const bool http = std::string_view(argv[1]) == "footfall";
  const int port = std::atoi(argv[2]);
  const auto connections = static_cast<std::size_t>(std::atoi(argv[3]));
  const auto requests = static_cast<std::size_t>(std::atoll(argv[4]));
  const std::string key = argv[5];
  const std::string request =
      http ? "POST /api/counters/" + key + "/increment HTTP/1.1\r\nhost: bench\r\ncontent-length: 0\r\n\r\n"
           : "*2\r\n$4\r\nINCR\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";

  const int poll = ::epoll_create1(0);
  std::vector<Connection> all(connections);
  for (Connection& connection : all) {
    connection.socket = connected(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
  }

  std::vector<std::uint64_t> numbers;
  std::vector<std::uint32_t> waits_us;
  numbers.reserve(requests);
  waits_us.reserve(requests);
  std::size_t sent = 0;
  const auto send = [&](Connection& connection) {
    if (sent == requests) return;
    ++sent;
    connection.sent = Clock::now();
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      fail("cannot send");
    }
  };

  const auto begun = Clock::now();
  for (Connection& connection : all) send(connection);
  std::vector<epoll_event> events(connections);
  char buffer[16'384];
  while (numbers.size() < requests) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 10'000);
    if (ready <= 0) fail("no answer for ten seconds");
    for (int i = 0; i < ready; ++i) {
      Connection& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      const ssize_t got = ::recv(connection.socket, buffer, sizeof buffer, 0);
      if (got <= 0) fail("the connection ended");
      connection.input.append(buffer, static_cast<std::size_t>(got));
      const Answer answer = http ? read_http(connection.input) : read_resp(connection.input);
      if (answer.bytes == 0) continue;
      const auto waited = Clock::now() - connection.sent;
      waits_us.push_back(
          static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(waited).count()));
      numbers.push_back(answer.number);
      connection.input.erase(0, answer.bytes);
      send(connection);
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();

  std::sort(numbers.begin(), numbers.end());
  std::size_t repeated = 0;
  for (std::size_t i = 1; i < numbers.size(); ++i) repeated += numbers[i] == numbers[i - 1] ? 1 : 0;
  const std::uint64_t missing = numbers.back() - numbers.front() + 1 - (numbers.size() - repeated);
  std::sort(waits_us.begin(), waits_us.end());
  const auto part = [&](double share) {
    return waits_us[static_cast<std::size_t>(share * static_cast<double>(waits_us.size() - 1))];
  };
  std::printf(
      "{\"requests\":%zu,\"seconds\":%.4f,\"rps\":%.0f,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u,\"first\":%llu,"
      "\"last\":%llu,\"repeated\":%zu,\"missing\":%llu}\n",
      requests, seconds, static_cast<double>(requests) / seconds, part(0.5), part(0.99), waits_us.back(),
      static_cast<unsigned long long>(numbers.front()), static_cast<unsigned long long>(numbers.back()), repeated,
      static_cast<unsigned long long>(missing));
  return repeated == 0 && missing == 0 ? 0 : 1;
}
