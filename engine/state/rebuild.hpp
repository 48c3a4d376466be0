#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/names.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.rebuild: indexes and foreign keys that a first load dropped, and that are not there again yet, or not checked.
// plan::statements::note_rebuildable() writes it.
struct Rebuild {
  std::int64_t id = 0;
  std::string table;  // its title
  bool is_key = false;
  QualifiedName target;
  QualifiedName object;  // the index; of a foreign key its table's schema, and its name
  std::string definition, further;
  std::string tablespace;
  bool not_valid = false;  // the key is there again, and the rows that are there were not checked
  std::string problem;     // why only a person can go on; empty otherwise
  std::string dropped_at;  // ISO 8601, UTC

  // What makes it again: statements that end with a semicolon.
  std::string script() const;
  std::string check() const;     // SQL that validates the key, without a semicolon
  std::string in_words() const;  // foreign key name
  // For people: what is wrong and what will be done about it, and the SQL that does it.
  std::string describe() const;
  std::string remedy() const;
};

// Keys before indexes. Nothing where the state does not have the table yet, or may not be seen.
std::vector<Rebuild> read_rebuilds(postgres::Session& session, const Scope& scope);

// Within a transaction, which from now on is the only one that works on it. False if it is not to be done any more.
bool hold_rebuild(postgres::Session& session, const Rebuild& what);

// What is there under its name, as this transaction sees it.
enum class Standing { absent, as_it_was, not_valid, another };
Standing look_for(postgres::Session& session, const Rebuild& what);

// Parts of the transactions in which that is so.
void forget_rebuild(postgres::Session& session, const Rebuild& what);
void note_not_valid(postgres::Session& session, const Rebuild& what);
void note_problem(postgres::Session& session, const Rebuild& what, const std::string& problem);

}  // namespace engine::state
