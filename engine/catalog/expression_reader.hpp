#pragma once

#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/postgres/session.hpp"

namespace engine::catalog {

// What PostgreSQL says of a query without running it.
struct QueryFacts {
  struct Read {
    QualifiedName table;
    bool countable = true;  // a plain table, whose new rows can be told by their transaction id
  };
  std::vector<Read> reads;  // besides the source table
  std::string restless;     // what may change the result though no table changes; empty where nothing can
};
struct Query {
  std::string sql;
  std::uint32_t source_oid = 0;  // the table that it reads in any case
};
// Of each query, all of them in three round trips.
std::vector<QueryFacts> facts_of(postgres::Session& session, const std::vector<Query>& queries);

// The statements by which an administrator lets this role compute these expressions, written for the tables of a
// schema; empty where it is not known what is missing.
std::vector<std::string> grants_for(postgres::Session& session, const std::string& expressions,
                                    const std::string& schema);

// The types of the columns that each query returns, all of them in two round trips. The queries are run: they should
// end in WHERE false. Domains count as what they are made of. Throws Error if one of them is not accepted.
std::vector<std::vector<Type>> types_of(postgres::Session& session, const std::vector<std::string>& queries);

}  // namespace engine::catalog
