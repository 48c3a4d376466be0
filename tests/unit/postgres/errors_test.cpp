#include "engine/postgres/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace engine::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

Error error_of(const std::string& sqlstate, const std::string& message, const std::string& doing = "",
               const std::string& file = "") {
  return server_error({sqlstate, message, file}, doing);
}
std::string text_of(const char* sqlstate, const char* message, const char* file = "") {
  return error_of(sqlstate, message, "", file).what();
}

TEST(ServerError, NamesTheOperationTheMessageAndTheState) {
  const Error error = error_of("42P01", "relation \"x\" does not exist\n", "table climaster");
  EXPECT_STREQ(error.what(), "table climaster: relation \"x\" does not exist (42P01)");
  EXPECT_EQ(error.sqlstate(), "42P01");
  EXPECT_EQ(error.code(), ErrorCode::partial);
  EXPECT_FALSE(error.retryable());
}

TEST(ServerError, AWrongValueIsNotRepeatedInWhateverLanguageTheServerSpeaks) {
  const std::string form = "a value has not the form that the type of its column wants (22P02)";
  EXPECT_EQ(text_of("22P02", "invalid input syntax for type integer: \"secret 4711\""), form);
  EXPECT_EQ(text_of("22P02", "ung\u00fcltiger Eingabewert f\u00fcr Enum mood: \u00bbsecret\u00ab"), form);
  EXPECT_EQ(text_of("22007", "invalid input syntax for type date: \"31.02.1999\""),
            "a value is no valid date or time (22007)");
  EXPECT_EQ(text_of("22003", "value \"99999999999\" is out of range for type integer"),
            "a number is out of the range of its column (22003)");
  EXPECT_EQ(text_of("22999", "secret"), "a value cannot be converted (22999)");
  EXPECT_EQ(text_of("22001", "value too long for type character varying(5)"),
            "value too long for type character varying(5) (22001)");
}

TEST(ServerError, WhatATriggerSaysIsNotRepeated) {
  for (const char* state : {"P0001", "P0002", "P0004"}) {
    EXPECT_THAT(text_of(state, "client Smith, born 1970, is not allowed"), Not(HasSubstr("Smith")));
    EXPECT_THAT(text_of(state, "client Smith"), HasSubstr(state));
  }
}

TEST(ServerError, WhatATriggerSaysIsNotRepeatedWhateverCodeItChose) {
  for (const char* file : {"pl_exec.c", "plpy_elog.c", "plperl.c", "pltcl.c"})
    for (const char* state : {"23514", "22000", "45000", "42501", "40001", "TR123"}) {
      const Error error = error_of(state, "client Smith is not allowed", "table t", file);
      EXPECT_THAT(error.what(), Not(HasSubstr("Smith"))) << file << state;
      EXPECT_EQ(error.sqlstate(), state);
      EXPECT_NE(error.hint(), "") << file << state;
    }
  EXPECT_EQ(error_of("23514", "m", "", "pl_exec.c").code(), ErrorCode::partial);
  EXPECT_EQ(error_of("40001", "m", "", "pl_exec.c").retryable(), true) << "a function that asks to be tried again";
}

TEST(ServerError, WhatThePlannerSaysIsNoTriggersWord) {
  for (const char* file : {"plancat.c", "planner.c", "plancache.c"})
    EXPECT_THAT(text_of("42P10", "there is no unique constraint", file), HasSubstr("no unique constraint")) << file;
}

TEST(ServerError, ALostConnectionCanBeTriedAgain) {
  const Error error = lost_connection("reading t");
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_TRUE(error.retryable());
  EXPECT_THAT(error.what(), HasSubstr("reading t: the connection was lost"));
}

TEST(ServerError, NamesOfConstraintsAreKept) {
  EXPECT_EQ(text_of("23505", "duplicate key value violates unique constraint \"t_pkey\""),
            "duplicate key value violates unique constraint \"t_pkey\" (23505)");
  EXPECT_THAT(text_of("23514", "new row for relation \"t\" violates check constraint \"c\""), HasSubstr("\"c\""));
}

TEST(ServerError, WithoutAStateThereIsNoEmptyBracket) {
  const Error error = error_of("", "something", "doing");
  EXPECT_STREQ(error.what(), "doing: something");
  EXPECT_EQ(error.code(), ErrorCode::partial);
}

struct Case {
  const char* sqlstate;
  ErrorCode code;
  bool retryable;
};

TEST(ServerError, TheStateDecidesTheExitStatusAndWhetherToTryAgain) {
  for (const Case& c :
       std::initializer_list<Case>{{"08006", ErrorCode::unavailable, true},   // connection lost
                                   {"57P01", ErrorCode::unavailable, true},   // administrator stops the server
                                   {"57P03", ErrorCode::unavailable, true},   // it is starting
                                   {"53300", ErrorCode::unavailable, true},   // too many connections
                                   {"53100", ErrorCode::unavailable, true},   // disk full
                                   {"58030", ErrorCode::unavailable, true},   // I/O error
                                   {"28P01", ErrorCode::unavailable, false},  // wrong password
                                   {"3D000", ErrorCode::unavailable, false},  // no such database
                                   {"42501", ErrorCode::refused, false},      // no right
                                   {"25006", ErrorCode::refused, false},      // a standby
                                   {"40001", ErrorCode::partial, true},       // serialisation
                                   {"40P01", ErrorCode::partial, true},       // deadlock
                                   {"55P03", ErrorCode::partial, true},       // lock timeout
                                   {"57014", ErrorCode::partial, false},      // cancelled
                                   {"23505", ErrorCode::partial, false},
                                   {"23503", ErrorCode::partial, false},
                                   {"22P02", ErrorCode::partial, false},
                                   {"P0001", ErrorCode::partial, false},
                                   {"XX000", ErrorCode::partial, false}}) {
    const Error error = error_of(c.sqlstate, "m", "d");
    EXPECT_EQ(error.code(), c.code) << c.sqlstate;
    EXPECT_EQ(error.retryable(), c.retryable) << c.sqlstate;
    EXPECT_EQ(error.sqlstate(), c.sqlstate);
  }
}

TEST(ServerError, WhatAnOperatorCanMeetHasAHint) {
  for (const char* state : {"42501", "28P01", "3D000", "08006", "57P01", "53300", "53100", "40001", "55P03", "23503",
                            "23505", "23502", "23514", "22P02", "P0001"})
    EXPECT_NE(error_of(state, "m").hint(), "") << state;
}

TEST(IsAboutARow, WrongValuesViolationsAndTriggersAre) {
  for (const char* state :
       {"22P02", "22001", "23502", "23503", "23505", "23514", "23P01", "P0001", "44000", "21000", "45000", "TR123"})
    EXPECT_TRUE(is_about_a_row(state)) << state;
}

TEST(IsAboutARow, TheServerTheNetworkAndTheSchemaAreNot) {
  for (const char* state : {"08006", "57P01", "40001", "42501", "42703", "53100", "55P03", "57014", "XX000", ""})
    EXPECT_FALSE(is_about_a_row(state)) << state;
}

}  // namespace
}  // namespace engine::postgres
