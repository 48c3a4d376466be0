#pragma once

#include <string>
#include <vector>

#include "engine/mapping/survey.hpp"

namespace engine::mapping {

// A table of the desktop and the one of the cloud that it is copied into.
struct TablePair {
  QualifiedName desktop;
  QualifiedName cloud;
  std::string why;  // why they are taken for the same; empty where schema and name are equal
};

struct Pairing {
  std::vector<TablePair> pairs;    // in the order of the desktop's names
  std::vector<TablePair> perhaps;  // too uncertain to be copied unasked
  std::vector<QualifiedName> only_desktop;
  std::vector<QualifiedName> only_cloud;
  std::vector<std::string> left_out;  // why something that both sides have is no pair: views
};

// Finds them by name, by names that mean the same, and by names and columns. Pure.
Pairing pair_tables(const Survey& survey);

}  // namespace engine::mapping
