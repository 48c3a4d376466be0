#pragma once

#include <string>

namespace engine::report {

// A string as JSON.
std::string json_text(const std::string& value);

// The members of a JSON object that is printed as part of an array. What comes from the server as jsonb goes out as it
// came: numbers in it may have more digits than a parser here would keep.
class Members {
 public:
  Members& text(const char* name, const std::string& value);
  Members& text_or_null(const char* name, const std::string& value);  // null where it is empty
  Members& raw(const char* name, const std::string& json);            // the same
  std::string object() const { return "  {\n" + members_ + "\n  }"; }

 private:
  std::string members_;
};

}  // namespace engine::report
