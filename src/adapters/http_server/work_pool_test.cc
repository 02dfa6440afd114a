#include "adapters/http_server/work_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>

namespace footfall {
namespace {

class Lambda final : public Task {
 public:
  explicit Lambda(std::function<void()> body) : body_(std::move(body)) {}
  void run() override { body_(); }

 private:
  std::function<void()> body_;
};

std::unique_ptr<Task> task(std::function<void()> body) { return std::make_unique<Lambda>(std::move(body)); }

TEST(WorkPool, TakesAsManyAsMayWaitBesideThoseBeingDone) {
  std::latch begun(1), go_on(1), done(4);
  WorkPool pool("test", 1, 2);
  auto blocking = task([&] {
    begun.count_down();
    go_on.wait();
    done.count_down();
  });
  ASSERT_TRUE(pool.try_submit(blocking));
  begun.wait();
  auto first = task([&] { done.count_down(); }), second = task([&] { done.count_down(); }), third = task([] {});
  EXPECT_TRUE(pool.try_submit(first));
  EXPECT_TRUE(pool.try_submit(second));
  EXPECT_FALSE(pool.try_submit(third));
  EXPECT_NE(third, nullptr);
  // What belongs to something under way is always taken.
  pool.submit(task([&] { done.count_down(); }));
  go_on.count_down();
  done.wait();
  EXPECT_TRUE(pool.try_submit(third));
}

TEST(WorkPool, FinishesWhatIsBegunAndDropsTheRestWhenItStops) {
  std::latch begun(1);
  std::atomic<bool> finished = false, dropped_ran = false;
  WorkPool pool("test", 1, 10);
  auto long_one = task([&] {
    begun.count_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    finished = true;
  });
  auto dropped = task([&] { dropped_ran = true; });
  ASSERT_TRUE(pool.try_submit(long_one));
  begun.wait();
  ASSERT_TRUE(pool.try_submit(dropped));
  pool.stop();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(dropped_ran);
  auto late = task([] {});
  EXPECT_FALSE(pool.try_submit(late));
  pool.submit(std::move(late));
}

}  // namespace
}  // namespace footfall
