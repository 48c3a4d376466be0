#include "engine/plan/conversion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/tables.hpp"

namespace engine::plan::test {
namespace {

using testing::HasSubstr;
using Zone = std::optional<std::string>;

Conversion way(const std::string& from, const catalog::Column& to, const Zone& source_zone = {},
               const Zone& target_zone = {}) {
  return convert("e", type(from), to, "s.\"v\"", catalog_of({}), source_zone, target_zone);
}
Conversion way(const std::string& from, const std::string& to, const Zone& source_zone = {},
               const Zone& target_zone = {}) {
  return way(from, column("v", to), source_zone, target_zone);
}
catalog::Type custom(const std::string& name) { return type(name, false); }
Conversion way(const catalog::Type& from, const catalog::Column& to) {
  return convert("e", from, to, "s.\"v\"", catalog_of({}), std::nullopt, std::nullopt);
}

bool passes_as_it_is(const Conversion& c) { return c.refusal.empty() && c.same && c.sent == "e" && c.fits.empty(); }
bool converts_freely(const Conversion& c) {
  return c.refusal.empty() && !c.same && c.assigned == "s.\"v\"" && c.fits.empty();
}

TEST(Conversion, TheSameTypePassesAsItIs) {
  for (const std::string name : {"integer",
                                 "text",
                                 "bytea",
                                 "boolean",
                                 "uuid",
                                 "json",
                                 "jsonb",
                                 "xml",
                                 "point",
                                 "numeric",
                                 "numeric(10,2)",
                                 "real",
                                 "double precision",
                                 "date",
                                 "interval",
                                 "inet",
                                 "timestamp without time zone",
                                 "timestamp with time zone",
                                 "time without time zone",
                                 "time with time zone",
                                 "character varying(5)",
                                 "text[]",
                                 "integer[]",
                                 "tsrange",
                                 "\"char\""}) {
    const auto c = way(name, name);
    EXPECT_TRUE(passes_as_it_is(c)) << name << ": " << c.refusal << c.fits;
    EXPECT_EQ(c.stage_type, type(name).name) << name;
  }
}

TEST(Conversion, WideningATypeWithALengthPassesAsItIs) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"character varying(5)", "character varying(50)"},
      {"character varying(5)", "character varying"},
      {"numeric(5,2)", "numeric(10,2)"},
      {"numeric(5,2)", "numeric"},
      {"timestamp(3) without time zone", "timestamp without time zone"},
      {"timestamp(3) without time zone", "timestamp(6) without time zone"},
      {"time(0) without time zone", "time(3) without time zone"},
  };
  for (const auto& [from, to] : pairs) EXPECT_TRUE(passes_as_it_is(way(from, to))) << from << " -> " << to;
}

TEST(Conversion, AStageColumnNeverCarriesALimitThatCouldFailInTheCopy) {
  EXPECT_EQ(way("character varying(5)", "character varying(5)").stage_type, "character varying");
  EXPECT_EQ(way("numeric(5,2)", "numeric(5,2)").stage_type, "numeric");
  EXPECT_EQ(way("timestamp(3) without time zone", "timestamp(3) without time zone").stage_type,
            "timestamp without time zone");
}

TEST(Conversion, CharAndBitWithoutALengthWouldMeanOneAndAreDeclaredSoThatNothingIsCut) {
  EXPECT_EQ(way("character(5)", "character(5)").stage_type, "bpchar");
  EXPECT_EQ(way("bpchar", "bpchar").stage_type, "bpchar");
  EXPECT_EQ(way("character(5)[]", "character(5)[]").stage_type, "bpchar[]");
  EXPECT_EQ(way("bit(8)", "bit(8)").stage_type, "bit(8)");
  EXPECT_EQ(way("bit(8)[]", "bit(8)[]").stage_type, "bit(8)[]");
  EXPECT_EQ(way("bit varying(8)", "bit varying(8)").stage_type, "bit varying");
}

