// CPU tensors in the arena: from the moment the library is loaded it is torch's allocator for them, unless it keeps nothing (arena.h). A tensor for which there is no memory is a
// c10::OutOfMemoryError, as with torch's own allocator. Of what malloc got from the system, up to 256 MiB stay at the end of a heap when they are free, in blocks of up to 32 MiB: gRPC's messages are there.
#pragma once

namespace crypten {

bool tensors_in_arena();

// For a process that is one party: all threads that come to malloc from now on share two heaps, where glibc gives each a heap of its own. What one of gRPC's threads received another one frees,
// so each heap would come to hold what all of them together need. Nothing where the arena keeps nothing. In simulations and dealers many threads allocate at once: they keep their own.
void share_heaps();

}  // namespace crypten
