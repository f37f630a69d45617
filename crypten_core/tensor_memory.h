// CPU tensors in the arena: from the moment the library is loaded it is torch's allocator for them, unless it keeps nothing (arena.h). A tensor for which there is no memory is a
// c10::OutOfMemoryError, as with torch's own allocator.
#pragma once

namespace crypten {

bool tensors_in_arena();

}  // namespace crypten
