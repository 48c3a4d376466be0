#include <benchmark/benchmark.h>

#include "engine/core/names.hpp"
#include "engine/plan/statements.hpp"
#include "tests/unit/plan/tables.hpp"

namespace engine::plan {
namespace {

void quote_a_name(benchmark::State& state) {
  const std::string name(static_cast<std::size_t>(state.range(0)), 'n');
  for (auto _ : state) benchmark::DoNotOptimize(quoted(name));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(quote_a_name)->Arg(10)->Arg(63);

void quote_a_value(benchmark::State& state) {
  std::string value(static_cast<std::size_t>(state.range(0)), 'v');
  for (std::size_t i = 0; i < value.size(); i += 7) value[i] = '\'';
  for (auto _ : state) benchmark::DoNotOptimize(literal(value));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(quote_a_value)->Arg(10)->Arg(10'000);

struct Wide {
  config::TableMap map = test::map_with_table("key: [c0]\nwatermark: none");
  catalog::Catalog source, target;

  explicit Wide(std::int64_t columns) {
    std::vector<catalog::Column> all;
    for (std::int64_t i = 0; i < columns; ++i)
      all.push_back(test::column("c" + std::to_string(i), i % 2 == 0 ? "integer" : "text"));
    source = test::catalog_of({test::table("t", all)});
    target = test::catalog_of({test::table("t", all, {"c0"})});
  }
  Plan plan() const { return make_plan(map, Request{}, source, target, {}); }
};

void plan_a_table(benchmark::State& state) {
  const Wide wide(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(wide.plan());
}
BENCHMARK(plan_a_table)->Arg(25)->Arg(250)->Arg(1'600);

void render_the_statements_of_a_chunk(benchmark::State& state) {
  const Plan plan = Wide(state.range(0)).plan();
  const TableTask& task = plan.tasks.at(0);
  const auto names = statements::TemporaryNames::random();
  for (auto _ : state) {
    benchmark::DoNotOptimize(statements::extract(task, {}, {}));
    benchmark::DoNotOptimize(statements::create_stage(task, names, {}));
    benchmark::DoNotOptimize(statements::judge(task, names, {}));
    benchmark::DoNotOptimize(statements::insert(task, names, {}));
    benchmark::DoNotOptimize(statements::update(task, names));
  }
}
BENCHMARK(render_the_statements_of_a_chunk)->Arg(25)->Arg(250);

}  // namespace
}  // namespace engine::plan
