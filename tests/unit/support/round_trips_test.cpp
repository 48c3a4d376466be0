#include "tests/support/round_trips.hpp"

#include <gtest/gtest.h>

namespace support {
namespace {

using std::chrono::milliseconds;

const std::string ready{"Z\0\0\0\5I", 6};
const std::string authentication{"R\0\0\0\10\0\0\0\0", 9};
const std::string ssl_request{"\0\0\0\10\4\322\26\57", 8};

class RoundTripsTest : public testing::Test {
 protected:
  RoundTrips::Connection connect() {
    const auto connection = trips.open();
    trips.client_says(connection, "startup", at(0));
    trips.server_says(connection, authentication + ready, at(1));
    return connection;
  }
  void ask(RoundTrips::Connection connection, int moment) { trips.client_says(connection, "query", at(moment)); }
  void answer(RoundTrips::Connection connection, int moment) { trips.server_says(connection, "rows", at(moment)); }
  static RoundTrips::Time at(int moment) { return RoundTrips::Time{} + milliseconds(moment); }

  RoundTrips trips;
};

TEST_F(RoundTripsTest, ConnectingIsCountedApart) {
  connect();
  EXPECT_EQ(1, trips.count().connections);
  EXPECT_EQ(1, trips.count().connecting);
  EXPECT_EQ(0, trips.count().after_connecting);
}

TEST_F(RoundTripsTest, ARefusedEncryptionIsARoundTripOfConnecting) {
  const auto connection = trips.open();
  trips.client_says(connection, ssl_request, at(0));
  trips.server_says(connection, "N", at(1));
  trips.client_says(connection, "startup", at(2));
  trips.server_says(connection, authentication, at(3));
  trips.server_says(connection, ready, at(3));
  ask(connection, 4);
  answer(connection, 5);
  EXPECT_EQ(2, trips.count().connecting);
  EXPECT_EQ(1, trips.count().after_connecting);
}

TEST_F(RoundTripsTest, MessagesMayBeCutAnywhere) {
  const auto connection = trips.open();
  trips.client_says(connection, "startup", at(0));
  for (const char letter : authentication + ready) trips.server_says(connection, {&letter, 1}, at(1));
  ask(connection, 2);
  answer(connection, 3);
  EXPECT_EQ(1, trips.count().connecting);
  EXPECT_EQ(1, trips.count().after_connecting);
}

TEST_F(RoundTripsTest, WhatIsSentTogetherIsOneRoundTripAndALongAnswerToo) {
  const auto connection = connect();
  ask(connection, 2);
  ask(connection, 3);
  answer(connection, 4);
  answer(connection, 5);
  EXPECT_EQ(1, trips.count().after_connecting);
  EXPECT_EQ(1, trips.count().in_sequence);
}

TEST_F(RoundTripsTest, WhatIsNotAnsweredIsNone) {
  const auto connection = connect();
  ask(connection, 2);
  answer(connection, 3);
  trips.client_says(connection, std::string("X\0\0\0\4", 5), at(4));
  EXPECT_EQ(1, trips.count().after_connecting);
}

TEST_F(RoundTripsTest, ConnectionsThatWaitAtTheSameTimeWaitOnce) {
  const auto one = connect(), other = connect();
  for (const int moment : {10, 20, 30}) {
    ask(one, moment);
    ask(other, moment + 1);
    answer(one, moment + 5);
    answer(other, moment + 6);
  }
  EXPECT_EQ(6, trips.count().after_connecting);
  EXPECT_EQ(3, trips.count().in_sequence);
  EXPECT_EQ(milliseconds(26), trips.count().time);
}

TEST_F(RoundTripsTest, ConnectionsThatTakeTurnsWaitOneAfterTheOther) {
  const auto one = connect(), other = connect();
  ask(one, 10);
  answer(one, 11);
  ask(other, 12);
  answer(other, 13);
  ask(one, 14);
  answer(one, 15);
  EXPECT_EQ(3, trips.count().in_sequence);
}

}  // namespace
}  // namespace support
