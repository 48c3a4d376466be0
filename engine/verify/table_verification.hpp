#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/pipeline/comparison.hpp"
#include "engine/pipeline/rehearsal.hpp"
#include "engine/pipeline/survey.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/quarantine.hpp"
#include "engine/verify/verification.hpp"

namespace engine::verify {

// Compares one table in one direction: first by hashes; then what differs is looked at again, row by row, as a run
// would, until it is sure that it was not changed meanwhile. One use.
class TableVerification {
 public:
  TableVerification(pipeline::Survey& survey, const plan::TableTask& task, const Wanted& wanted,
                    std::function<void(const Difference&)> found);
  TableReport compare();

 private:
  using Contents = std::map<std::int64_t, pipeline::RowSum>;  // by the key's hash

  void look_again(const std::vector<std::int64_t>& keys);
  std::vector<pipeline::UnequalRow> look(const std::vector<std::int64_t>& keys, std::vector<std::int64_t>& restless);
  void look_at_all();
  void look_for_surplus(const std::vector<std::int64_t>& keys);
  void name_missing(std::vector<std::int64_t> keys);
  void rehearse(const plan::TableTask& some, postgres::Transaction& read, std::vector<pipeline::UnequalRow>& rows);
  Contents contents(const std::vector<std::int64_t>& keys, postgres::Transaction& read);
  void leave_out_unreadable(postgres::Transaction& read);
  void note_news(const plan::TableTask& some, postgres::Transaction& read);
  bool ids_tell() const;
  const state::RowsInState& in_state();
  bool is_decided(const pipeline::UnequalRow& row);
  void tell(const pipeline::UnequalRow& row);
  void tell_difference(const pipeline::UnequalRow& row);

  pipeline::Survey& survey_;
  const plan::TableTask task_;  // the part of it that is asked for
  const Wanted& wanted_;
  const std::function<void(const Difference&)> found_;
  pipeline::Comparison hashes_;
  std::vector<std::int64_t> news_;  // keys of rows that were written since the last run; ordered
  std::optional<state::RowsInState> in_state_;
  bool named_unreadable_ = false;
  TableReport report_;
};

}  // namespace engine::verify
