// CPU tensors in the arena: from the moment the library is loaded it is torch's allocator for them, unless it keeps nothing (arena.h). A tensor for which there is no memory is a
// c10::OutOfMemoryError, as with torch's own allocator. Of what malloc got from the system, up to 256 MiB stay at the end of a heap when they are free, in blocks of up to 32 MiB: gRPC's messages are there.
#pragma once

namespace crypten {

bool tensors_in_arena();

}  // namespace crypten
