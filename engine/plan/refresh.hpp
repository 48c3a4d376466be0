#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"

namespace engine::plan {

// How a full run compares a table: see docs/ARCHITECTURE.md, "Full as a difference". Pure.
struct Refresh {
  config::RefreshMethod method = config::RefreshMethod::stream;  // never `choose`
  std::string why;                                               // for people
};

// What is known when it is decided. What is not known is left empty.
struct RefreshFacts {
  bool discarding = false;          // rows of the table were discarded, or decided against
  bool given_up = false;            // rows wait that only full runs try again
  std::optional<double> news = {};  // of the source's rows: the share that is news
};

// `whole`: the window of the run. `news`: news_of_full().
//
// What is wanted by the call or by the map counts, but where a difference would not be exact, or could not be told,
// the table is streamed.
Refresh decide_refresh(const TableTask& task, const Request& request, const Window& whole,
                       const std::optional<Window>& news, const RefreshFacts& facts);

// Of a table that is written in one transaction: whether there is nothing to do about it where both sides are equal
// (and where it has no key, each row as it is remembered), and it is worth a look. `facts.news` counts.
bool may_be_found_equal(const TableTask& task, const Request& request, const Window& whole,
                        const std::optional<Window>& news, const RefreshFacts& facts);

// Whether the days of the table's rows cannot change but with the rows.
bool days_are_of_rows(const TableTask& task);

std::string_view name_of(config::RefreshMethod method);
// `choose` for any other word.
config::RefreshMethod refresh_method_named(std::string_view name);

}  // namespace engine::plan
