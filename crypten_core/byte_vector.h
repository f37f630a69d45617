// ByteVector, WordVector: bytes and words in the arena. Unlike std::vector they do not fill what they are resized to: it is written over
// anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "crypten_core/arena.h"

namespace crypten {

template <typename T>
struct ArenaAllocator {
  using value_type = T;
  ArenaAllocator() = default;
  template <typename U>
  ArenaAllocator(const ArenaAllocator<U>&) {}

  T* allocate(size_t count) {
    if (void* const memory = Arena::process().allocate(count * sizeof(T))) return static_cast<T*>(memory);
    throw std::bad_alloc();
  }
  void deallocate(T* memory, size_t) { Arena::process().free(memory); }

  template <typename U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* at, Arguments&&... arguments) {
    ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
  }
  friend bool operator==(const ArenaAllocator&, const ArenaAllocator&) { return true; }
};

using ByteVector = std::vector<std::byte, ArenaAllocator<std::byte>>;
using WordVector = std::vector<uint64_t, ArenaAllocator<uint64_t>>;

}  // namespace crypten
