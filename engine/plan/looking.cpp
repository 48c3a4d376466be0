#include "engine/plan/looking.hpp"

#include "engine/plan/sql_parts.hpp"

namespace engine::plan::statements {
namespace {

std::string n_if(std::size_t n, const std::string& rows) {
  return "SELECT " + std::to_string(n) + " AS n WHERE EXISTS (SELECT FROM " + rows + ")";
}

}  // namespace

std::string n_if_rows(std::size_t n, const QualifiedName& table) { return n_if(n, quoted(table)); }

std::string n_if_news(std::size_t n, const TableTask& task, const Window& window) {
  return n_if(n, "(" + rows_to_read(task, window, {}) + ") r");
}

}  // namespace engine::plan::statements
