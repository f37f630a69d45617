// CPU tensors in the arena: from the moment the library is loaded it is torch's allocator for them, unless it keeps nothing (arena.h). A tensor for which there is no memory is a
// c10::OutOfMemoryError, as with torch's own allocator. Of what malloc got from the system, up to 256 MiB stay at the end of a heap when they are free, in blocks of up to 32 MiB: gRPC's messages are there.
#pragma once

namespace crypten {

bool tensors_in_arena();

// For a process that is one party: threads that come to malloc for the first time from now on use the heap that is there, where glibc gives
// each one of its own. What was asked for ahead is received now by the party's thread, now by the one that attends to connections
// meanwhile, so each heap would come to hold all of it. Nothing where the arena keeps nothing. In simulations and dealers, where many
// threads allocate side by side, each keeps its own.
void share_heap();

}  // namespace crypten
