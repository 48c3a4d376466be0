#include "engine/state/event.hpp"

namespace engine::state {

void record_event(postgres::Session& session, const Event& event) {
  const auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  session.run(
      "INSERT INTO pgtide.event (run_id, table_name, event_type, status, error_code, message) VALUES ($1, $2, $3, $4, "
      "$5, $6)",
      {event.run_id ? std::optional(std::to_string(*event.run_id)) : std::nullopt, text(event.table), event.type,
       event.status, text(event.error_code), text(event.message)});
}

}  // namespace engine::state
