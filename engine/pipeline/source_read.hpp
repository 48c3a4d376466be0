#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/quarantine.hpp"

namespace engine::pipeline {

// What is looked at on the source before the rows of a table are read, all in the run's snapshot.
struct SourceRead {
  plan::Window window;
  plan::statements::Extraction how;
  std::int64_t twins = 0;                    // rows that lose against another with the same key; never sent
  std::vector<state::HeldRow> differing;     // of the twins: those with other contents
  Counts unreadable;                         // rows that cannot be read: they wait in quarantine, or are skipped
  std::vector<std::string> unreadable_keys;  // without a key: their row keys
  std::string read_counts = "{}";            // for the cursor
  bool has_news = false;                     // as far as rows were counted for the cursor
  bool has_rows = true;                      // before any condition; known for forward only
  std::int64_t file_node = 0;                // of a table that is read in the order of its file
};

// Opens a transaction on the run's snapshot, with the settings that the map's expressions need.
postgres::Opening reading(const RunContext& run, const plan::TableTask& task);

// May turn the window into `nothing` where neither the table nor what its expressions read has changed.
SourceRead look_before_reading(const RunContext& run, const plan::TableTask& task, const plan::Window& window,
                               postgres::Transaction& read);

}  // namespace engine::pipeline
