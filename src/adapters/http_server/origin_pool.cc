#include "adapters/http_server/origin_pool.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "adapters/http_server/network_thread.h"
#include "base/check.h"

namespace footfall {
namespace {

// A name that is not known is asked for again after so long.
constexpr std::chrono::seconds unknown_name_time{1};

}  // namespace

OriginPool::OriginPool(NetworkThread& thread, Origin origin)
    : thread_(thread),
      origin_(std::move(origin)),
      resolver_(thread.executor()),
      is_name_(!Address::parse(origin_.host)) {
  if (!is_name_) addresses_ = {*Address::parse(origin_.host)};
}

// Whoever still has a connection is gone by now.
OriginPool::~OriginPool() {
  for (Row* const row : {&taken_, &idle_}) {
    while (!row->empty()) destroy(*row, row->front());
  }
}

bool OriginPool::has_place() const { return taken_.size() + idle_.size() < thread_.settings().origins.connections_max; }

OriginPool::Taken OriginPool::take(OriginUser& user, Wanted wanted) {
  FOOTFALL_ASSERT(!user.is_linked());
  if (wanted != Wanted::fresh) {
    if (OriginConnection* const idle = take_idle(user, wanted)) return {idle, {}};
  }
  if (is_name_ && (addresses_.empty() || thread_.now() >= addresses_until_)) look_up();
  if (addresses_.empty()) {
    if (unknown_until_ && thread_.now() < *unknown_until_) return {nullptr, ForwardFailure::unreachable};
    waiting_.push_back(user);
    return {};
  }
  if (!has_place() && !idle_.empty()) destroy(idle_, idle_.front());
  if (!has_place()) {
    waiting_.push_back(user);
    return {};
  }
  auto* const connection = new OriginConnection(*this, user, addresses_, origin_.port);
  taken_.push_back(*connection);
  thread_.tally().origin_connections.add(1);
  return {connection, {}};
}

OriginConnection* OriginPool::take_idle(OriginUser& user, Wanted wanted) {
  while (!idle_.empty()) {
    OriginConnection& connection = idle_.back();
    if (!connection.is_quiet(wanted == Wanted::alive)) {
      destroy(idle_, connection);
      continue;
    }
    idle_.pop_back();
    taken_.push_back(connection);
    connection.user_ = &user;
    return &connection;
  }
  return nullptr;
}

void OriginPool::give_back(OriginConnection& connection, std::optional<std::chrono::seconds> idle_time) {
  const OriginSettings& settings = thread_.settings().origins;
  std::chrono::milliseconds keep = settings.idle_max;
  // A second sooner than the origin: its clock began before ours.
  if (idle_time) keep = *idle_time - std::chrono::seconds(1);
  const bool useful = keep > std::chrono::milliseconds(0) && idle_.size() < settings.idle_connections_max &&
                      !thread_.stopping() && connection.is_quiet(false);
  if (!useful) return close(connection);
  taken_.erase(taken_.iterator_to(connection));
  idle_.push_back(connection);
  connection.user_ = nullptr;
  connection.is_used_ = true;
  connection.idle_until_ = thread_.now() + keep;
  wake();
}

void OriginPool::close(OriginConnection& connection) {
  destroy(taken_, connection);
  wake();
}

void OriginPool::abort(OriginConnection& connection) {
  if (connection.state() == OriginConnection::State::failed) thread_.tally().origin_connect_failures.add(1);
  connection.abort();
  close(connection);
}

void OriginPool::close_idle(OriginConnection& connection) {
  destroy(idle_, connection);
  wake();
}

void OriginPool::destroy(Row& row, OriginConnection& connection) {
  row.erase_and_dispose(row.iterator_to(connection), [](OriginConnection* gone) { delete gone; });
  thread_.tally().origin_connections.subtract(1);
}

void OriginPool::connected(const Address& address) {
  const auto at = std::find(addresses_.begin(), addresses_.end(), address);
  if (at != addresses_.end()) std::rotate(addresses_.begin(), at, addresses_.end());
}

void OriginPool::on_tick() {
  const auto now = thread_.now();
  while (!idle_.empty()) {
    // Not all are kept for the same time, but the origin says the same each time.
    if (idle_.front().idle_until_ > now) break;
    destroy(idle_, idle_.front());
  }
  // A user that is told gives up its connection, and with it its place in the row.
  for (auto at = taken_.begin(); at != taken_.end();) {
    OriginConnection& connection = *at++;
    if (connection.state() != OriginConnection::State::connecting) continue;
    if (now - connection.began_ <= thread_.settings().origins.connect_max + thread_.settings().times.tick) continue;
    if (!connection.connect()) connection.user_->on_origin();
  }
  if (!waiting_.empty() && addresses_.empty()) wake();
}

void OriginPool::look_up() {
  if (std::exchange(looking_up_, true)) return;
  resolver_.async_resolve(origin_.host, std::to_string(origin_.port),
                          [this](const boost::system::error_code& error, const Resolver::results_type& results) {
                            looking_up_ = false;
                            std::vector<Address> addresses;
                            for (const auto& result : results) {
                              if (const auto address = Address::parse(result.endpoint().address().to_string())) {
                                addresses.push_back(*address);
                              }
                            }
                            if (error == boost::asio::error::operation_aborted) return;
                            looked_up(std::move(addresses));
                          });
}

void OriginPool::looked_up(std::vector<Address> addresses) {
  if (addresses.empty()) {
    // Addresses that were known serve on: a name server may be away for a while.
    unknown_until_ = thread_.now() + unknown_name_time;
    addresses_until_ = *unknown_until_;
  } else {
    unknown_until_.reset();
    addresses_until_ = thread_.now() + thread_.settings().origins.name_max;
    const bool has_changed =
        !std::is_permutation(addresses.begin(), addresses.end(), addresses_.begin(), addresses_.end());
    if (has_changed) addresses_ = std::move(addresses);
  }
  tell_waiting();
}

// Soon: whoever waits may not be told from within another one's call.
void OriginPool::wake() {
  if (waiting_.empty() || std::exchange(wake_asked_, true)) return;
  boost::asio::post(thread_.executor(), [this] {
    wake_asked_ = false;
    tell_waiting();
  });
}

// Those who asked first ask first again, as long as there is something to be had.
void OriginPool::tell_waiting() {
  Users asking;
  asking.swap(waiting_);
  while (!asking.empty() && (has_place() || !idle_.empty() || addresses_.empty())) {
    OriginUser& user = asking.front();
    asking.pop_front();
    user.on_origin();
  }
  // Behind nobody who has come since.
  waiting_.splice(waiting_.begin(), asking);
}

OriginPool& Origins::pool(const Origin& origin) {
  const auto known =
      std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) { return pool->origin() == origin; });
  if (known != pools_.end()) return **known;
  pools_.push_back(std::make_unique<OriginPool>(thread_, origin));
  return *pools_.back();
}

void Origins::on_tick() {
  for (const auto& pool : pools_) pool->on_tick();
}

}  // namespace footfall
