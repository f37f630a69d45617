#include "crypten_core/error.h"

#include <utility>

namespace crypten {
namespace {

std::string text(int code, const std::string& what, const std::string& where, const std::string& why, const std::string& todo) {
  std::string number = std::to_string(code);
  if (number.size() < 4) number.insert(0, 4 - number.size(), '0');
  return "CRY-" + number + " " + what + "\nwhere: " + where + "\nwhy: " + why + "\ndo: " + todo;
}

}  // namespace

Error::Error(int code, std::string what, std::string where, std::string why, std::string todo)
    : std::runtime_error(text(code, what, where, why, todo)),
      code_(code),
      problem_(std::move(what)),
      where_(std::move(where)),
      why_(std::move(why)),
      todo_(std::move(todo)) {}

}  // namespace crypten
