#pragma once

#include "engine/plan/statements.hpp"
#include "tests/unit/plan/tables.hpp"

// Tasks and windows whose statements the tests look at.
namespace engine::plan::test {

namespace sql = statements;

inline const sql::TemporaryNames names{"pgtide_stage_1", "pgtide_image_1", "pgtide_verdict_1"};

inline Window since() {
  Window window;
  window.kind = Window::Kind::since;
  window.from.next_xid = 4294968296;  // 1000 in the second epoch
  window.from.unfinished = {4294968200, 990};
  window.until = 4294968300;
  return window;
}
inline Window whole() {
  auto window = since();
  window.kind = Window::Kind::whole;
  return window;
}

// The target is known as 1.
inline TableTask remembering(TableTask task, bool adopting = false) {
  task.memory.known_id = 1;
  task.memory.adopting = adopting;
  return task;
}
// Its memory was made of these.
inline sql::KnownBefore made_of(const Names& key, const Names& image, RowHash hash = RowHash::record,
                                bool other_table = false) {
  return {key, image, hash, other_table};
}
// The opposite direction knows the source as 2.
inline TableTask with_opposite(TableTask task, const Names& key, const Names& image) {
  task.memory.opposite_id = 2;
  task.memory.opposite_key = key;
  task.memory.opposite_image = image;
  return task;
}

// A parent with everything: converted columns, a lookup, an origin, a watermark, a sequence, a unique key. Another map
// copies to its target as well.
inline TableTask rich_task(bool adopting = true) {
  const auto map = map_of(
      "map: practice\ndesktop: {timezone: Asia/Kolkata}\ntables:\n  - desktop: jobtasks\n    cloud: task\n    key: "
      "[jt_id]\n"
      "    rename: {note: remark}\n    origin: {column: source, desktop: D, cloud: M}\n"
      "    forward:\n      where: year_id >= 2020\n      join: LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id\n"
      "      columns: {client_id: j.client_id}\n");
  const auto desktop =
      table("jobtasks", {column("jt_id", "integer"), column("job_id", "integer"), column("note", "text"),
                         column("amount", "numeric"), column("source", "character(1)"),
                         column("updated_at", "timestamp without time zone")});
  const auto cloud = table(
      "task",
      {column("jt_id", "bigint", {.identity = 'd', .sequence = "public.task_jt_id_seq"}), column("job_id", "integer"),
       column("remark", "character varying(50)"), column("amount", "numeric(10,2)"), column("client_id", "integer"),
       column("source", "character(1)"), column("updated_at", "timestamp with time zone"), column("own", "text")},
      {"jt_id"});
  ExpressionFacts facts;
  facts.types["client_id"] = type("integer");
  facts.reads = {{"public", "jobshead"}};
  auto task = remembering(only_task(make_plan(map, Mode::full, {desktop}, {cloud}, {{0, facts}})), adopting);
  task.memory.others = {{"other", 9, {"jt_id"}, RowHash::record}};
  task.foreign_keys = {{"task_client_id_fkey", {"public", "client"}, {"client_id"}, false, {"id"}}};
  task.unique_keys = {{"job_id", "remark"}};
  return task;
}

// Old and plain: the same types on both sides, no index in the target, NULLs may be in the key.
inline TableTask plain_task(bool reverse = false) {
  const std::vector<catalog::Column> columns = {column("org", "integer"), column("nr", "integer", {.not_null = true}),
                                                column("text", "text")};
  const auto map =
      map_of(std::string("map: practice\ntables: [{desktop: workdiary, cloud: diary, key: [org, nr], direction: ") +
             (reverse ? "reverse" : "forward") + "}]\n");
  return remembering(only_task(
      make_plan(map, reverse ? Mode::reverse : Mode::full, {table("workdiary", columns)}, {table("diary", columns)})));
}

// Copied both ways, with an origin and a unique key on both sides; each direction knows what the other wrote.
inline TableTask both_task(bool reverse = false) {
  const auto map = map_of(
      "map: practice\ntables: [{desktop: reminder, direction: both, origin: {column: source, desktop: D, cloud: "
      "M}}]\n");
  const auto reminder = table(
      "reminder",
      {column("rem_id", "integer", {.has_default = true, .sequence = "public.reminder_rem_id_seq"}),
       column("text", "text"), column("source", "character(1)"), column("updated_at", "timestamp with time zone")},
      {"rem_id"});
  return with_opposite(
      remembering(only_task(make_plan(map, reverse ? Mode::reverse : Mode::full, {reminder}, {reminder}))), {"rem_id"},
      {"rem_id", "text", "source"});
}

struct KeylessSample {
  bool reverse = false;
  bool adopting = false;
  bool match = true;
  bool origin = true;
};

// Without a key, both ways: the cloud numbers its rows, another table refers to them, and to its number by a unique
// column of its own.
inline TableTask keyless_task(const KeylessSample& sample = {}) {
  const auto map =
      map_of(std::string("map: practice\ntables:\n  - desktop: jobtasks\n    key: none\n    skip: [jt_id]\n") +
             (sample.match ? "    match: [job_id, taskorder]\n" : "") +
             (sample.origin    ? "    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n"
              : sample.reverse ? "    direction: reverse\n"
                               : ""));
  std::vector<catalog::Column> columns = {column("job_id", "integer"), column("taskorder", "smallint"),
                                          column("task", "character varying(50)"), column("hours", "numeric")};
  if (sample.origin) columns.push_back(column("source", "character(1)"));
  columns.push_back(column("updated_at", "timestamp with time zone"));
  const auto desktop = table("jobtasks", columns);
  columns.insert(columns.begin(), column("jt_id", "bigint",
                                         {.has_default = true,
                                          .sequence = "public.jobtasks_jt_id_seq",
                                          .value_by_default = "nextval('public.jobtasks_jt_id_seq'::regclass)"}));
  auto cloud = table("jobtasks", columns, {"jt_id"});
  cloud.referrers = {{{"public", "note"}, {"task_id"}, {"jt_id"}}};
  auto task = remembering(only_task(make_plan(map, sample.reverse ? Mode::reverse : Mode::full, {desktop}, {cloud})),
                          sample.adopting);
  if (sample.reverse && sample.origin) task = with_opposite(task, {"jt_id"}, {"job_id", "taskorder", "task", "hours"});
  return task;
}

// What hash_record_extended() is asked of these columns of a row, each as the schema says it enters a hash.
inline std::string hashed(const HashForms& forms, const std::string& row, const Names& columns) {
  std::string values;
  for (const auto& one : columns) {
    std::string value = forms.at(one).value;
    value.replace(value.find('$'), 1, row + ".\"" + one + "\"");
    values += (values.empty() ? "" : ", ") + value;
  }
  return "pg_catalog.hash_record_extended(ROW(" + values + "), 0)";
}

// As pipeline/source_read asks for a table.
inline sql::Extraction as_read(const TableTask& task) {
  sql::Extraction how;
  how.send_known = task.memory.opposite_id != 0;
  how.send_number = task.keyless && task.direction == Direction::reverse;
  how.send_watermark = !task.watermark.empty();
  how.known_since = 700;
  return how;
}

}  // namespace engine::plan::test
