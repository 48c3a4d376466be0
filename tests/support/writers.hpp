#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace support {

// Many sessions that write into one database in all the ways that make incremental copies lose rows: transactions that
// stay open, savepoints, exception blocks, two-phase commit, rollbacks, deletes and re-inserts of the same key, and
// stamps that are equal, wrong, NULL or not touched.
//
// The tables are `stamped` and `plain` (without a stamp). Each version of a row has a text `v` of its own; `history`
// holds every version that committed. `honest` is true where the version's stamp is now(), as in ordinary programs.
class Writers {
 public:
  // What they write into. Statements for an empty database.
  static std::string schema();

  // `inserts`: how many of ten changes are new rows.
  Writers(const std::string& url, int sessions, int inserts);
  ~Writers();
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  // Lets everybody end what he is at; prepared transactions stay.
  void stop();

  // Transactions that committed, and those that ran into a deadlock or a lock that was held for too long.
  int committed() const { return committed_; }
  int failed() const { return failed_; }

 private:
  void work(const std::string& url, int number, int inserts);

  std::atomic<bool> stopping_ = false;
  std::atomic<int> committed_ = 0;
  std::atomic<int> failed_ = 0;
  std::vector<std::thread> threads_;
};

// Commits or rolls back at random what is prepared in that database, with nobody writing.
void finish_prepared(const std::string& url);

}  // namespace support
