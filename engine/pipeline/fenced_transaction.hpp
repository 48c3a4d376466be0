#pragma once

#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/fence.hpp"

namespace engine::pipeline {

// A transaction on the target that writes rows, or what is remembered of them. Throws Error(already_running) if this
// run is not the current one any more.
class FencedTransaction : public postgres::Transaction {
 public:
  static constexpr int patience_ms = 60'000;  // with a silent client, for the locks it holds are in the users' way

  FencedTransaction(postgres::Session& session, const RunContext& run, int idle_timeout_ms = patience_ms)
      : Transaction(session, opening(run, idle_timeout_ms)) {
    state::expect_current(first_result());
  }

 private:
  static postgres::Opening opening(const RunContext& run, int idle_timeout_ms) {
    postgres::Opening opening;
    opening.idle_timeout_ms = idle_timeout_ms;
    opening.first = state::fence_statements(run.scope, run.run_id);
    return opening;
  }
};

}  // namespace engine::pipeline
