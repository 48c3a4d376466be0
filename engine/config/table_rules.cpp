#include "engine/config/table_rules.hpp"

#include <algorithm>
#include <cstddef>

#include "engine/config/problem.hpp"

namespace engine::config {
namespace {

template <typename T>
const std::optional<T>& either(const std::optional<T>& own, const std::optional<T>& from_defaults) {
  return own ? own : from_defaults;
}

template <typename T>
T value_of(const std::optional<Given<T>>& own, const std::optional<Given<T>>& from_defaults, T otherwise) {
  const auto& given = either(own, from_defaults);
  return given ? given->value : otherwise;
}

// `name` or `schema.name`: the first dot separates.
QualifiedName table_name(const Name& name, const std::string& schema) {
  const std::size_t dot = name.text.find('.');
  if (dot == std::string::npos) return {schema, name.text};
  QualifiedName table{name.text.substr(0, dot), name.text.substr(dot + 1)};
  if (table.schema.empty() || table.name.empty())
    fail(name.mark, "a name is missing beside the dot", "write table or schema.table");
  return table;
}

void settle_names(Table& table, const TableKeys& own, const Database& desktop, const Database& cloud) {
  table.mark = own.mark;
  table.desktop_mark = own.desktop ? own.desktop->mark : own.mark;
  table.cloud_mark = own.cloud ? own.cloud->mark : own.mark;
  if (own.desktop) table.desktop = table_name(*own.desktop, desktop.schema);
  if (own.cloud) table.cloud = table_name(*own.cloud, cloud.schema);
  if (!own.desktop) table.desktop = {desktop.schema, table.cloud.name};
  if (!own.cloud) table.cloud = {cloud.schema, table.desktop.name};
}

bool says_something(const Way& way) { return way.where || way.join || !way.columns.empty(); }

Way settle_way(const Table& table, Direction direction, const std::optional<Given<Way>>& own,
               const std::optional<Given<Way>>& from_defaults) {
  if (table.goes(direction)) {
    Way settled = value_of(own, from_defaults, Way{});
    settled.from_defaults = !own;
    return settled;
  }
  const std::string way(name_of(direction));
  if (own && says_something(own->value))
    fail(own->mark, "'" + way + "' stands in a table that is not copied in this direction",
         "remove '" + way + ":', or write direction: " + way + " or direction: both");
  return {};
}

void settle_watermark(Table& table, const TableKeys& own, const TableKeys& defaults) {
  table.watermark.from_defaults = !own.watermark;
  if (const auto& given = either(own.watermark, defaults.watermark)) table.watermark.columns = given->value;
  // `none` among the defaults is a decision too, not a missing one.
  if (!own.watermark && defaults.watermark && table.watermark.columns.empty()) table.watermark.from_defaults = false;
}

void settle_origin(Table& table, const TableKeys& own, const TableKeys& defaults) {
  table.origin = value_of(own.origin, defaults.origin, std::optional<Origin>{});
  if (table.origin) table.origin->from_defaults = !own.origin;
  if (table.direction == TableDirection::both && table.key_choice == KeyChoice::none && !table.origin)
    fail(own.key->mark, "a table without a key that is copied in both directions needs 'origin'",
         "add origin: {column: source, desktop: D, cloud: M}, or choose one direction");
}

void settle_key(Table& table, const TableKeys& own, const TableKeys& defaults) {
  if (own.key) {
    table.key_choice = own.key->value.choice;
    table.key = own.key->value.columns;
  }
  if (table.key_choice == KeyChoice::none) {
    table.match = value_of(own.match, defaults.match, {});
  } else if (own.match && !own.match->value.empty()) {
    fail(own.match->mark, "'match' is only for tables without a key",
         "remove it, or write key: none if no columns identify a row");
  }
}

const Name* find(const std::vector<Name>& names, const std::string& text) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const Name& name) { return name.text == text; });
  return found == names.end() ? nullptr : &*found;
}

