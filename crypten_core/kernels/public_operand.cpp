#include "crypten_core/kernels/public_operand.h"

namespace crypten {

PublicOperand exchanged(PublicOperand known) {
  if (known.which == PublicOperand::none) return known;
  return {known.which == PublicOperand::left ? PublicOperand::right : PublicOperand::left, known.bits};
}

const RingKernels& for_public(const RingKernels& kernels, PublicOperand known) {
  if (!kernels.digits || known.which == PublicOperand::none) return kernels;  // NOLINT(bugprone-return-const-ref-from-parameter): kernels are never temporaries
  return kernels.for_narrow(known.which == PublicOperand::left, known.bits);
}

}  // namespace crypten
