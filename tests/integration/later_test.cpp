// Statements whose answers nobody waits for, and answers that are asked for ahead of time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.hpp"
#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "tests/support/pair.hpp"

namespace {

using engine::Error;
using engine::ErrorCode;
using engine::postgres::Opening;
using engine::postgres::Session;
using engine::postgres::Transaction;
using support::cloud;
using support::Pair;
using testing::ElementsAre;

class Later : public testing::Test {
 protected:
  Later() { pair_.sql(cloud, "CREATE TABLE t (n int, found text)"); }

  long long rows() { return pair_.number(cloud, "SELECT count(*) FROM t"); }
  static Session::Otherwise complaint(const std::string& what) {
    return [what](std::int64_t touched) {
      return Error(ErrorCode::partial, what + ": " + std::to_string(touched)).retryable(true);
    };
  }

  Pair pair_{support::Contents::reused};
  std::unique_ptr<Session> session_ = pair_.connect(cloud);
};

TEST_F(Later, GoesWithTheNextStatementInItsRoundTripAndBeforeIt) {
  Transaction write(*session_, Opening());
  const auto before = session_->round_trips();
  write.later("INSERT INTO t VALUES ($1, $2)", {"1", "it's $2 -- or so"});
  write.later("UPDATE t SET n = n + 1");
  EXPECT_EQ(session_->round_trips(), before);
  const auto seen = write.run("SELECT n, found FROM t WHERE n = $1", {"2"});
  EXPECT_EQ(session_->round_trips(), before + 1);
  EXPECT_EQ(seen.text(0, "found"), "it's $2 -- or so");
  write.later("DELETE FROM t");
  write.commit();
  EXPECT_EQ(session_->round_trips(), before + 2);
  EXPECT_EQ(rows(), 0);
}

TEST_F(Later, AnotherNumberOfRowsEndsTheTransactionBeforeItsCommit) {
  {
    Transaction write(*session_, Opening());
    write.later("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 3) i", 3, complaint("first"));
    write.later("UPDATE t SET found = 'y' WHERE n < 3", 3, complaint("second"));
    try {
      write.commit();
      FAIL() << "it was committed";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "second: 2");
      EXPECT_TRUE(error.retryable());
    }
  }
  EXPECT_FALSE(session_->in_transaction());
  EXPECT_EQ(rows(), 0);
  Transaction write(*session_, Opening());
  write.later("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 3) i", 3, complaint("first"));
  write.commit();
  EXPECT_EQ(rows(), 3);
}

// Names of columns mean columns, whatever the language around them knows.
TEST_F(Later, NoNameInAStatementIsTakenForAVariable) {
  pair_.sql(cloud, "INSERT INTO t VALUES (1, 'a'); ALTER TABLE t ADD pgtide_rows bigint DEFAULT 7");
  Transaction write(*session_, Opening());
  write.later("UPDATE t SET n = pgtide_rows WHERE found = 'a'", 1, complaint("update"));
  write.commit();
  EXPECT_EQ(pair_.number(cloud, "SELECT n FROM t"), 7);
}

TEST_F(Later, WhatWasNotSentIsForgottenWithItsTransaction) {
  {
    Transaction write(*session_, Opening());
    write.later("INSERT INTO t VALUES (1)");
  }
  session_->run("SELECT 1");
  EXPECT_EQ(rows(), 0);
}

TEST_F(Later, ItsErrorIsThatOfTheStatementThatSendsIt) {
  {
    Transaction write(*session_, Opening());
    write.later("INSERT INTO t VALUES (1 / 0)");
    try {
      write.run("SELECT 1");
      FAIL() << "it was not sent";
    } catch (const Error& error) {
      EXPECT_EQ(error.sqlstate(), "22012");
    }
  }
  EXPECT_FALSE(session_->in_transaction());
  session_->later("INSERT INTO t VALUES (1)");  // outside a transaction at once
  EXPECT_EQ(rows(), 1);
  EXPECT_THROW(session_->later("DELETE FROM t", {}, 2, complaint("delete")), Error);
}

TEST_F(Later, AnswersThatWereAskedForAreThereUntilTheyAreForgotten) {
  const auto before = session_->round_trips();
  const auto asked = engine::postgres::bound("SELECT $1::int AS n", {"5"});
  const auto own = session_->ask_ahead("SELECT 1 AS one; SELECT 2 AS two", {asked, "SELECT 6 AS m"});
  EXPECT_EQ(own.size(), 2U);
  EXPECT_EQ(session_->run("SELECT $1::int AS n", {"5"}).number(0, "n"), 5);
  EXPECT_EQ(session_->round_trips(), before + 1);
  const auto all = session_->run_all({"SELECT 7 AS k", "SELECT 6 AS m", "SELECT 8 AS k"});
  EXPECT_THAT((std::vector<long long>{all[0].number(0, "k"), all[1].number(0, "m"), all[2].number(0, "k")}),
              ElementsAre(7, 6, 8));
  EXPECT_EQ(session_->round_trips(), before + 2);
  session_->forget_answers();
  EXPECT_EQ(session_->run("SELECT $1::int AS n", {"5"}).number(0, "n"), 5);
  EXPECT_EQ(session_->round_trips(), before + 3);
}

TEST_F(Later, FewRowsOfCopyComeWithAScriptAndManyAreAnError) {
  pair_.sql(cloud, "INSERT INTO t SELECT i, 'abc' FROM generate_series(1, 4) i");
  const auto results = session_->run_script(
      "SELECT 1; COPY (SELECT n FROM t) TO STDOUT (FORMAT binary); COPY (SELECT n FROM t WHERE false) TO STDOUT "
      "(FORMAT "
      "binary); SELECT 2");
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[1].command, "COPY");
  EXPECT_EQ(results[1].affected, 4);
  EXPECT_EQ(results[1].sent.size(), 4U * (2 + 4 + 4));
  EXPECT_EQ(results[2].affected, 0);
  EXPECT_TRUE(results[2].sent.empty());
  EXPECT_THROW(session_->run_script("COPY (SELECT repeat('x', 1000000) FROM generate_series(1, 500)) TO STDOUT (FORMAT "
                                    "binary)"),
               Error);
  EXPECT_EQ(session_->run("SELECT 3 AS three").number(0, "three"), 3);
}

}  // namespace
