#include "engine/core/fingerprint.hpp"

#include <gtest/gtest.h>

#include <set>

namespace engine {
namespace {

// Whether the text has the form of a UUID of this version.
bool is_uuid(const std::string& text, char version) {
  if (text.size() != 36 || text[14] != version || std::string("89ab").find(text[19]) == std::string::npos) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::string("0123456789abcdef").find(text[i]) == std::string::npos) return false;
  }
  return true;
}

TEST(Fingerprint, NeverChangesBetweenVersionsAndMachines) {
  // As Python's uuid.uuid5(uuid.NAMESPACE_OID, text) makes them: the state in the databases depends on it.
  EXPECT_EQ(fingerprint(""), "0a68eb57-c88a-5f34-9e9d-27f85e68af4f");
  EXPECT_EQ(fingerprint("practice"), "4d0ff2f4-8a28-5c14-a533-dc8e018aa46c");
  EXPECT_EQ(fingerprint(std::string("a\0b", 3)), "7b3b400f-4415-5958-a230-454632df1c5d");
}

TEST(Fingerprint, DiffersWhereTheTextDiffers) {
  EXPECT_NE(fingerprint("a"), fingerprint("b"));
  EXPECT_NE(fingerprint("a"), fingerprint("a "));
  EXPECT_NE(fingerprint(std::string("a\0b", 3)), fingerprint(std::string("a\0c", 3)));
}

TEST(Fingerprint, IsANameBasedUuid) { EXPECT_TRUE(is_uuid(fingerprint("x"), '5')); }

TEST(RandomToken, IsARandomUuidThatDoesNotComeTwice) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1'000; ++i) {
    const std::string token = random_token();
    EXPECT_TRUE(is_uuid(token, '4')) << token;
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 1'000u);
}

}  // namespace
}  // namespace engine
