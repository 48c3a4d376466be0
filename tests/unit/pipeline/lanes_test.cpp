// Which lane takes which tables, and when.
#include "engine/pipeline/lanes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <set>

namespace {

using namespace engine;
using pipeline::Lane;
using pipeline::Lanes;

std::vector<plan::Group> groups_of(std::size_t count) {
  std::vector<plan::Group> groups(count);
  for (std::size_t i = 0; i < count; ++i) groups[i].tasks = {i};
  return groups;
}

// Makes lanes that never connect, and counts them.
struct Maker {
  std::unique_ptr<Lane> operator()() {
    ++*made;
    return std::make_unique<Lane>(pipeline::LaneEnd{"", Place::desktop, nullptr},
                                  pipeline::LaneEnd{"", Place::cloud, nullptr}, std::stop_token());
  }
  std::shared_ptr<std::atomic<int>> made = std::make_shared<std::atomic<int>>(0);
};

TEST(Lanes, ATableWaitsForItsParentsAndForNoOthers) {
  Lanes lanes(3, 3, Maker());
  std::promise<void> grandchild_is_done;
  auto done = grandchild_is_done.get_future();
  std::atomic<int> last_done = 0;
  // 0 is slow and nobody's parent; 3 refers to 2, which refers to 1
  lanes.run(groups_of(4), {{}, {}, {1}, {2}}, [&](Lane&, const plan::Group& group) {
    const auto table = static_cast<int>(group.tasks.front());
    if (table == 0) {
      EXPECT_EQ(done.wait_for(std::chrono::seconds(20)), std::future_status::ready) << "3 waits for 0";
      return;
    }
    EXPECT_EQ(last_done, table - 1) << "its parent is not done";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    last_done = table;
    if (table == 3) grandchild_is_done.set_value();
  });
  EXPECT_EQ(last_done, 3);
}

TEST(Lanes, AreNeverMoreThanTheyMayBe) {
  for (const int writers : {1, 2, 3, 4}) {
    const int jobs = 3;
    const Maker maker;
    Lanes lanes(jobs, writers, maker);
    std::atomic<int> at_work = 0, reading = 0, most = 0, most_reading = 0;
    const auto note = [](std::atomic<int>& greatest, int now) {
      for (int seen = greatest; now > seen && !greatest.compare_exchange_weak(seen, now);) continue;
    };
    // every third one has two that wait for it, and takes what help it gets
    std::vector<std::set<std::size_t>> after(60);
    for (std::size_t i = 3; i < after.size(); ++i) after[i] = {i / 3 * 3 - 3};
    std::atomic<int> carried_out = 0;
    lanes.run(groups_of(after.size()), after, [&](Lane& lane, const plan::Group& group) {
      note(most, ++at_work);
      note(most_reading, ++reading);
      {
        Lanes::Help help(lane.lanes(), [&](Lane&) {
          note(most, ++at_work);
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          --at_work;
        });
        for (int i = 0; i < 3 && group.tasks.front() % 3 == 0; ++i) {
          help.look_for_more();
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
      }
      ++carried_out;
      --reading;
      --at_work;
    });
    EXPECT_EQ(carried_out, 60);
    EXPECT_LE(most_reading, jobs);
    EXPECT_LE(most, std::max(jobs, writers));
    EXPECT_LE(*maker.made, std::max(jobs, writers));
  }
}

}  // namespace
