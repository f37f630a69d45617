// CPU tensors in the arena: from the moment the library is loaded it is torch's allocator for them, unless the environment says
// CRYPTEN_ARENA=off, or the build has AddressSanitizer, which must see each block come and go. A tensor for which there is no memory is a
// c10::OutOfMemoryError, as with torch's own allocator.
#pragma once

namespace crypten {

bool tensors_in_arena();

}  // namespace crypten
