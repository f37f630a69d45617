// What nearly every file of the library needs; parsed once.
#include "crypten_core/aten.h"
#include <absl/types/span.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>
