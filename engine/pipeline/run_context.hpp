#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "engine/capture/cursor.hpp"
#include "engine/capture/source.hpp"
#include "engine/config/settings.hpp"
#include "engine/pipeline/observer.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"
#include "engine/state/progress.hpp"
#include "engine/state/scope.hpp"

namespace engine::pipeline {

// What the tables of one run share. Written before the lanes start, only read by them.
struct RunContext {
  const config::Settings& settings;
  plan::Request request;
  state::Scope scope;
  std::stop_token stop;
  Observer& observer;
  plan::Plan plan;
  std::int64_t run_id = 0;
  capture::Observation observation;                       // the cursor that completed tables get
  capture::Snapshot snapshot;                             // that all tables are read from
  std::map<std::string, capture::Cursor> cursors;         // where the tables stood before
  std::map<std::string, state::StoredProgress> progress;  // of tables whose last run broke off
  std::map<std::string, std::vector<std::string>>
      waiting;                                      // keys of open conflicts and of rows in quarantine, by table
  std::map<std::string, std::int64_t> held;         // rows in quarantine when the attempt began, by table
  std::set<std::string> discarding;                 // tables of which rows were discarded
  std::set<std::string> emptied;                    // tables with nothing to read whose target has no rows
  std::map<std::string, capture::Xid> known_since;  // by table: rows of the target with older ids were there before us
  bool trusted = false;                             // the source is the one the cursors are about
  std::set<std::string> past_fuse;                  // tables that may pass the fuse this once
  // Tables that were completed, and chunks after which a next run goes on: the only thing that lanes write.
  mutable std::atomic<std::int64_t> steps_forward = 0;
  // Copied by an earlier attempt of this run, and looked at once more for the sake of the tables that refer to them.
  std::set<std::string> copied_before = {};
  // See read_limit.hpp: how long this attempt may read; what it has begun; whether something waits for the next one.
  std::optional<std::chrono::steady_clock::time_point> read_until = {};
  mutable std::atomic<int> begun_in_attempt = 0;
  mutable std::atomic<bool> read_limit_reached = false;

  std::optional<capture::Cursor> cursor_of(const plan::TableTask& task) const {
    const auto found = cursors.find(task.title);
    return found == cursors.end() ? std::nullopt : std::optional(found->second);
  }
  capture::Xid known_since_of(const plan::TableTask& task) const {
    const auto found = known_since.find(task.title);
    return found == known_since.end() ? 0 : found->second;
  }
  std::int64_t held_of(const plan::TableTask& task) const {
    const auto found = held.find(task.title);
    return found == held.end() ? 0 : found->second;
  }
  std::vector<std::string> waiting_of(const plan::TableTask& task) const {
    const auto keys = waiting.find(task.title);
    return keys == waiting.end() ? std::vector<std::string>() : keys->second;
  }
  plan::Window window_of(const plan::TableTask& task) const {
    plan::Request asked = request;
    // What is new in it since it was copied can be told exactly.
    if (request.mode == Mode::full && copied_before.contains(task.title) && task.has_xmin && task.exact_every == 0) {
      asked.mode = Mode::incremental;
      asked.whole = false;
    }
    return plan::decide_window(task, asked, cursor_of(task), trusted, snapshot.next_xid, waiting_of(task));
  }
  const state::StoredProgress* progress_of(const plan::TableTask& task) const {
    const auto found = progress.find(task.title);
    return found == progress.end() ? nullptr : &found->second;
  }
};

}  // namespace engine::pipeline
