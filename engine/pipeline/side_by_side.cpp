#include "engine/pipeline/side_by_side.hpp"

#include <exception>
#include <thread>

namespace engine::pipeline {

void side_by_side(const std::function<void()>& one, const std::function<void()>& other) {
  std::exception_ptr of_one, of_other;
  {
    const std::jthread beside([&] {
      try {
        other();
      } catch (...) {
        of_other = std::current_exception();
      }
    });
    try {
      one();
    } catch (...) {
      of_one = std::current_exception();
    }
  }
  if (of_one) std::rethrow_exception(of_one);
  if (of_other) std::rethrow_exception(of_other);
}

}  // namespace engine::pipeline
