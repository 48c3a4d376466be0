#pragma once

#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/fence.hpp"

namespace engine::pipeline {

// A transaction on the target that writes rows, or what is remembered of them. Throws Error(already_running) if this
// run is not the current one any more.
class FencedTransaction : public postgres::Transaction {
 public:
  static constexpr int patience_ms = 60'000;  // with a silent client, for the locks it holds are in the users' way

  FencedTransaction(postgres::Session& session, const RunContext& run, int idle_timeout_ms = patience_ms)
      : FencedTransaction(session, run, {}, {}, idle_timeout_ms) {}
  // With statements in the same round trip, and rows for those that are COPY ... FROM STDIN.
  FencedTransaction(postgres::Session& session, const RunContext& run, std::vector<std::string> then,
                    std::vector<std::string_view> rows, int idle_timeout_ms = patience_ms)
      : Transaction(session, opening(run, idle_timeout_ms, std::move(then), std::move(rows))) {
    state::expect_current(postgres::result_with(results(), "current_run"));
  }

 private:
  static postgres::Opening opening(const RunContext& run, int idle_timeout_ms, std::vector<std::string> then,
                                   std::vector<std::string_view> rows) {
    postgres::Opening opening;
    opening.then = std::move(then);
    opening.rows = std::move(rows);
    opening.idle_timeout_ms = idle_timeout_ms;
    opening.first = state::fence_statements(run.scope, run.run_id);
    return opening;
  }
};

}  // namespace engine::pipeline
