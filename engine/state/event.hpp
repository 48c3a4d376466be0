#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/postgres/session.hpp"

namespace engine::state {

// pgtide.event: the audit trail. No row contents, no URLs.
struct Event {
  std::optional<std::int64_t> run_id;
  std::string table;    // empty: the run as a whole
  std::string type;     // run_started, run_finished, table_finished, source_gone_back, pruned, watermark_reset, ...
  std::string status;   // ok, or what went wrong
  std::string message;  // for people; may be empty
  std::string error_code;
  // The payload. What an operator did names the map and the direction here: such events have no run.
  std::map<std::string, std::string> words = {};
  std::map<std::string, std::int64_t> numbers = {};
};

void record_event(postgres::Session& session, const Event& event);

}  // namespace engine::state
