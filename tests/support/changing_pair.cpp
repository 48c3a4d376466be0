#include "tests/support/changing_pair.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace support {
namespace {

// Rows of `keyless` in one group; those of the first groups are never changed.
constexpr int group_rows = 50;
constexpr int stable_groups = 10;

// Wide enough for several chunks.
const std::string wide = "repeat(md5(i::text), 32)";

const std::string tables =
    "  - {desktop: keyed, key: [id], rebuild_indexes: true}\n"
    "  - {desktop: loose, key: [id]}\n"
    "  - {desktop: tree, key: [id]}\n"
    "  - {desktop: keyless, key: none, match: [grp, pos], skip: [number]}\n"
    "  - {desktop: passing, key: [id], deletes: hard, fuse: 100%}\n"
    "  - {cloud: phone, key: [id], direction: reverse, origin: {column: source, desktop: D, cloud: M}}\n";

}  // namespace

ChangingPair::ChangingPair(int rows) : rows_(rows) {
  sql(desktop,
      "CREATE TABLE keyed (id int, v text, updated_at timestamp DEFAULT now(), wide text, kind int DEFAULT 1); CREATE "
      "TABLE loose (id int, "
      "v text); "
      "CREATE TABLE tree (id int, parent int, v text); CREATE TABLE keyless (grp int, pos int, v text); CREATE TABLE "
      "phone (id int, v text); CREATE TABLE passing (id int, v text)");
  sql(cloud,
      "CREATE TABLE kinds (id int PRIMARY KEY); INSERT INTO kinds VALUES (1); CREATE TABLE keyed (id int PRIMARY KEY, "
      "v "
      "text, updated_at timestamp, wide text, kind int CONSTRAINT of_a_kind REFERENCES kinds, own text DEFAULT 'the "
      "cloud''s'); CREATE INDEX keyed_by_v ON keyed (v); CREATE "
      "TABLE loose (id int, v text); CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree, v text); "
      "CREATE "
      "TABLE keyless (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, grp int, pos int, v text); CREATE TABLE "
      "phone (id serial PRIMARY KEY, v text, source char(1) DEFAULT 'M'); CREATE TABLE passing (id int PRIMARY KEY, v "
      "text)");
  const std::string all = " FROM generate_series(1, " + std::to_string(rows) + ") i; ";
  // Every parent has a greater number than its children: no order of the keys is the right one.
  sql(desktop, "INSERT INTO keyed SELECT i, 'first', now(), " + wide + all + "INSERT INTO loose SELECT i, 'first'" +
                   all + "INSERT INTO tree SELECT i, CASE WHEN i < " + std::to_string(rows) +
                   " THEN i + 1 + (i * 7) % (" + std::to_string(rows) + " - i) END, 'first'" + all +
                   "INSERT INTO keyless SELECT i / " + std::to_string(group_rows) + ", i % 40, 'first'" + all +
                   "INSERT INTO passing SELECT i, 'first'" + all);
  use_map(tables);
}

void ChangingPair::change(Chance& chance) {
  const std::string text = "'change " + std::to_string(++changes_) + "'";
  const auto some = [&] { return "% 20 = " + std::to_string(chance.between(0, 19)); };
  const auto new_rows = [&](const std::string& table, const std::string& columns) {
    return "INSERT INTO " + table + " SELECT " + columns + " FROM (SELECT max(id) FROM " + table +
           ") m, generate_series(1, " + std::to_string(chance.between(1, rows_ / 20)) + ") i; ";
  };
  sql(desktop,
      "UPDATE keyed SET v = " + text + " WHERE id " + some() + "; " +
          new_rows("keyed", "max + i, " + text + ", now(), " + wide) + "UPDATE loose SET v = " + text + " WHERE id " +
          some() + "; " + new_rows("loose", "max + i, " + text) + "UPDATE tree SET v = " + text + " WHERE id " +
          some() + "; " + new_rows("tree", "max + i, max + i + 1, " + text) +
          "INSERT INTO tree SELECT max(id) + 1, NULL, 'root' FROM tree; UPDATE keyless SET v = " + text +
          " WHERE grp > " + std::to_string(stable_groups) + " AND (grp + pos) " + some() +
          "; INSERT INTO keyless SELECT grp, pos, " + text + " FROM keyless WHERE grp > " +
          std::to_string(stable_groups) + " AND grp " + some() + " LIMIT 100; DELETE FROM keyless WHERE grp > " +
          std::to_string(stable_groups) + " AND pos = " + std::to_string(chance.between(0, 39)) + " AND grp " + some() +
          "; DELETE FROM passing WHERE id " + some() + "; " + new_rows("passing", "coalesce(max, 0) + i, " + text));
  sql(cloud, "INSERT INTO phone (v) SELECT " + text + " FROM generate_series(1, " +
                 std::to_string(chance.between(1, rows_ / 20)) + ")");
}

void ChangingPair::start_over() {
  sql("DROP SCHEMA IF EXISTS pgtide CASCADE");
  sql(cloud, "TRUNCATE keyed, loose, tree, keyless, passing");
  sql(desktop, "TRUNCATE phone");
  numbers_.clear();
}

void ChangingPair::sync_in_the_end(const std::string& mode) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  last_mode_ = mode;
  do last_outcome = sync(mode);
  while (last_outcome.status == 6 && std::chrono::steady_clock::now() < late);
  EXPECT_EQ(last_outcome.status, 0) << last_outcome.everything();
}

std::vector<std::string> ChangingPair::stable_numbers() {
  return rows(cloud, "SELECT number, grp, pos, v FROM keyless WHERE grp <= " + std::to_string(stable_groups) +
                         " ORDER BY number");
}

// What the desktop has deleted goes with a full run.
void ChangingPair::expect_passing_equal() {
  if (last_mode_ == "full") return expect_same("passing");
  const auto here = contents(desktop, "passing"), there = contents(cloud, "passing");
  const std::set<std::string> in_cloud(there.begin(), there.end());
  for (const auto& row : here) EXPECT_TRUE(in_cloud.contains(row)) << row << " of passing did not arrive";
}

void ChangingPair::expect_equal(bool reverse) {
  const Place target = reverse ? desktop : cloud;
  if (reverse) {
    expect_same("phone", "phone", "id, v");
  } else {
    expect_same("keyed", "keyed", "id, v, updated_at, md5(wide)");
    expect_same("loose");
    expect_same("tree");
    expect_same("keyless", "keyless", "grp, pos, v");
    expect_passing_equal();
    EXPECT_EQ(value(cloud, "SELECT count(*) FROM keyed WHERE own IS DISTINCT FROM 'the cloud''s'"), "0");
    EXPECT_EQ(value(cloud, "SELECT count(*) FROM pg_index WHERE indexrelid = 'keyed_by_v'::regclass AND indisvalid"),
              "1");
    EXPECT_EQ(value(cloud, "SELECT count(*) FROM pg_constraint WHERE conname = 'of_a_kind' AND convalidated"), "1");
    if (!numbers_.empty()) {
      EXPECT_TRUE(numbers_ == stable_numbers()) << "rows without a key that nobody changed got other numbers";
    }
  }
  EXPECT_EQ(value(target, "SELECT count(*) FROM pgtide.watermark WHERE sync_status <> 'completed'"), "0");
  EXPECT_EQ(value(target, "SELECT count(*) FROM pgtide.rebuild"), "0");
  EXPECT_EQ(value(target, "SELECT count(*) FROM pgtide.run WHERE finished_at IS NULL"), "0");
}

}  // namespace support