TEST(Conversion, NarrowingTextIsAllowedOnlyWhereItComesBackUnchanged) {
  const auto c = way("text", "character varying(50)");
  EXPECT_EQ(c.refusal, "");
  EXPECT_FALSE(c.same);
  EXPECT_EQ(c.assigned, "s.\"v\"");
  EXPECT_EQ(c.fits, "((s.\"v\"::character varying(50))::text)::text = s.\"v\"::text");
  EXPECT_EQ(way("character varying(80)", "character varying(50)").fits,
            "((s.\"v\"::character varying(50))::character varying)::text = s.\"v\"::text");
  EXPECT_EQ(way("character varying", "character varying(50)").fits,
            "((s.\"v\"::character varying(50))::character varying)::text = s.\"v\"::text");
}

TEST(Conversion, TrailingBlanksThatACharColumnWouldSwallowAreLookedFor) {
  EXPECT_NE(way("text", "character(5)").fits, "");
  EXPECT_NE(way("text", "bpchar").fits, "");
  EXPECT_NE(way("character varying(3)", "character(5)").fits, "");
  EXPECT_NE(way("character(8)", "character(5)").fits, "");
}

TEST(Conversion, TextWithoutALimitTakesEveryText) {
  EXPECT_TRUE(converts_freely(way("character varying(5)", "text")));
  EXPECT_TRUE(converts_freely(way("text", "character varying")));
  EXPECT_TRUE(converts_freely(way("character(5)", "text")));
}

TEST(Conversion, EveryBuiltInTypeBecomesTextByItsTextForm) {
  for (const std::string name : {"integer", "boolean", "numeric(10,2)", "date", "timestamp with time zone", "uuid",
                                 "jsonb", "integer[]", "inet"})
    EXPECT_TRUE(converts_freely(way(name, "text"))) << name;
  EXPECT_EQ(way("integer", "character varying(3)").fits,
            "((s.\"v\"::character varying(3))::integer)::text = s.\"v\"::text");
}

TEST(Conversion, IntegersOutOfRangeAreAnErrorOfTheServerAndNeedNoCheck) {
  for (const std::string from : {"smallint", "integer", "bigint"})
    for (const std::string to : {"smallint", "integer", "bigint", "numeric", "numeric(10,2)"}) {
      if (from != to) {
        EXPECT_TRUE(converts_freely(way(from, to))) << from << " -> " << to;
      }
    }
}

TEST(Conversion, NumbersThatWouldBeRoundedAreLookedFor) {
  EXPECT_EQ(way("numeric", "integer").fits, "(s.\"v\"::integer)::numeric = s.\"v\"");
  EXPECT_EQ(way("double precision", "real").fits, "(s.\"v\"::real)::double precision = s.\"v\"");
  EXPECT_EQ(way("double precision", "bigint").fits, "(s.\"v\"::bigint)::double precision = s.\"v\"");
  EXPECT_EQ(way("numeric", "double precision").fits, "(s.\"v\"::double precision)::numeric = s.\"v\"");
  EXPECT_EQ(way("bigint", "double precision").fits, "(s.\"v\"::double precision)::bigint = s.\"v\"");
  EXPECT_EQ(way("integer", "real").fits, "(s.\"v\"::real)::integer = s.\"v\"");
  EXPECT_TRUE(converts_freely(way("real", "double precision")));
}

TEST(Conversion, ANumericScaleThatWouldBeCutIsLookedFor) {
  EXPECT_EQ(way("numeric", "numeric(10,2)").fits, "coalesce(pg_catalog.scale(s.\"v\") <= 2, true)");
  EXPECT_EQ(way("numeric(12,4)", "numeric(10,2)").fits, "coalesce(pg_catalog.scale(s.\"v\") <= 2, true)");
  EXPECT_EQ(way("numeric", "numeric(10,0)").fits, "coalesce(pg_catalog.scale(s.\"v\") <= 0, true)");
  EXPECT_EQ(way("numeric", "numeric(2,5)").fits, "coalesce(pg_catalog.scale(s.\"v\") <= 5, true)");
}

TEST(Conversion, ANumericScaleThatFitsNeedsNoCheckButIsConverted) {
  EXPECT_TRUE(converts_freely(way("numeric(10,1)", "numeric(10,2)"))) << "1.5 becomes 1.50 in the image";
  EXPECT_TRUE(converts_freely(way("numeric(10,2)", "numeric(5,2)"))) << "too large is an error of the server";
  EXPECT_EQ(way("numeric(10,-3)", "numeric(10,-2)").refusal, "");
  EXPECT_TRUE(converts_freely(way("numeric(10,-3)", "numeric(10,0)")));
}

