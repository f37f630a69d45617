// Codes of the errors of tensors (40x … 43x). Stable: each has a page in docs/errors.md.
#pragma once

namespace crypten::tensor_code {

inline constexpr int other_party = 401;       // InvalidArgument: operands of different parties or sessions
inline constexpr int undefined = 402;         // InvalidArgument: a tensor that holds no value
inline constexpr int other_device = 403;      // InvalidArgument: operands on different devices
inline constexpr int needs_one_party = 404;   // InvalidArgument: debug.check_ranges with several parties
inline constexpr int out_of_range = 405;      // Error: a number leaves the range of the ring (debug.check_ranges)
inline constexpr int no_such_rank = 406;      // InvalidArgument: src or dst
inline constexpr int no_value = 407;          // InvalidArgument: nothing on the source rank
inline constexpr int shape_mismatch = 408;    // InvalidArgument: the value has another shape than declared
inline constexpr int precision = 409;         // InvalidArgument: fractional bits out of range
inline constexpr int no_broadcast = 410;      // InvalidArgument: shapes that do not fit together
inline constexpr int reshape = 411;           // InvalidArgument: a reshape that keeps not all elements, an expansion that cannot be
inline constexpr int dim_out_of_range = 412;  // IndexError
inline constexpr int zero_division = 413;     // InvalidArgument: a public divisor with a zero element
inline constexpr int index_out_of_range = 414;  // IndexError
inline constexpr int pooling = 415;           // InvalidArgument: options of a pooling
inline constexpr int empty = 416;             // InvalidArgument: maximum or mean of no elements
inline constexpr int padding = 417;           // InvalidArgument
inline constexpr int join = 418;              // InvalidArgument: cat or stack of nothing, or of shapes that do not fit
inline constexpr int bounds = 419;            // InvalidArgument: lower bound above the upper one, or one that is not positive
inline constexpr int sizes_missing = 421;     // InvalidArgument: neither value nor sizes
inline constexpr int dim_repeated = 422;      // InvalidArgument
inline constexpr int plain_undefined = 423;   // InvalidArgument
inline constexpr int index_type = 424;        // InvalidArgument: an index that is not a 1-D tensor of integers, a step below 1
inline constexpr int dims = 425;              // InvalidArgument: wrong number of dimensions
inline constexpr int negative_size = 426;     // InvalidArgument
inline constexpr int exponent = 427;          // InvalidArgument: a negative exponent, a polynomial without coefficients
inline constexpr int torch_rule = 435;        // InvalidArgument: arguments that torch refuses for the operation of the same name
inline constexpr int repeated_place = 436;    // InvalidArgument: two values for one element
inline constexpr int convolution = 437;       // InvalidArgument: options of a convolution
inline constexpr int probability = 438;       // InvalidArgument: not a number from 0 to 1
inline constexpr int whole_numbers = 439;     // InvalidArgument: reals where a binary tensor takes whole numbers

}  // namespace crypten::tensor_code
