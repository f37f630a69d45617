// code_of(verb): the code of the error that verb() throws, 0 if it throws none; codes_of(verbs…): of each in turn, whatever the others throw. Errors of another class than E go on.
// Parties' threads collect codes, the main thread asserts them.
#pragma once

#include <vector>

#include "crypten_core/error.h"

namespace crypten {

template <class E = Error, class Verb>
int code_of(Verb&& verb) {
  try {
    verb();
  } catch (const E& error) {
    return error.code();
  }
  return 0;
}

template <class E = Error, class... Verbs>
std::vector<int> codes_of(Verbs&&... verbs) {
  return {code_of<E>(verbs)...};  // in this order
}

}  // namespace crypten