TEST(Conversion, ANegativeScaleRoundsBeforeThePointAndIsLookedForToo) {
  // 123 in numeric(5,-2) is 100: pg_catalog.scale() of either is 0
  for (const std::string from : {"numeric", "numeric(10,0)", "numeric(10,2)", "numeric(10,-1)", "smallint", "integer",
                                 "bigint", "double precision"}) {
    const auto c = way(from, "numeric(5,-2)");
    EXPECT_EQ(c.refusal, "") << from;
    EXPECT_THAT(c.fits, HasSubstr("numeric(5,-2)"))
        << from << ": only the value itself, there and back, tells whether it was rounded";
  }
}

TEST(Conversion, FractionalSecondsThatWouldBeCutAreLookedFor) {
  EXPECT_EQ(way("timestamp without time zone", "timestamp(3) without time zone").fits,
            "((s.\"v\"::timestamp(3) without time zone)::timestamp without time zone)::text = s.\"v\"::text");
  EXPECT_NE(way("timestamp(6) with time zone", "timestamp(0) with time zone").fits, "");
  EXPECT_NE(way("time without time zone", "time(0) without time zone").fits, "");
  EXPECT_NE(way("interval", "interval(3)").fits, "");
}

TEST(Conversion, ATimestampWithoutAZoneIsReadInTheSourcesZone) {
  const auto c = way("timestamp without time zone", "timestamp with time zone", "Asia/Kolkata", std::nullopt);
  EXPECT_EQ(c.refusal, "");
  EXPECT_EQ(c.sent, "((e)::timestamp AT TIME ZONE 'Asia/Kolkata')");
  EXPECT_EQ(c.stage_type, "timestamp with time zone");
  EXPECT_TRUE(c.same);
}

TEST(Conversion, ATimestampWithAZoneIsWrittenInTheTargetsZone) {
  const auto c = way("timestamp with time zone", "timestamp without time zone", std::nullopt, "Asia/Kolkata");
  EXPECT_EQ(c.refusal, "");
  EXPECT_EQ(c.sent, "((e) AT TIME ZONE 'Asia/Kolkata')");
  EXPECT_EQ(c.stage_type, "timestamp without time zone");
  EXPECT_TRUE(c.same);
}

TEST(Conversion, TheZoneOfTheWrongSideDoesNotCount) {
  EXPECT_THAT(way("timestamp without time zone", "timestamp with time zone", std::nullopt, "Asia/Kolkata").refusal,
              HasSubstr("write timezone: (for example Asia/Kolkata) for the side without one, the source"));
  EXPECT_THAT(way("timestamp with time zone", "timestamp without time zone", "Asia/Kolkata", std::nullopt).refusal,
              HasSubstr("the target"));
}

TEST(Conversion, AZoneIsNeverAppliedWhereBothSidesAgree) {
  EXPECT_EQ(way("timestamp with time zone", "timestamp with time zone", "Asia/Kolkata", "Europe/Paris").sent, "e");
  EXPECT_EQ(way("timestamp without time zone", "timestamp without time zone", "Asia/Kolkata", "Europe/Paris").sent,
            "e");
  EXPECT_EQ(way("date", "date", "Asia/Kolkata", "Europe/Paris").sent, "e");
}

TEST(Conversion, AZoneWithAQuoteStaysALiteral) {
  EXPECT_EQ(way("timestamp without time zone", "timestamp with time zone", "a'b", std::nullopt).sent,
            "((e)::timestamp AT TIME ZONE 'a''b')");
}

TEST(Conversion, MicrosecondsAreLookedForBesidesTheZone) {
  const auto c = way("timestamp without time zone", "timestamp(0) with time zone", "UTC", std::nullopt);
  EXPECT_FALSE(c.same);
  EXPECT_EQ(c.fits, "((s.\"v\"::timestamp(0) with time zone)::timestamp with time zone)::text = s.\"v\"::text");
  EXPECT_TRUE(way("timestamp(3) without time zone", "timestamp(3) with time zone", "UTC", std::nullopt).same);
}

