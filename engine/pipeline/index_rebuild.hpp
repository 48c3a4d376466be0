#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/observer.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/rebuild.hpp"

namespace engine::pipeline {

// `rebuild_indexes: true`: a first load drops indexes and foreign keys of its target, and makes them again when all
// rows are there. What they were is in the state as long as they are not, so that every later run knows what is
// missing. docs/ARCHITECTURE.md, "A first load without indexes".

// Of one table, in the run that loads it.
class IndexRebuild {
 public:
  // All outlive it.
  IndexRebuild(const RunContext& run, Lane& lane, const plan::TableTask& task) : run_(run), lane_(lane), task_(task) {}

  // Before the first rows. Where it may not be, or somebody uses the table, it is said, and the indexes stay.
  void set_aside();
  // Something is still to be made again, or to be checked: the table is not complete.
  bool under_way() const { return under_way_; }
  // The indexes; the keys, so that rows that come from now on are checked.
  void put_back();
  // The same, where the table has failed and nobody will finish it.
  void put_back_if_possible();
  // All of it. True if rows had to be removed that do not fit: the table has to be read again, and written with care.
  bool finish();

 private:
  std::vector<state::Rebuild> left();

  const RunContext& run_;
  Lane& lane_;
  const plan::TableTask& task_;
  bool under_way_ = false;
  std::int64_t removed_ = 0;
};

// What a run can do about what earlier ones left, before it makes its plan.
struct MadeAgain {
  std::vector<state::Rebuild> left;              // that needs the plan
  std::map<QualifiedName, std::string> refused;  // by source table: a foreign key is missing without which it is not
                                                 // written
};
MadeAgain make_missing_again(const RunContext& run, postgres::Session& target);

// The rest of it, once the plan is made and what is remembered fits it. Rows that do not fit are removed, and come
// again in this run.
void finish_missing(const RunContext& run, postgres::Session& target, const std::vector<state::Rebuild>& left);

}  // namespace engine::pipeline
