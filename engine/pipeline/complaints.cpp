#include "engine/pipeline/complaints.hpp"

#include "engine/postgres/condition.hpp"
#include "engine/postgres/errors.hpp"

namespace engine::pipeline {

state::HeldRow complaint(const std::string& sqlstate, const std::string& constraint, const std::string& column,
                         const std::string& message) {
  state::HeldRow row;
  row.sqlstate = sqlstate;
  if (sqlstate == "22000" && !column.empty()) {
    row.reason = "value_would_change";
    row.detail = "the target's column " + column + " cannot hold the value without changing it";
    row.hint = "widen the column in the target, mend the value at the source, or convert it in the map (columns:)";
    return row;
  }
  if (sqlstate == "23000" && constraint.empty()) {
    row.reason = "row_not_taken";
    row.detail = "the target did not take the row, and gave no reason";
    row.hint = "a trigger or rule of the target drops or redirects rows; see what it does";
    return row;
  }
  const Error error = postgres::server_error({sqlstate, message, ""}, "");
  row.reason = postgres::condition_name(sqlstate);
  row.hint = error.hint();
  if (sqlstate == "23502" && !column.empty()) {
    row.detail = "column " + column + " must not be NULL";
  } else if (sqlstate.starts_with("23") && !constraint.empty()) {
    row.detail = "it violates the constraint " + constraint;
  } else if (sqlstate.starts_with("22")) {
    row.detail = error.what();
  } else {
    row.detail = "the target says: " + message;
    if (!sqlstate.starts_with("23"))
      row.hint = "do what it asks for at the source; the row goes in as soon as nothing is said any more";
  }
  return row;
}

}  // namespace engine::pipeline
