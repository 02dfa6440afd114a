// What a client may not do to the others: be slow, be many, and use up what the process has.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "adapters/http_server/http_server_fixture.h"

namespace footfall {
namespace {

using HttpTimes = HttpServerTest;

TEST_F(HttpTimes, AHeadMustComeInTimeHoweverItsBytesArrive) {
  settings.times.head_read_max = 80ms;
  start();
  Client dripping = connect();
  dripping.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  const auto began = std::chrono::steady_clock::now();
  while (dripping.send("a") && !dripping.receive(5ms)) {
    ASSERT_LT(std::chrono::steady_clock::now() - began, 10s);
  }
  const auto reply = dripping.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408);
  EXPECT_EQ(reply->code(), "head_too_slow");
  dripping.finish_sending();
  EXPECT_TRUE(dripping.ends_within(5s));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 80ms);
}

TEST_F(HttpTimes, ABodyMustComeInTimeHoweverItsBytesArrive) {
  settings.times.body_read_max = 80ms;
  start();
  for (const char* framing : {"Content-Length: 10000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n2710\r\n"}) {
    SCOPED_TRACE(framing);
    Client dripping = connect();
    dripping.send("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(framing));
    const auto began = std::chrono::steady_clock::now();
    while (dripping.send("a") && !dripping.receive(5ms)) {
      ASSERT_LT(std::chrono::steady_clock::now() - began, 10s);
    }
    const auto reply = dripping.read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 408);
    EXPECT_EQ(reply->code(), "body_too_slow");
  }
  EXPECT_EQ(handler.handled, 0);
  EXPECT_TRUE(soon([&] { return server->counters().unfinished_bytes == 0; }));
}

TEST_F(HttpTimes, AWholeRequestHasADeadlineOfItsOwn) {
  settings.times.head_read_max = 60'000ms;
  settings.times.body_read_max = 60'000ms;
  settings.times.request_max = 60ms;
  start();
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  EXPECT_EQ(client.read()->status, 408);
}

TEST_F(HttpTimes, AnIdleConnectionIsClosedWithoutAWord) {
  settings.times.idle_max = 50ms;
  start();
  Client fresh = connect(), used = connect();
  ASSERT_TRUE(used.ask(get("/")));
  EXPECT_TRUE(fresh.ends_within(5s));
  EXPECT_TRUE(used.ends_within(5s));
  EXPECT_EQ(fresh.unread() + used.unread(), "");
}

TEST_F(HttpTimes, AReaderThatTakesNothingIsClosed) {
  settings.times.write_stall_max = 50ms;
  handler.handling = [](const Request&) { return text_response(200, std::string(20'000'000, 'a')); };
  start();
  Client client = connect(4'096);
  client.send(get("/"));
  EXPECT_TRUE(soon([&] { return server->counters().connections_accepted == 1; }));
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST_F(HttpTimes, AReaderThatTakesALittleIsNot) {
  settings.times.write_stall_max = 1'000ms;
  handler.handling = [](const Request&) { return text_response(200, std::string(20'000'000, 'a')); };
  start();
  Client client = connect(262'144);
  client.send(get("/"));
  // Reads for longer than a stall may last, with pauses that are shorter.
  std::size_t bytes = 0;
  for (int reads = 1; bytes < 20'000'000 && client.receive(); ++reads) {
    bytes += std::exchange(client.unread(), "").size();
    if (reads % 8 == 0) std::this_thread::sleep_for(40ms);
  }
  EXPECT_GE(bytes, 20'000'000U);
}

TEST_F(HttpTimes, AQueryThatTakesTooLongIsGivenUp) {
  settings.times.answer_max = 50ms;
  settings.worker_threads = 1;
  std::atomic<bool> go_on{false};
  handler.admitting = [](const Request&) { return Admission{0, true, 0}; };
  handler.handling = [&](const Request&) {
    while (!go_on) std::this_thread::sleep_for(1ms);
    return text_response(200, "too late");
  };
  start();
  Client running = connect(), waiting = connect();
  running.send(get("/"));
  ASSERT_TRUE(soon([&] { return handler.handled == 1; }));
  waiting.send(get("/"));
  for (Client* client : {&running, &waiting}) {
    const auto reply = client->read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->code(), "answer_too_slow");
    EXPECT_TRUE(client->ends_within(5s));
  }
  go_on = true;
  ASSERT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
  // What nobody waited for any more was not begun.
  EXPECT_EQ(handler.handled, 1);
}

TEST_F(HttpTimes, SlowClientsDoNotHoldUpTheOthers) {
  settings.times.head_read_max = 300ms;
  start();
  std::vector<Client> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(connect());
    slow.back().send("GET / HT");
  }
  Client honest = connect();
  std::vector<std::chrono::steady_clock::duration> waits;
  for (int i = 0; i < 200; ++i) {
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(honest.ask(get("/")));
    waits.push_back(std::chrono::steady_clock::now() - began);
  }
  std::sort(waits.begin(), waits.end());
  EXPECT_LT(waits[waits.size() * 9 / 10], 100ms);
  honest.leave();
  for (Client& client : slow) client.finish_sending();
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

using HttpConnections = HttpServerTest;

TEST_F(HttpConnections, OneTooManyIsToldSoAndTheOthersStay) {
  settings.connections_max = 3;
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    ASSERT_TRUE(clients.back().ask(get("/")));
  }
  Client late = connect();
  const auto reply = late.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->code(), "too_many_connections");
  EXPECT_NE(reply->header("retry-after"), "");
  EXPECT_TRUE(late.ends_within(5s));
  EXPECT_EQ(refusals(Refusal::too_many_connections), 1U);
  for (Client& client : clients) EXPECT_TRUE(client.ask(get("/")));
  clients.pop_back();
  EXPECT_TRUE(soon([&] { return connect().ask(get("/"))->status == 200; }));
}

