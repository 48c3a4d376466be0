#pragma once

#include <string>
#include <vector>

namespace engine::report {

// Rows of cells as aligned columns, two blanks between them, numbers to the right. The first row is the heading.
class TableLayout {
 public:
  explicit TableLayout(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Of 60 bytes at most, whole characters. Without a key and `match` a row is named by all it contains.
std::string shortened(const std::string& text);
// 24562 -> 24,562
std::string grouped(long long number);
// 4.1 s, 12 min, 3 h, 2 days
std::string duration(double seconds);
// 17 B, 3.4 kB, 12 MB
std::string size(long long bytes);

}  // namespace engine::report
