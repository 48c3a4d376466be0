#pragma once

#include <string>
#include <vector>

namespace engine::mapping {

// Names of tables and columns, compared as people compare them. Pure.

// The words of a name: `CustomerOrders`, `customer_orders` and `CUSTOMER ORDER` are `customer`, `order`.
std::vector<std::string> words_of(const std::string& name);

// The same in one word, by which names that mean the same are found: `customerorder`.
std::string plain(const std::string& name);

// True if one of two plain names is part of the other, and long enough for that to mean something.
bool one_contains_the_other(const std::string& plain_one, const std::string& plain_other);

}  // namespace engine::mapping
