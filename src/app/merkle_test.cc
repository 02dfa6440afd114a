#include "app/merkle.h"

#include <gtest/gtest.h>

#include <functional>

#include "testing/fake_crypto.h"

namespace footfall {
namespace {

// RFC 6962 §2.1 word for word: the tree of a list is that of its two parts, split at the largest power of two below
// its length.
MerkleHash by_the_book(const Crypto& crypto, std::span<const std::string> texts) {
  const auto text = [](const MerkleHash& hash) {
    return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
  };
  if (texts.size() == 1) return crypto.sha256(std::string(1, '\0') + texts[0]);
  std::size_t split = 1;
  while (split * 2 < texts.size()) split *= 2;
  return crypto.sha256("\1" + text(by_the_book(crypto, texts.first(split))) +
                       text(by_the_book(crypto, texts.subspan(split))));
}

class MerkleTest : public testing::Test {
 protected:
  static std::vector<std::string> texts(std::size_t count) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i));
    return texts;
  }
  FakeCrypto crypto_;
};

TEST_F(MerkleTest, IsTheTreeOfTheStandardAndProvesEachOfItsTexts) {
  MerkleTree tree(crypto_);
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 31U, 64U, 100U, 6U}) {
    SCOPED_TRACE(size);
    const auto all = texts(size);
    tree.clear();
    for (const std::string& text : all) tree.add(text);
    const MerkleHash root = tree.root();
    EXPECT_EQ(root, by_the_book(crypto_, all));
    std::vector<MerkleHash> path;
    for (std::size_t leaf = 0; leaf < size; ++leaf) {
      tree.path(leaf, path);
      EXPECT_EQ(path.size(), merkle_path_length(leaf, size));
      EXPECT_EQ(merkle_root(crypto_, all[leaf], leaf, size, path), root);
    }
  }
}

TEST_F(MerkleTest, ProvesNothingElse) {
  MerkleTree tree(crypto_);
  const auto all = texts(5);
  for (const std::string& text : all) tree.add(text);
  const MerkleHash root = tree.root();
  std::vector<MerkleHash> path;
  tree.path(2, path);
  EXPECT_NE(merkle_root(crypto_, "text 3", 2, 5, path), root) << "another text";
  EXPECT_NE(merkle_root(crypto_, "text 2", 3, 5, path), root) << "another place";
  EXPECT_EQ(merkle_root(crypto_, "text 2", 5, 5, path), std::nullopt) << "no such leaf";
  path[1][0] ^= std::byte{1};
  EXPECT_NE(merkle_root(crypto_, "text 2", 2, 5, path), root) << "another sibling";
  path.pop_back();
  EXPECT_EQ(merkle_root(crypto_, "text 2", 2, 5, path), std::nullopt) << "a shorter path";
}

TEST_F(MerkleTest, TellsALeafFromANode) {
  MerkleTree tree(crypto_);
  tree.add("a");
  tree.add("b");
  std::vector<MerkleHash> path;
  const MerkleHash root = tree.root();
  tree.path(0, path);
  // What the root was hashed from, handed in as if it were a text.
  std::string node(reinterpret_cast<const char*>(crypto_.sha256(std::string("\0a", 2)).data()), 32);
  node.append(reinterpret_cast<const char*>(path[0].data()), 32);
  EXPECT_NE(merkle_root(crypto_, node, 0, 1, {}), root);
}

}  // namespace
}  // namespace footfall
