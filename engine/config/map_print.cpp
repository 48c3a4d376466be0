#include "engine/config/map_print.hpp"

#include <concepts>

#include "engine/core/fingerprint.hpp"

namespace engine::config {
namespace {

// Each part with its length, so that no two maps have one text.
class Text {
 public:
  void add(const std::string& part) { text_ += std::to_string(part.size()) + ":" + part; }
  void add(const char* part) { add(std::string(part)); }
  void add(double part) { add(std::to_string(part)); }
  template <std::integral Number>
  void add(Number part) {
    add(std::to_string(part));
  }
  void add(const QualifiedName& name) {
    add(name.schema);
    add(name.name);
  }
  void add(const Name& name) { add(name.text); }
  void add(const Expression& expression) { add(expression.sql); }
  void add(const ColumnExpression& column) {
    add(column.column);
    add(column.expression);
  }
  void add(const Rename& rename) {
    add(rename.desktop);
    add(rename.cloud);
  }
  void add(const Way& way) {
    add(way.from_defaults);
    add(way.where);
    add(way.join);
    add(way.columns);
  }
  void add(const Origin& origin) {
    add(origin.column);
    add(origin.desktop);
    add(origin.cloud);
    add(origin.from_defaults);
  }
  void add(const Large& large) {
    add(large.above);
    add(large.exact_every);
  }
  template <class Part>
  void add(const std::optional<Part>& part) {
    add(part.has_value());
    if (part) add(*part);
  }
  template <class Part>
  void add(const std::vector<Part>& parts) {
    add(parts.size());
    for (const auto& part : parts) add(part);
  }
  void add(const Table& table) {
    add(table.desktop);
    add(table.cloud);
    add(static_cast<int>(table.direction));
    add(static_cast<int>(table.key_choice));
    add(table.key);
    add(table.match);
    add(table.watermark.columns);
    add(table.watermark.from_defaults);
    add(table.skip);
    add(table.skip_from_defaults);
    add(table.rename);
    add(table.rename_from_defaults);
    add(table.origin);
    add(table.forward);
    add(table.reverse);
    add(static_cast<int>(table.conflicts));
    add(static_cast<int>(table.deletes));
    add(table.soft_delete_column);
    add(static_cast<int>(table.orphans));
    add(table.row_bytes);
    add(table.large);
    add(table.quarantine.tries);
    add(table.quarantine.limit);
    add(table.fuse);
    add(table.rebuild_indexes);
  }
  void add(const Database& database) {
    add(database.schema);
    add(database.timezone);
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::string print_of(const TableMap& map) {
  Text text;
  text.add(map.name);
  text.add(map.desktop);
  text.add(map.cloud);
  text.add(map.tables);
  return fingerprint(text.text());
}

}  // namespace engine::config