TEST(Conversion, ADateMeetsATimestampWithAZoneAtMidnightOfItsOwnSide) {
  EXPECT_EQ(way("date", "timestamp with time zone", "Asia/Kolkata", std::nullopt).sent,
            "((e)::timestamp AT TIME ZONE 'Asia/Kolkata')");
  EXPECT_NE(way("date", "timestamp with time zone").refusal, "");
  const auto back = way("timestamp with time zone", "date", std::nullopt, "Asia/Kolkata");
  EXPECT_EQ(back.sent, "((e) AT TIME ZONE 'Asia/Kolkata')");
  EXPECT_EQ(back.fits, "((s.\"v\"::date)::timestamp without time zone)::text = s.\"v\"::text")
      << "a time of day would be lost";
  EXPECT_NE(way("timestamp with time zone", "date").refusal, "");
}

TEST(Conversion, ADateBecomesATimestampAndBackOnlyAtMidnight) {
  EXPECT_EQ(way("date", "timestamp without time zone").refusal, "");
  EXPECT_EQ(way("timestamp without time zone", "date").fits,
            "((s.\"v\"::date)::timestamp without time zone)::text = s.\"v\"::text");
}

TEST(Conversion, ATimeOfDayIsNoTimestampAndIsRefused) {
  EXPECT_THAT(way("timestamp without time zone", "time without time zone").refusal, HasSubstr("without changing it"));
  EXPECT_NE(way("timestamp with time zone", "time without time zone", std::nullopt, "UTC").refusal, "");
  EXPECT_NE(way("timestamp with time zone", "time with time zone", std::nullopt, "UTC").refusal, "");
  EXPECT_NE(way("time without time zone", "timestamp without time zone").refusal, "");
}

TEST(Conversion, ATimeOfDayNeitherGetsNorLosesAZone) {
  EXPECT_NE(way("time without time zone", "time with time zone", "UTC", "UTC").refusal, "");
  EXPECT_NE(way("time with time zone", "time without time zone", "UTC", "UTC").refusal, "");
}

TEST(Conversion, AnArrayOfTimesNeitherGetsNorLosesAZone) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"timestamp without time zone[]", "timestamp with time zone[]"},
                                                        {"timestamp with time zone[]", "timestamp without time zone[]"},
                                                        {"date[]", "timestamp with time zone[]"},
                                                        {"timestamp with time zone[]", "date[]"},
                                                        {"time without time zone[]", "time with time zone[]"},
                                                        {"time with time zone[]", "time without time zone[]"}})
    EXPECT_NE(way(from, to).refusal, "") << from << " -> " << to << " would be read in the session's zone";
}

TEST(Conversion, ADomainIsWhatItIsMadeOfAndStillChecked) {
  const auto same = way("integer", column("v", "integer", {.domain = "positive"}));
  EXPECT_TRUE(converts_freely(same)) << "the image is of the domain, so that its CHECK judges the value";
  const auto narrow = way("text", column("v", "character varying(5)", {.domain = "short"}));
  EXPECT_NE(narrow.fits, "");
  EXPECT_FALSE(way("text", column("v", "text", {.domain = "email"})).same);
  EXPECT_FALSE(way(custom("citext"), column("v", "text", {.domain = "email"})).same);
}

TEST(Conversion, EnumsAndOtherTypesOfADatabaseTravelAsText) {
  const auto c = way(custom("mood"), column("v", "mood", {.builtin = false}));
  EXPECT_EQ(c.refusal, "");
  EXPECT_EQ(c.sent, "(e)::text");
  EXPECT_EQ(c.stage_type, "text");
  EXPECT_FALSE(c.same);
  EXPECT_EQ(c.assigned, "s.\"v\"::mood");
  EXPECT_EQ(way(custom("\"Odd Type\"[]"), column("v", "\"Odd Type\"[]", {.builtin = false})).assigned,
            "s.\"v\"::\"Odd Type\"[]");
}