// A column that identifies rows must be copied. `skip` may call it by either side's name.
void refuse_skipped(const Table& table, const std::vector<Name>& columns, const std::string& what) {
  for (const auto& column : columns) {
    const Name* skipped = find(table.skip, column.text);
    for (const auto& rename : table.rename) {
      if (skipped == nullptr && rename.desktop == column.text) skipped = find(table.skip, rename.cloud);
    }
    if (skipped == nullptr) continue;
    fail(column.mark,
         "the column " + shown(column.text) + " stands in '" + what + "' and in 'skip' at " + skipped->mark.text(),
         "a column that identifies rows has to be copied: remove it from one of the two");
  }
}

// For keys that only tell what happens in the cloud.
template <typename T>
void refuse_without_forward(const std::optional<Given<T>>& own, const std::string& what) {
  if (own)
    fail(own->mark, "'" + what + "' only works from desktop to cloud, but this table is only copied back",
         "remove it, or write direction: both");
}

void settle_deletes(Table& table, const TableKeys& own, const TableKeys& defaults) {
  const auto& given = either(own.deletes, defaults.deletes);
  if (given) table.deletes = given->value;
  if (table.deletes != DeletePolicy::soft) {
    if (own.soft_delete && own.soft_delete->value)
      fail(own.soft_delete->mark, "'soft_delete' only works with deletes: soft",
           "add deletes: soft, or remove 'soft_delete'");
    return;
  }
  table.soft_delete_column = value_of(own.soft_delete, defaults.soft_delete, std::optional<Name>{});
  if (!table.soft_delete_column)
    fail(own.deletes ? given->mark : own.mark, "deletes: soft needs 'soft_delete'",
         "add soft_delete: {column: name_of_a_column_in_the_cloud}");
}

void settle_cloud_policies(Table& table, const TableKeys& own, const TableKeys& defaults) {
  if (table.goes(Direction::forward)) {
    settle_deletes(table, own, defaults);
    table.orphans = value_of(own.orphans, defaults.orphans, OrphanPolicy::quarantine);
    return;
  }
  refuse_without_forward(own.deletes, "deletes");
  refuse_without_forward(own.soft_delete, "soft_delete");
  refuse_without_forward(own.orphans, "orphans");
}

// Where it comes from the defaults it is passed over by the tables it cannot help.
void settle_large(Table& table, const TableKeys& own, const TableKeys& defaults) {
  table.large = value_of(own.large, defaults.large, std::optional<Large>{});
  if (!own.large || !own.large->value) return;
  if (table.watermark.columns.empty() && !table.watermark.from_defaults)
    fail(own.large->mark, "'large' needs a watermark, and this table has none",
         "remove 'large', or name the columns that say when a row was touched under 'watermark'");
  if (table.key_choice == KeyChoice::none && table.direction == TableDirection::forward)
    fail(own.large->mark, "'large' does nothing for a table without a key",
         "remove it; rows without a key can only be counted, so the whole table is compared if anything in it changed");
}

}  // namespace

Table settle(const TableKeys& own, const TableKeys& defaults, const Database& desktop, const Database& cloud) {
  Table table;
  settle_names(table, own, desktop, cloud);
  table.direction = value_of(own.direction, defaults.direction, TableDirection::forward);
  settle_key(table, own, defaults);
  settle_watermark(table, own, defaults);
  table.skip = value_of(own.skip, defaults.skip, {});
  table.skip_from_defaults = !own.skip;
  table.rename = value_of(own.rename, defaults.rename, {});
  table.rename_from_defaults = !own.rename;
  settle_origin(table, own, defaults);
  refuse_skipped(table, table.key, "key");
  refuse_skipped(table, table.match, "match");
  table.forward = settle_way(table, Direction::forward, own.forward, defaults.forward);
  table.reverse = settle_way(table, Direction::reverse, own.reverse, defaults.reverse);
  settle_cloud_policies(table, own, defaults);
  table.conflicts = value_of(own.conflicts, defaults.conflicts, ConflictPolicy::desktop_wins);
  table.row_bytes = value_of(own.row_bytes, defaults.row_bytes, Table::default_row_bytes);
  settle_large(table, own, defaults);
  table.method = value_of(own.method, defaults.method, RefreshMethod::choose);
  table.quarantine = value_of(own.quarantine, defaults.quarantine, Quarantine{});
  table.fuse = value_of(own.fuse, defaults.fuse, Table::default_fuse);
  table.rebuild_indexes = value_of(own.rebuild_indexes, defaults.rebuild_indexes, false);
  return table;
}

}  // namespace engine::config
