// Parties whose secrets valgrind's memcheck takes for memory that was never written: the method of ctgrind (A. Langley, 2010). Secret are the
// keys of zero shares, masks and dealt shares, hence all words drawn from them, a party's own random words, and what the dealer sends; and
// tensors that a test marks. What a round opens is public to those who learn it. A branch or an address that depends on a secret is then an
// error of memcheck. Nothing in the library knows of this: outside of valgrind all of it does nothing.
#pragma once

#include <cstdint>
#include <functional>

#include "mpc/party.h"

namespace crypten::memcheck {

bool under_memcheck();
// Errors of memcheck so far, in all threads; those that tools/memcheck.supp names are not among them.
uint64_t findings();

void make_secret(const at::Tensor& tensor);
void make_public(const at::Tensor& tensor);

// What went over the channels of one run.
struct Sent {
  uint64_t payload = 0;         // bytes
  uint64_t secret_payload = 0;  // of these, with at least a bit that follows from secrets
  bool secret_header = false;   // the kind, number or length of a message does
  bool secret_request = false;  // something that the dealer is asked does
};

// body(party) on a thread for each of n ranks, joined in memory; the dealer's own work is not looked at. The first exception is rethrown.
Sent run_poisoned(int n, const std::function<void(Party&)>& body);

}  // namespace crypten::memcheck
