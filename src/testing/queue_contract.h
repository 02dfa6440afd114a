// What every VisitQueue does, as ports/visit_queue.h promises it: one suite for the fake and for every real one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "domain/limits.h"
#include "ports/visit_queue.h"

namespace footfall {

class QueueContract : public testing::TestWithParam<std::function<std::unique_ptr<VisitQueue>()>> {
 protected:
  void SetUp() override {
    queue_ = GetParam()();
    if (queue_ == nullptr) GTEST_SKIP() << "there is no such queue here";
  }
  Result<Done> send(const std::vector<std::string>& bodies) {
    const std::vector<std::string_view> views(bodies.begin(), bodies.end());
    return queue_->send(views);
  }
  // Takes until every body expected has come, or twenty receives brought nothing new.
  std::map<std::string, int> take(std::size_t expected) {
    std::map<std::string, int> taken;
    for (int turn = 0; turn < 200 && taken.size() < expected; ++turn) {
      const auto messages = queue_->receive(10, std::chrono::seconds(1));
      EXPECT_TRUE(messages) << messages.error().what;
      if (!messages) break;
      for (const QueuedMessage& message : *messages) ++taken[message.body];
      EXPECT_TRUE(queue_->remove(*messages));
    }
    return taken;
  }

  std::unique_ptr<VisitQueue> queue_;
};

TEST_P(QueueContract, GivesWhatWasSent) {
  ASSERT_TRUE(send({"one"}));
  const auto messages = queue_->receive(10, std::chrono::seconds(5));
  ASSERT_TRUE(messages) << messages.error().what;
  ASSERT_EQ(messages->size(), 1U);
  EXPECT_EQ(messages->front().body, "one");
  EXPECT_FALSE(messages->front().id.empty());
  EXPECT_FALSE(messages->front().receipt.empty());
  EXPECT_TRUE(queue_->remove(*messages));
}

TEST_P(QueueContract, TakesMoreThanGoIntoOneCall) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 37; ++i) bodies.push_back("message " + std::to_string(i));
  ASSERT_TRUE(send(bodies));
  EXPECT_EQ(take(bodies.size()).size(), bodies.size());
}

TEST_P(QueueContract, HoldsTheLargestMessageAndRefusesALargerOne) {
  ASSERT_TRUE(send({std::string(queue_message_bytes_max, 'x'), "small", std::string(queue_message_bytes_max, 'y')}));
  const auto taken = take(3);
  EXPECT_TRUE(taken.contains(std::string(queue_message_bytes_max, 'y')));
  const auto refused = send({std::string(queue_message_bytes_max + 1, 'x')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
}

TEST_P(QueueContract, RefusesWhatIsNoTextAndSendsNothingOfIt) {
  for (const std::string& body : {std::string(), std::string("line\n"), std::string("\xC3\xA9")}) {
    const auto sent = send({"good", body});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, ErrorCode::invalid);
  }
  const auto messages = queue_->receive(10, std::chrono::seconds(0));
  ASSERT_TRUE(messages);
  EXPECT_TRUE(messages->empty());
}

TEST_P(QueueContract, KeepsQuotesAndBackslashesAsTheyAre) {
  const std::string odd = R"({"a":"\"<>&%\\"})";
  ASSERT_TRUE(send({odd}));
  EXPECT_TRUE(take(1).contains(odd));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(QueueContract);

}  // namespace footfall
