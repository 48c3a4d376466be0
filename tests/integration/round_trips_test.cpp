// What scripts/bench.sh says about round trips: the proxy counts with a real server what a session counts itself.

#include <gtest/gtest.h>

#include "tests/support/pair.hpp"
#include "tests/support/proxy.hpp"

namespace {

using support::cloud;
using support::Clusters;
using support::Proxy;
using support::Session;

TEST(RoundTrips, TheProxyCountsWhatASessionWaitsFor) {
  Proxy proxy(Clusters::running().port(cloud));
  proxy.delay(std::chrono::milliseconds(2));
  std::int64_t waited = 0;
  {
    Session one(proxy.url("postgres"), cloud), other(proxy.url("postgres"), cloud);
    const auto before = one.round_trips() + other.round_trips();
    one.run_script("SELECT 1; SELECT repeat('x', 300000); SELECT 2");
    one.run("SELECT $1::int", {"1"});
    other.run("SELECT 1");
    waited = one.round_trips() + other.round_trips() - before;
  }
  const auto count = proxy.round_trips();
  EXPECT_EQ(3, waited);
  EXPECT_EQ(waited, count.after_connecting);
  EXPECT_EQ(waited, count.in_sequence);
  EXPECT_EQ(2, count.connections);
  EXPECT_GE(count.connecting, 2);
  EXPECT_GE(count.time, std::chrono::milliseconds(3 * 4));
}

}  // namespace
