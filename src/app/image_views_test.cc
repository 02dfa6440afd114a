// Which fetches of a counting image are one view.
#include "app/image_views.h"

#include <gtest/gtest.h>

#include "domain/limits.h"
#include "testing/fake_clock.h"

namespace footfall {
namespace {

class ImageViewsTest : public testing::Test {
 protected:
  bool take(std::string_view key = "/", std::string_view address = "140.82.115.1",
            std::string_view user_agent = "github-camo (876de43e)", std::string_view site = "example.com") {
    return views.take(views.fetch(site, key, *Address::parse(address), user_agent));
  }
  FakeClock clock;
  ImageViews views{clock, SipKey{1, 2}};
};

TEST_F(ImageViewsTest, CountAParallelFetchOrARetryOfTheSameProxyOnce) {
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  clock.advance(Milliseconds(999));
  EXPECT_FALSE(take());
}

TEST_F(ImageViewsTest, CountTheNextPersonWhomTheSameProxyFetchesFor) {
  EXPECT_TRUE(take());
  clock.advance(Milliseconds(1'000));
  EXPECT_TRUE(take());
}

TEST_F(ImageViewsTest, BeginTheSecondWithTheFetchThatWasCounted) {
  EXPECT_TRUE(take());
  clock.advance(Milliseconds(600));
  EXPECT_FALSE(take());
  clock.advance(Milliseconds(600));
  EXPECT_TRUE(take()) << "repetitions do not keep it shut";
}

TEST_F(ImageViewsTest, TellApartAddressesAgentsKeysAndSites) {
  EXPECT_TRUE(take());
  EXPECT_TRUE(take("/", "140.82.115.2")) << "another machine of the proxy fetches for another person";
  EXPECT_TRUE(take("/", "140.82.115.1", "Firefox"));
  EXPECT_TRUE(take("/other"));
  EXPECT_TRUE(take("/", "140.82.115.1", "github-camo (876de43e)", "example.org"));
  EXPECT_FALSE(take());
}

TEST_F(ImageViewsTest, CountARetryOfWhatCouldNotBeCounted) {
  const auto fetch = views.fetch("example.com", "/", Address(), "");
  EXPECT_TRUE(views.take(fetch));
  views.give_back(fetch);
  EXPECT_TRUE(views.take(fetch));
  EXPECT_FALSE(views.take(fetch));
}

TEST_F(ImageViewsTest, KeepNothingShutWhenTheClockIsSetBack) {
  EXPECT_TRUE(take());
  clock.advance(-Milliseconds(60'000));
  EXPECT_TRUE(take());
}

TEST_F(ImageViewsTest, ForgetTheOldestBeyondTheirBound) {
  EXPECT_TRUE(take("/0"));
  for (std::size_t i = 1; i < image_views_max; ++i) EXPECT_TRUE(take("/" + std::to_string(i)));
  EXPECT_FALSE(take("/0"));
  EXPECT_TRUE(take("/one more"));
  EXPECT_TRUE(take("/0")) << "it was forgotten, and counts";
}

}  // namespace
}  // namespace footfall
