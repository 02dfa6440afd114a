#include "domain/drop_reason.h"

#include <gtest/gtest.h>

#include <set>

namespace footfall {
namespace {

TEST(DropReason, EveryReasonHasANameOfItsOwnAndIsFoundByIt) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    const auto reason = static_cast<DropReason>(i);
    names.insert(name_of(reason));
    EXPECT_EQ(drop_reason_named(name_of(reason)), reason);
  }
  EXPECT_EQ(names.size(), drop_reasons);
  for (const char* no_reason : {"", "foreign", "Foreign_Origin", "bot"}) EXPECT_FALSE(drop_reason_named(no_reason));
}

TEST(DropReason, NothingIsKeptOfWhoAskedNotToBeCountedOrForASiteThatIsNone) {
  for (const auto reason : {DropReason::unknown_site, DropReason::dnt, DropReason::gpc}) EXPECT_FALSE(is_kept(reason));
  for (const auto reason :
       {DropReason::foreign_origin, DropReason::foreign_referrer, DropReason::cross_site, DropReason::no_token,
        DropReason::bad_token, DropReason::expired_token, DropReason::replayed}) {
    EXPECT_TRUE(is_kept(reason)) << name_of(reason);
  }
}

}  // namespace
}  // namespace footfall
