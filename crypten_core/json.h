// Whole numbers out of JSON. nlohmann's own get() casts: a fraction is cut, and what fits no 64 bits, which it holds as a double, is undefined.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

namespace crypten {

// Throws nlohmann::json::type_error: no whole number of 64 bits.
template <class Integer>
Integer whole(const nlohmann::json& json) {
  if (!json.is_number_integer()) throw nlohmann::json::type_error::create(302, "a whole number is needed, found " + json.dump(), &json);
  return json.get<Integer>();
}

// The same for each element. Throws also: no list.
template <class Integer>
std::vector<Integer> whole_numbers(const nlohmann::json& json) {
  if (!json.is_array()) throw nlohmann::json::type_error::create(302, "a list of whole numbers is needed, found " + json.dump(), &json);
  std::vector<Integer> all;
  all.reserve(json.size());
  for (const auto& element : json) all.push_back(whole<Integer>(element));
  return all;
}

}  // namespace crypten
