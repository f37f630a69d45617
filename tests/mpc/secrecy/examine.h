// examine: secrecy by enumeration. A coalition's view is what it holds keys of, the corrections if the last rank is in it, and every
// message of an honest party; its own shares are functions of these. Verdict "safe": for each coalition, each value of its own inputs and
// of what it is meant to learn, the view has exactly the same distribution for all inputs. That is perfect simulation. Words hidden from
// the coalition are enumerated completely. Words it knows are enumerated as far as the budget goes and else fixed at random values: the
// comparison is then conditional on them, and still exact. Secrets that no party owns need only the coalitions of all but one: a smaller
// view is a part of a larger one.
#pragma once

#include "tests/mpc/secrecy/case.h"

namespace crypten::secrecy {

Verdict examine(const Case& examined);  // throws std::logic_error for a case that cannot be enumerated

// For test cases: safe, and not for want of anything to see; or caught, by the views or by a wrong result.
void check_safe(const Case& examined);
void check_leaks(const Case& examined);

}  // namespace crypten::secrecy
