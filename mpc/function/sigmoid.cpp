#include "mpc/function/sigmoid.h"

#include "mpc/function/piecewise.h"

namespace crypten {

MPCTensor sigmoid(const MPCTensor& x, double bound) { return piecewise("sigmoid", series_tables::sigmoid, x, false, bound); }
MPCTensor tanh(const MPCTensor& x, double bound) { return piecewise("tanh", series_tables::tanh, x, false, bound); }
MPCTensor erf(const MPCTensor& x, double bound) { return piecewise("erf", series_tables::erf, x, false, bound); }

}  // namespace crypten
