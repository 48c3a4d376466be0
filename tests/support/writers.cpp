#include "tests/support/writers.hpp"

#include <optional>

#include "engine/core/error.hpp"
#include "engine/postgres/session.hpp"
#include "tests/support/chance.hpp"

namespace support {
namespace {

using engine::postgres::Session;

constexpr int first_rows = 2000;

// One session and what it does.
class Writer {
 public:
  Writer(const std::string& url, int number, int inserts)
      : session_(url + "?application_name=writer&options=-c%20lock_timeout%3D300ms%20-c%20deadlock_timeout%3D100ms",
                 engine::Place::desktop),
        name_("w" + std::to_string(number)),
        inserts_(inserts),
        chance_("writer " + std::to_string(number)) {}

  // One transaction. False if it failed.
  bool act() {
    try {
      if (prepared_ && chance_.one_in(3)) return finish();
      switch (chance_.between(0, 5)) {
        case 0:
          return change(), true;
        case 1:
          return long_transaction();
        case 2:
          return savepoints();
        case 3:
          return exception_block();
        case 4:
          return two_phase();
        default:
          return delete_and_insert_again();
      }
    } catch (const engine::Error&) {
      if (!session_.is_open()) throw;
      session_.run("ROLLBACK");
      return false;
    }
  }

 private:
  std::string next_version() { return name_ + "-" + std::to_string(++versions_); }

  std::string stamp() {
    switch (chance_.between(0, 9)) {
      case 0:
        return "NULL";
      case 1:
        return "'2001-02-03 04:05:06'";
      case 2:
        return "now() + interval '1 day'";
      case 3:
        return "'-infinity'";
      case 4:
        return "date_trunc('minute', now())";
      case 5:
        return "(SELECT max(updated_at) FROM stamped WHERE isfinite(updated_at))";
      default:
        return "";  // forgotten
    }
  }

  std::string row() {
    return "(SELECT id FROM " + table_ + " WHERE id >= " + std::to_string(chance_.between(1, first_rows * 2)) +
           " ORDER BY id LIMIT 1)";
  }

  std::string update(const std::string& which) {
    const std::string start = "UPDATE " + table_ + " SET v = '" + next_version() + "'";
    if (table_ == "plain") return start + " WHERE id = " + which;
    if (chance_.between(0, 2) > 0) return start + ", honest = true, updated_at = now() WHERE id = " + which;
    const std::string wrong = stamp();
    return start + ", honest = false" + (wrong.empty() ? "" : ", updated_at = " + wrong) + " WHERE id = " + which;
  }

  std::string insert(const std::string& id) {
    return "INSERT INTO " + table_ + " (id, v) VALUES (" + id + ", '" + next_version() + "') ON CONFLICT DO NOTHING";
  }

  // Of some row, in whatever transaction is open.
  void change() {
    table_ = chance_.one_in(4) ? "plain" : "stamped";
    if (chance_.between(1, 10) <= inserts_)
      session_.run(insert("nextval('numbers')"));
    else if (chance_.one_in(8))
      session_.run("DELETE FROM " + table_ + " WHERE id = " + row());
    else
      session_.run(update(row()));
  }

  void pause(int longest_ms) {
    session_.run("SELECT pg_sleep(" + std::to_string(chance_.between(1, longest_ms)) + " / 1000.0)");
  }

  bool end() {
    const bool commits = !chance_.one_in(6);
    session_.run(commits ? "COMMIT" : "ROLLBACK");
    return true;
  }

  bool long_transaction() {
    session_.run("BEGIN");
    for (auto rest = chance_.between(1, 5); rest > 0; --rest) {
      change();
      pause(chance_.one_in(5) ? 1000 : 200);
    }
    return end();
  }

  bool savepoints() {
    session_.run("BEGIN");
    session_.run("SAVEPOINT a");
    change();
    session_.run("SAVEPOINT b");
    change();
    session_.run(chance_.one_in(2) ? "ROLLBACK TO b" : "RELEASE b");
    pause(100);
    change();
    if (chance_.one_in(2)) session_.run("RELEASE a");
    return end();
  }

  bool exception_block() {
    session_.run("BEGIN");
    table_ = "stamped";
    const std::string lost = update(row()), kept = update(row()), quiet = insert("nextval('numbers')");
    session_.run("DO $$ BEGIN BEGIN " + lost + "; PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN " + kept +
                 "; END; BEGIN " + quiet + "; EXCEPTION WHEN others THEN NULL; END; END $$");
    pause(300);
    return end();
  }

  bool two_phase() {
    if (prepared_) return finish();
    session_.run("BEGIN");
    change();
    change();
    const std::string name = next_version();
    session_.run("PREPARE TRANSACTION '" + name + "'");
    prepared_ = name;
    return true;
  }

  bool finish() {
    const std::string name = *prepared_;
    prepared_.reset();
    session_.run((chance_.one_in(4) ? "ROLLBACK PREPARED '" : "COMMIT PREPARED '") + name + "'");
    return true;
  }

  bool delete_and_insert_again() {
    table_ = chance_.one_in(4) ? "plain" : "stamped";
    const auto found = session_.run("SELECT id FROM " + table_ + " WHERE id = " + row());
    if (found.empty()) return true;
    const std::string id = found.text(0, "id");
    const bool together = chance_.one_in(2);
    if (together) session_.run("BEGIN");
    session_.run("DELETE FROM " + table_ + " WHERE id = " + id);
    pause(100);
    session_.run(insert(id));
    return !together || end();
  }

  Session session_;
  std::string name_;
  int inserts_;
  Chance chance_;
  int versions_ = 0;
  std::string table_;
  std::optional<std::string> prepared_;
};

}  // namespace

std::string Writers::schema() {
  std::string statements =
      "CREATE TABLE stamped (id bigint PRIMARY KEY, v text NOT NULL, honest boolean NOT NULL DEFAULT true, updated_at "
      "timestamptz DEFAULT now()); CREATE TABLE plain (id bigint PRIMARY KEY, v text NOT NULL); "
      "CREATE TABLE history (name text, id bigint, v text); CREATE SEQUENCE numbers START " +
      std::to_string(first_rows + 1) +
      "; CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO history VALUES "
      "(TG_TABLE_NAME, NEW.id, NEW.v); RETURN NULL; END $$; ";
  for (const std::string table : {"stamped", "plain"})
    statements += "CREATE TRIGGER remember AFTER INSERT OR UPDATE ON " + table +
                  " FOR EACH ROW EXECUTE FUNCTION remember(); INSERT INTO " + table +
                  " (id, v) SELECT i, 'first ' || i FROM generate_series(1, " + std::to_string(first_rows) + ") i; ";
  return statements;
}

Writers::Writers(const std::string& url, int sessions, int inserts) {
  for (int number = 1; number <= sessions; ++number)
    threads_.emplace_back([this, url, number, inserts] { work(url, number, inserts); });
}

Writers::~Writers() { stop(); }

void Writers::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Writers::work(const std::string& url, int number, int inserts) {
  Writer writer(url, number, inserts);
  while (!stopping_) ++(writer.act() ? committed_ : failed_);
}

void finish_prepared(const std::string& url) {
  Chance chance("prepared");
  Session session(url, engine::Place::desktop);
  const auto waiting = session.run("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()");
  for (std::size_t row = 0; row < waiting.size(); ++row)
    session.run((chance.one_in(4) ? "ROLLBACK PREPARED '" : "COMMIT PREPARED '") + waiting.text(row, "gid") + "'");
}

}  // namespace support
