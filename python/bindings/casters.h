// How torch tensors and public operands cross between Python and C++. pybind11 and the caster of
// tensors come from torch's wheel, so that both sides agree.
#pragma once

#include <optional>

#include <torch/csrc/autograd/python_variable.h>
#include <torch/csrc/utils/pybind.h>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "mpc/tensor/plain.h"

namespace pybind11::detail {

// A tensor, an integer or a real: exactly what Plain tells apart.
template <>
struct type_caster<crypten::Plain> {
  static constexpr auto name = const_name("torch.Tensor | int | float");
  template <typename>
  using cast_op_type = crypten::Plain&;
  operator crypten::Plain&() { return *value_; }

  bool load(handle source, bool) {
    if (THPVariable_Check(source.ptr())) {
      value_.emplace(THPVariable_Unpack(source.ptr()));
    } else if (PyLong_Check(source.ptr())) {  // bool included
      int overflow = 0;
      const auto integer = PyLong_AsLongLongAndOverflow(source.ptr(), &overflow);
      if (overflow != 0) value_.emplace(PyLong_AsDouble(source.ptr()));
      else value_.emplace(static_cast<int64_t>(integer));
    } else if (PyFloat_Check(source.ptr())) {
      value_.emplace(PyFloat_AS_DOUBLE(source.ptr()));
    } else {
      return false;
    }
    return true;
  }

 private:
  std::optional<crypten::Plain> value_;
};

}  // namespace pybind11::detail