TEST(Conversion, AnEnumBecomesTextAndTextAnEnum) {
  const auto to_text = way(custom("mood"), column("v", "text"));
  EXPECT_TRUE(to_text.same);
  EXPECT_EQ(to_text.sent, "(e)::text");
  EXPECT_EQ(to_text.fits, "");
  EXPECT_EQ(way(custom("mood"), column("v", "character varying(3)")).fits,
            "((s.\"v\"::character varying(3))::text)::text = s.\"v\"::text");
  for (const std::string from : {"text", "character varying(10)", "character(10)"}) {
    const auto back = way(type(from), column("v", "mood", {.builtin = false}));
    EXPECT_EQ(back.refusal, "") << from;
    EXPECT_EQ(back.assigned, "s.\"v\"::text::mood") << from;
  }
}

TEST(Conversion, OtherTypesDoNotBecomeATypeOfTheDatabase) {
  EXPECT_NE(way(type("integer"), column("v", "mood", {.builtin = false})).refusal, "");
  EXPECT_NE(way(custom("mood"), column("v", "integer")).refusal, "");
}

TEST(Conversion, TypesThatNameObjectsByNumberTravelAsText) {
  for (const std::string name : {"regclass", "regtype", "regproc", "regrole"}) {
    const auto c = way(name, name);
    EXPECT_EQ(c.refusal, "") << name;
    EXPECT_EQ(c.sent, "(e)::text") << name;
    EXPECT_EQ(c.stage_type, "text") << name;
    EXPECT_FALSE(c.same) << name;
    EXPECT_EQ(c.assigned, "s.\"v\"::" + name) << name;
  }
  EXPECT_EQ(way("aclitem[]", "aclitem[]").sent, "(e)::text");
  EXPECT_NE(way("regclass", "integer").refusal, "");
}

TEST(Conversion, SearchQueriesTravelAsText) {  // most servers cannot read an empty one in binary
  EXPECT_EQ(way("tsquery", "tsquery").sent, "(e)::text");
  EXPECT_EQ(way("tsquery[]", "tsquery[]").sent, "(e)::text");
  EXPECT_NE(way("integer", "tsquery").refusal, "");
  EXPECT_NE(way(custom("mood"), column("v", "tsquery")).refusal, "");
}

TEST(Conversion, ArraysAreConvertedLikeTheirElements) {
  const auto widened = way("integer[]", "bigint[]");
  EXPECT_EQ(widened.refusal, "");
  EXPECT_EQ(widened.assigned, "s.\"v\"");
  EXPECT_EQ(way("text[]", "character varying(5)[]").fits,
            "((s.\"v\"::character varying(5)[])::text[])::text = s.\"v\"::text");
  EXPECT_NE(way("numeric[]", "numeric(10,2)[]").fits, "");
  EXPECT_NE(way("text[]", "integer[]").refusal, "");
  EXPECT_NE(way("text", "text[]").refusal, "");
}

TEST(Conversion, PairsWithoutAnAssignmentAreRefusedAndNameTheColumnAndBothTypes) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"text", "integer"},
                                                                                 {"integer", "boolean"},
                                                                                 {"boolean", "integer"},
                                                                                 {"text", "date"},
                                                                                 {"bytea", "integer"},
                                                                                 {"integer", "date"},
                                                                                 {"text", "bytea"},
                                                                                 {"jsonb", "integer"},
                                                                                 {"uuid", "bigint"}})
    EXPECT_EQ(way(from, to).refusal, "column v: a value of type " + from + " cannot become " + to +
                                         " without changing it; write under columns: how it is to be computed");
}

TEST(Conversion, JsonDoesNotBecomeJsonbByItselfBecauseJsonbForgetsTheSpelling) {
  EXPECT_THAT(way("json", "jsonb").refusal, HasSubstr("v: \"v::jsonb\""));
  EXPECT_EQ(way("jsonb", "json").refusal, "");
}

TEST(Conversion, BitStringsKeepTheirLength) {
  EXPECT_EQ(way("bit(8)", "bit varying").refusal, "");
  EXPECT_NE(way("bit varying", "bit(8)").fits, "");
  EXPECT_NE(way("bit varying(16)", "bit varying(8)").fits, "");
}

}  // namespace
}  // namespace engine::plan::test
