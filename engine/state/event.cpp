#include "engine/state/event.hpp"

#include <vector>

namespace engine::state {

void record_event(postgres::Session& session, const Event& event) {
  const auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  std::vector<std::string> names, values, numbers;
  for (const auto& [name, value] : event.words) {
    names.push_back(name);
    values.push_back(value);
    numbers.emplace_back("false");
  }
  for (const auto& [name, value] : event.numbers) {
    names.push_back(name);
    values.push_back(std::to_string(value));
    numbers.emplace_back("true");
  }
  using postgres::array_literal;
  session.later(
      "INSERT INTO pgtide.event (run_id, table_name, event_type, status, error_code, message, payload) VALUES ($1, $2, "
      "$3, $4, $5, $6, (SELECT coalesce(jsonb_object_agg(k, CASE WHEN n THEN v::jsonb ELSE to_jsonb(v) END), '{}') "
      "FROM unnest($7::text[], $8::text[], $9::boolean[]) p (k, v, n)))",
      {event.run_id ? std::optional(std::to_string(*event.run_id)) : std::nullopt, text(event.table), event.type,
       event.status, text(event.error_code), text(event.message), array_literal(names), array_literal(values),
       array_literal(numbers)});
}

}  // namespace engine::state
