// debug.check_ranges: with one party the share is the value, so a product that leaves the range can be found, with the place in the program where it happens.
// Each function does nothing unless it is switched on. Nothing is opened, and no value is ever shown.
#pragma once

#include "mpc/party.h"

namespace crypten {

// Throws InvalidArgument (404) if it is switched on with several parties: there, nobody may look.
void check_range_debugging(const Party& party);
// Throws Error (405) if an element of op(a, b) leaves ±2^62: names the scope and the element's index.
void check_product(Party& party, const Bilinear& op, const RingTensor& a, const RingTensor& b);
void check_product(Party& party, const Bilinear& op, const ArithmeticShared& a,
                   const ArithmeticShared& b);  // asks for their words only if it is switched on
// The same for x · 2^shift.
void check_scaled(Party& party, const ArithmeticShared& x, int shift);

}  // namespace crypten