TEST_F(HttpConnections, OneAddressMayNotHaveThemAll) {
  settings.connections_per_address_max = 2;
  settings.may_open_many = [](const Address&) { return false; };
  start();
  Client first = connect(), second = connect();
  ASSERT_TRUE(first.ask(get("/")) && second.ask(get("/")));
  EXPECT_EQ(connect().read()->code(), "too_many_connections_from_address");
  EXPECT_EQ(refusals(Refusal::too_many_connections_from_address), 1U);
}

TEST_F(HttpConnections, UnfinishedBodiesAreBoundedTogether) {
  settings.unfinished_bytes_max = 200'000;
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connect());
    clients.back().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(60'000, 'a'));
  }
  ASSERT_TRUE(soon([&] { return refusals(Refusal::no_memory) >= 1; }));
  // Those that were not refused can go on.
  int taken = 0, refused = 0;
  for (Client& client : clients) {
    client.send(std::string(40'000, 'a'));
    const auto reply = client.read();
    if (reply && reply->status == 200) ++taken;
    if (reply && reply->code() == "no_memory") ++refused;
  }
  EXPECT_GE(taken, 1);
  EXPECT_GE(refused, 1);
}

TEST_F(HttpConnections, ManyComeAndGo) {
  start();
  for (int round = 0; round < 5; ++round) {
    std::vector<Client> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(connect());
    for (Client& client : clients) client.send(get("/"));
    for (Client& client : clients) ASSERT_TRUE(client.read());
  }
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
  EXPECT_EQ(server->counters().connections_accepted, 500U);
}

// The server runs in a child, whose descriptors are then used up.
class HttpDescriptors : public testing::Test {
 protected:
  using Signal = char;

  HttpDescriptors() {
    EXPECT_EQ(::pipe(to_parent), 0);
    EXPECT_EQ(::pipe(to_child), 0);
    child = ::fork();
    if (child == 0) ::_exit(serve());
  }
  ~HttpDescriptors() override {
    for (const int fd : {to_parent[0], to_parent[1], to_child[0], to_child[1]}) ::close(fd);
  }

  template <typename T>
  static void put(int pipe, T value) {
    if (::write(pipe, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) ::_exit(9);
  }
  template <typename T>
  static T take(int pipe) {
    T value{};
    if (::read(pipe, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) ::_exit(9);
    return value;
  }

  static std::chrono::microseconds cpu_used() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  }

  // The child's life: without descriptors until the first signal, with some until the second.
  int serve() {
    const rlimit few{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &few);
    FakeClock clock;
    MemoryJournal journal(clock);
    TaughtHandler handler;
    HttpServerSettings settings;
    settings.times.accept_pause = 20ms;
    auto server = HttpServer::start(settings, handler, journal);
    if (!server) return 1;
    std::vector<int> taken;
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken.push_back(fd);

    const auto cpu_before = cpu_used();
    const auto began = std::chrono::steady_clock::now();
    put(to_parent[1], (*server)->port());
    take<Signal>(to_child[0]);
    const bool spun = cpu_used() - cpu_before > (std::chrono::steady_clock::now() - began) / 2;
    const bool dropped = (*server)->counters().connections_dropped > 0;

    for (const int fd : taken) ::close(fd);
    put(to_parent[1], Signal{});
    take<Signal>(to_child[0]);
    server->reset();
    return spun ? 2 : dropped ? 0 : 3;
  }

  int to_parent[2]{}, to_child[2]{};
  pid_t child = 0;
};

TEST_F(HttpDescriptors, RunningOutOfThemNeitherSpinsNorEndsTheServer) {
  const auto port = take<std::uint16_t>(to_parent[0]);
  {
    std::vector<Client> clients;
    for (int i = 0; i < 200; ++i) clients.emplace_back(port);
    for (Client& client : clients) EXPECT_TRUE(client.ends_within(Client::patience));
    std::this_thread::sleep_for(200ms);
  }
  put(to_child[1], Signal{});
  take<Signal>(to_parent[0]);
  const auto free_again = std::chrono::steady_clock::now();
  for (bool well = false; !well;) {
    ASSERT_LT(std::chrono::steady_clock::now() - free_again, 1s);
    Client client(port);
    const auto reply = client.ask(get("/"));
    well = reply && reply->status == 200;
  }
  put(to_child[1], Signal{});
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace footfall
