#include "crypten_core/config.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "crypten_core/error.h"

namespace crypten {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

[[noreturn]] void refuse(int code, std::string_view name, std::string_view value, const std::string& expected) {
  throw InvalidArgument(code, "cannot set " + quoted(name) + " to " + quoted(value), "Config::set", "expected " + expected,
                        "correct the value of " + quoted(name));
}

template <typename Number>
Number parse_number(std::string_view name, std::string_view text, Number lowest, Number highest, const std::string& expected) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) refuse(111, name, text, expected);
  if (!(number >= lowest && number <= highest)) refuse(112, name, text, expected);  // also refuses NaN
  return number;
}

bool parse_bool(std::string_view name, std::string_view text) {
  if (text == "true" || text == "True" || text == "1") return true;
  if (text == "false" || text == "False" || text == "0") return false;
  refuse(111, name, text, "true or false");
}

double parse_seconds(std::string_view name, std::string_view text) {
  return parse_number<double>(name, text, 0.001, 1e6, "seconds between 0.001 and 1000000");
}

// Shortest text that reads back as the same number, so that equal values have equal text.
std::string to_text(double number) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}
std::string to_text(bool value) { return value ? "true" : "false"; }

// One line for each field; everything else follows from this table, which is sorted by name.
struct Entry {
  std::string_view name;
  bool compared;
  std::string (*get)(const Config&);
  void (*set)(Config&, std::string_view name, std::string_view value);
};

// clang-format off
constexpr Entry kEntries[] = {
    {"communicator.insecure_plaintext", true, [](const Config& c) { return to_text(c.insecure_plaintext); },
     [](Config& c, std::string_view name, std::string_view value) { c.insecure_plaintext = parse_bool(name, value); }},
    {"communicator.rendezvous_timeout", false, [](const Config& c) { return to_text(c.rendezvous_timeout_s); },
     [](Config& c, std::string_view name, std::string_view value) { c.rendezvous_timeout_s = parse_seconds(name, value); }},
    {"communicator.round_timeout", false, [](const Config& c) { return to_text(c.round_timeout_s); },
     [](Config& c, std::string_view name, std::string_view value) { c.round_timeout_s = parse_seconds(name, value); }},
    {"debug.check_ranges", true, [](const Config& c) { return to_text(c.check_ranges); },
     [](Config& c, std::string_view name, std::string_view value) { c.check_ranges = parse_bool(name, value); }},
    {"encoder.precision_bits", true, [](const Config& c) { return std::to_string(c.precision_bits); },
     [](Config& c, std::string_view name, std::string_view value) { c.precision_bits = parse_number<int>(name, value, 8, 24, "a whole number from 8 to 24"); }},
    {"protocol.truncation", true, [](const Config& c) { return std::string(c.truncation == Truncation::exact ? "exact" : "dithered"); },
     [](Config& c, std::string_view name, std::string_view value) {
       if (value != "dithered" && value != "exact") refuse(111, name, value, "\"dithered\" or \"exact\"");
       c.truncation = value == "exact" ? Truncation::exact : Truncation::dithered;
     }},
};
// clang-format on

// Levenshtein's distance: insertions, deletions and replacements from a to b.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// A name may be misspelt, or be right but for its section: "precision_bits" is near "encoder.precision_bits".
size_t distance_to(std::string_view typed, std::string_view known) {
  return std::min(edit_distance(typed, known), 1 + edit_distance(typed, known.substr(known.find('.') + 1)));
}

const Entry& find(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry;
  }
  const Entry& nearest = *std::ranges::min_element(kEntries, {}, [&](const Entry& entry) { return distance_to(name, entry.name); });
  std::string todo;
  if (distance_to(name, nearest.name) <= std::max<size_t>(2, name.size() / 3)) {
    todo = "did you mean " + quoted(nearest.name) + "?";
  } else {
    todo = "use one of:";
    for (const Entry& entry : kEntries) todo += " " + std::string(entry.name);
  }
  throw InvalidArgument(110, "unknown configuration name " + quoted(name), "Config", "no field has this name", todo);
}

}  // namespace

void Config::set(std::string_view name, std::string_view value) { find(name).set(*this, name, value); }

std::string Config::get(std::string_view name) const { return find(name).get(*this); }

std::vector<Config::Field> Config::fields() const {
  std::vector<Field> fields;
  for (const Entry& entry : kEntries) fields.push_back({std::string(entry.name), entry.get(*this), entry.compared});
  return fields;
}

std::string Config::canonical() const {
  std::string text;
  for (const Field& field : fields()) {
    if (field.compared) text += field.name + "=" + field.value + "\n";
  }
  return text;
}

}  // namespace crypten
