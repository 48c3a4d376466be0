#include "engine/mapping/survey.hpp"

#include <algorithm>

namespace engine::mapping {

const Relation* Side::relation(const QualifiedName& name) const {
  const auto found = std::ranges::find(relations, name, &Relation::name);
  return found == relations.end() ? nullptr : &*found;
}

}  // namespace engine::mapping
