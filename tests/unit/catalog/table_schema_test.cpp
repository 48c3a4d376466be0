#include "engine/catalog/table_schema.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace engine::catalog {
namespace {

Type builtin(const std::string& name) { return {name, name, -1, true}; }
Type custom(const std::string& name) { return {name, name, -1, false}; }

Column column(const std::string& name, bool not_null = true) {
  Column made;
  made.name = name;
  made.type = builtin("integer");
  made.declared_type = "integer";
  made.not_null = not_null;
  return made;
}

TableSchema some_table() {
  TableSchema table;
  table.name = {"public", "t"};
  table.access_method = "heap";
  table.columns = {column("a"), column("b"), column("c", false)};
  return table;
}

TEST(TableSchema, ColumnsAreFoundByTheirExactName) {
  const auto table = some_table();
  ASSERT_NE(table.column("a"), nullptr);
  EXPECT_EQ(table.column("a")->name, "a");
  EXPECT_EQ(table.column("A"), nullptr);
  EXPECT_EQ(table.column(""), nullptr);
}

TEST(TableSchema, ThePrimaryKeyIsFoundAmongTheUniqueKeys) {
  auto table = some_table();
  EXPECT_EQ(table.primary_key(), nullptr);
  table.unique_keys = {{"u", false, {"b"}}, {"t_pkey", true, {"a"}}};
  ASSERT_NE(table.primary_key(), nullptr);
  EXPECT_EQ(table.primary_key()->name, "t_pkey");
}

TEST(TableSchema, AUniqueIndexIdentifiesRowsByJustItsColumnsInAnyOrder) {
  auto table = some_table();
  table.unique_keys = {{"u", false, {"a", "b"}}};
  EXPECT_TRUE(table.identifies({"a", "b"}));
  EXPECT_TRUE(table.identifies({"b", "a"}));
  EXPECT_FALSE(table.identifies({"a"}));
  EXPECT_FALSE(table.identifies({"a", "b", "c"}));
  EXPECT_FALSE(table.identifies({}));
}

TEST(TableSchema, AUniqueIndexOverANullableColumnIdentifiesNothing) {
  auto table = some_table();
  table.unique_keys = {{"u", false, {"a", "c"}}};
  EXPECT_FALSE(table.identifies({"a", "c"}));
  table.unique_keys.push_back({"v", false, {"b"}});
  EXPECT_TRUE(table.identifies({"b"})) << "another index may";
}

TEST(TableSchema, OnlyPlainTablesOnHeapsTellWhichTransactionWroteARow) {
  auto table = some_table();
  EXPECT_TRUE(table.has_usable_xmin());
  table.access_method = "columnar";
  EXPECT_FALSE(table.has_usable_xmin());
  table.access_method = "";
  table.kind = 'p';
  EXPECT_TRUE(table.has_usable_xmin());
  table.foreign_parts = true;
  EXPECT_FALSE(table.has_usable_xmin());
  table.foreign_parts = false;
  for (const char kind : {'v', 'm', 'f'}) {
    table.kind = kind;
    EXPECT_FALSE(table.has_usable_xmin()) << kind;
  }
}

TEST(TableSchema, TheHashChangesWithEverythingThatChangesContentsWithoutATrace) {
  const auto before = some_table().hash();
  EXPECT_EQ(some_table().hash(), before);
  const auto after = [](auto change) {
    auto table = some_table();
    change(table);
    return table.hash();
  };
  EXPECT_NE(after([](auto& t) { t.columns.push_back(column("d")); }), before);
  EXPECT_NE(after([](auto& t) { t.columns.pop_back(); }), before);
  EXPECT_NE(after([](auto& t) { t.columns[0].name = "x"; }), before);
  EXPECT_NE(after([](auto& t) { t.columns[0].number = 9; }), before) << "dropped and added again";
  EXPECT_NE(after([](auto& t) { std::swap(t.columns[0], t.columns[1]); }), before);
  EXPECT_NE(after([](auto& t) { t.columns[0].declared_type = "money"; }), before);
  EXPECT_NE(after([](auto& t) { t.columns[0].type.declared = "bigint"; }), before) << "the base of a domain";
  EXPECT_NE(after([](auto& t) { t.columns[0].generation = "a + 1"; }), before);
  EXPECT_NE(after([](auto& t) { t.columns[0].type_definition = "mood ok,sad"; }), before);
  EXPECT_NE(after([](auto& t) { t.descendants = "16500:r"; }), before) << "a partition was attached";
  EXPECT_NE(after([](auto& t) { t.kind = 'p'; }), before);
  EXPECT_NE(after([](auto& t) { t.access_method = "columnar"; }), before);
}

TEST(TableSchema, TheHashDoesNotChangeWithWhatIsNotInTheRows) {
  auto table = some_table();
  table.estimated_rows = 9;
  table.can_insert = false;
  table.unique_keys = {{"u", false, {"a"}}};
  table.foreign_keys = {{"f", {"public", "p"}, {"a"}, false}};
  EXPECT_EQ(table.hash(), some_table().hash());
}

TEST(TableSchema, NeighbouringTextsOfTheHashCannotBeMistakenForEachOther) {
  auto one = some_table(), other = some_table();
  one.columns[0].name = "ab", one.columns[0].declared_type = "c";
  other.columns[0].name = "a", other.columns[0].declared_type = "bc";
  EXPECT_NE(one.hash(), other.hash());
}

TEST(Column, HasAValueOfItsOwnWhereItMayBeLeftOut) {
  EXPECT_FALSE(column("a").has_value_of_its_own());
  EXPECT_TRUE(column("a", false).has_value_of_its_own());
  auto made = column("a");
  made.has_default = true;
  EXPECT_TRUE(made.has_value_of_its_own());
  made.has_default = false;
  made.identity = 'd';
  EXPECT_TRUE(made.has_value_of_its_own());
  made.identity = 0;
  made.generated = true;
  EXPECT_TRUE(made.has_value_of_its_own());
}

// ---- what identifies a row

TEST(Identity, IsThePrimaryKeyElseAnotherUniqueIndexOfColumnsThatAreNeverNull) {
  auto table = some_table();
  EXPECT_TRUE(table.identity().empty());
  table.unique_keys = {{"nullable", false, {"c"}}};
  EXPECT_TRUE(table.identity().empty()) << "c may be NULL, and then more than once";
  table.unique_keys.push_back({"u", false, {"b", "a"}});
  EXPECT_EQ(table.identity(), (std::vector<std::string>{"b", "a"}));
  table.unique_keys.push_back({"t_pkey", true, {"a"}});
  EXPECT_EQ(table.identity(), std::vector<std::string>{"a"});
}

TEST(Identity, AnIndexDoesNotReachTheTablesThatInherit) {
  auto table = some_table();
  table.unique_keys = {{"t_pkey", true, {"a"}}};
  table.descendants = "16500:r";
  EXPECT_TRUE(table.identity().empty());
  table.kind = 'p';
  EXPECT_EQ(table.identity(), std::vector<std::string>{"a"}) << "partitions it does";
}

// ---- how a value enters a hash

std::string hashed(const std::string& name, int modifier = -1, bool builtin_type = true, bool is_domain = false) {
  auto table = some_table();
  table.columns[0].type = {name, name + (modifier < 0 ? "" : "(10,2)"), modifier, builtin_type};
  table.columns[0].is_domain = is_domain;
  return table.hashed("a");
}

TEST(Hashed, WhatIsEqualOnlyWhenEveryByteIsGoesAsItIs) {
  for (const std::string name : {"boolean", "smallint", "integer", "date", "uuid", "bytea"})
    EXPECT_EQ(hashed(name), "$::" + name);
}

TEST(Hashed, TextsAreComparedByTheirBytesWhateverTheColumnsCollation) {
  EXPECT_EQ(hashed("text"), "$::text COLLATE \"C\"");
  EXPECT_EQ(hashed("character varying"), "$::character varying COLLATE \"C\"");
}

TEST(Hashed, WhatHasSeveralFormsOfTheSameValueDoesNotGoAsItIs) {
  for (const std::string name : {"bigint", "numeric", "real", "double precision", "interval", "character", "integer[]"})
    EXPECT_NE(hashed(name), "$::" + name) << "1.0 and 1.00, 0 and -0, one day and 24 hours";
}

TEST(Hashed, ATimeWithAZoneIsTheSameInEverySession) {
  for (const std::string name :
       {"timestamp with time zone", "timestamp with time zone[]", "tstzrange", "tstzmultirange"})
    EXPECT_EQ(hashed(name).find("::text"), std::string::npos) << name << " as text depends on the session's time zone";
}

TEST(Hashed, TypesOfOnesOwnAndDomainsGoAsText) {
  EXPECT_EQ(hashed("mood", -1, false), "$::text") << "labels are numbers of one database";
  EXPECT_EQ(hashed("integer", -1, true, true), "$::text");
  EXPECT_EQ(hashed("jsonb"), "$::text");
}

TEST(Hashed, EveryPatternHasOnePlaceForTheValue) {
  for (const std::string name : {"boolean",
                                 "smallint",
                                 "integer",
                                 "bigint",
                                 "oid",
                                 "date",
                                 "uuid",
                                 "bytea",
                                 "numeric",
                                 "real",
                                 "double precision",
                                 "interval",
                                 "time without time zone",
                                 "time with time zone",
                                 "timestamp without time zone",
                                 "timestamp with time zone",
                                 "text",
                                 "character varying",
                                 "character",
                                 "json",
                                 "jsonb",
                                 "xml",
                                 "inet",
                                 "money"}) {
    const auto pattern = hashed(name);
    EXPECT_EQ(std::count(pattern.begin(), pattern.end(), '$'), 1) << pattern;
  }
  EXPECT_EQ(some_table().hashed("nowhere"), "");
}

Catalog some_catalog() {
  Catalog catalog;
  catalog.tables[{"public", "t"}] = some_table();
  catalog.assignment_casts = {{"integer", "bigint"}};
  catalog.casts = {{"integer", "bigint"}, {"integer", "boolean"}};
  return catalog;
}

TEST(Catalog, ATableIsFoundByItsSchemaAndName) {
  EXPECT_NE(some_catalog().table({"public", "t"}), nullptr);
  EXPECT_EQ(some_catalog().table({"other", "t"}), nullptr);
}

TEST(Catalog, AnAssignmentIsWhatPostgresWouldDoInAnInsert) {
  const auto catalog = some_catalog();
  EXPECT_TRUE(catalog.can_assign(builtin("integer"), builtin("integer")));
  EXPECT_TRUE(catalog.can_assign(builtin("integer"), builtin("bigint")));
  EXPECT_FALSE(catalog.can_assign(builtin("bigint"), builtin("integer"))) << "not in this list";
  EXPECT_FALSE(catalog.can_assign(builtin("integer"), builtin("boolean"))) << "only an explicit cast exists";
  EXPECT_TRUE(catalog.can_assign(builtin("point"), builtin("text"))) << "everything has a text form";
  EXPECT_TRUE(catalog.can_assign(custom("mood"), builtin("text")));
  EXPECT_FALSE(catalog.can_assign(builtin("text"), builtin("integer")));
  EXPECT_TRUE(catalog.can_assign(custom("mood"), custom("mood")));
  EXPECT_FALSE(catalog.can_assign(custom("mood"), custom("other")));
  EXPECT_FALSE(catalog.can_assign(custom("integer"), builtin("integer"))) << "somebody's type of that name";
}

TEST(Catalog, ArraysAreAssignedElementByElement) {
  const auto catalog = some_catalog();
  EXPECT_TRUE(catalog.can_assign(builtin("integer[]"), builtin("bigint[]")));
  EXPECT_FALSE(catalog.can_assign(builtin("integer[]"), builtin("boolean[]")));
  EXPECT_FALSE(catalog.can_assign(builtin("integer[]"), builtin("bigint")));
  EXPECT_FALSE(catalog.can_assign(builtin("integer"), builtin("bigint[]")));
}

TEST(Catalog, ACastCanAlsoBeAskedFor) {
  const auto catalog = some_catalog();
  EXPECT_TRUE(catalog.can_cast(builtin("integer"), builtin("boolean")));
  EXPECT_TRUE(catalog.can_cast(builtin("integer[]"), builtin("boolean[]")));
  EXPECT_TRUE(catalog.can_cast(builtin("text"), builtin("point"))) << "by its text form";
  EXPECT_FALSE(catalog.can_cast(builtin("boolean"), builtin("integer")));
}

}  // namespace
}  // namespace engine::catalog
