#include "engine/pipeline/table_writer.hpp"
#include "engine/postgres/errors.hpp"

namespace engine::pipeline {

namespace statements = plan::statements;

namespace {

class RowFinder {
 public:
  RowFinder(const plan::TableTask& task, const statements::Extraction& how, postgres::Transaction& probe,
            const Error& refusal)
      : task_(task), how_(how), probe_(probe), refusal_(refusal), names_(statements::TemporaryNames::random()) {
    probe_.run_script(statements::create_stage(task_, names_, how_));
  }

  Error find(const StageLoader& load) {
    std::int64_t first = 1;
    auto last = static_cast<std::int64_t>(load(probe_, statements::load_stage(names_)));
    probe_.run_script(statements::number_stage(names_));
    std::optional<Error> problem = try_rows(first, last);
    while (problem && first < last) {
      const std::int64_t middle = first + (last - first) / 2;
      if ((problem = try_rows(first, middle)))
        last = middle;
      else if ((problem = try_rows(middle + 1, last)))
        first = middle + 1;
    }
    return problem ? with_key(*problem, first) : refusal_;
  }

 private:
  // The error of writing the staged rows first..last alone; nothing if they can be written, or fail for another reason.
  std::optional<Error> try_rows(std::int64_t first, std::int64_t last) {
    std::optional<Error> problem;
    probe_.run_script("SAVEPOINT pgtide_probe");
    try {
      probe_.run_script(statements::keep_numbered(names_, first, last));
      if (const std::string misfits = statements::find_misfits(task_, names_); !misfits.empty()) probe_.run(misfits);
      if (task_.converts()) probe_.run_script(statements::make_image(task_, names_, how_));
      probe_.run_script(statements::judge(task_, names_, how_));
      if (task_.removes()) probe_.run(statements::give_numbers(task_, names_));
      probe_.run(statements::update(task_, names_));
      probe_.run(statements::insert(task_, names_, {}));
      probe_.run_script("SET CONSTRAINTS ALL IMMEDIATE");
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate())) throw;
      if (error.sqlstate() == refusal_.sqlstate()) problem = error;
    }
    probe_.run_script("ROLLBACK TO SAVEPOINT pgtide_probe");
    return problem;
  }

  Error with_key(const Error& problem, std::int64_t row) {
    probe_.run_script(statements::keep_numbered(names_, row, row));
    const auto key = probe_.run(statements::staged_key(task_, names_));
    return Error(ErrorCode::partial, "row " + key.text(0, "key") + " cannot be written " + problem.what(),
                 problem.hint())
        .sqlstate(problem.sqlstate());
  }

  const plan::TableTask& task_;
  const statements::Extraction how_;
  postgres::Transaction& probe_;
  const Error refusal_;
  const statements::TemporaryNames names_;
};

}  // namespace

Error name_the_row(const plan::TableTask& task, const statements::Extraction& how, const StageLoader& load,
                   postgres::Session& target, const Error& refusal) {
  postgres::Transaction probe(target, {});
  return RowFinder(task, how, probe, refusal).find(load);
}

}  // namespace engine::pipeline
