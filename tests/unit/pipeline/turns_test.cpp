#include "engine/pipeline/turns.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace engine::pipeline::test {
namespace {

using namespace std::chrono_literals;

TEST(Turns, ComeInTheOrderOfTheNumbers) {
  Turns turns;
  std::vector<int> order;
  {
    std::vector<std::jthread> writers;
    for (int number = 4; number >= 0; --number)
      writers.emplace_back([&, number] {
        ASSERT_TRUE(turns.await(static_cast<std::uint64_t>(number)));
        order.push_back(number);
        turns.pass();
      });
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Turns, OneMayBeAskedToGiveWay) {
  Turns turns;
  EXPECT_FALSE(turns.await(1, 0ms)) << "it is not its turn";
  std::jthread asking;
  {
    bool gave_way = false;
    std::jthread waiting([&] { gave_way = !turns.await(1, 1h); });
    asking = std::jthread([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) turns.ask_to_give_way();  // whenever the other one begins to wait
    });
    waiting.join();
    EXPECT_TRUE(gave_way);
  }
  asking.request_stop();
  asking.join();
  turns.pass();
  EXPECT_TRUE(turns.await(1, 0ms));
}

TEST(Turns, NobodyWaitsForWorkThatIsOver) {
  Turns turns;
  std::jthread waiting([&] { EXPECT_FALSE(turns.await(7)); });
  turns.end();
  waiting.join();
  EXPECT_FALSE(turns.await(0));
  EXPECT_FALSE(turns.await(0, 1h));
}

}  // namespace
}  // namespace engine::pipeline::test
