// ByteVector, WordVector: bytes and words in the arena. Unlike std::vector they do not fill what they are resized to: it is written over
// anyway.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
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

// `bytes` more bytes behind those that `vector` has, for the caller to fill. std::vector's own insert, assign and growth move byte after
// byte where the allocator is not its own; here they are copied as a block.
inline std::span<std::byte> extend(ByteVector& vector, size_t bytes) {
  const size_t before = vector.size();
  if (vector.capacity() - before < bytes) {
    ByteVector longer;
    longer.reserve(before + std::max(before, bytes));
    longer.resize(before);
    if (before > 0) std::memcpy(longer.data(), vector.data(), before);
    vector.swap(longer);
  }
  vector.resize(before + bytes);
  return std::span(vector).last(bytes);
}

// Copies of `bytes` behind those that `vector` has. They must not be the vector's own.
inline void append(ByteVector& vector, std::span<const std::byte> bytes) {
  const std::span<std::byte> room = extend(vector, bytes.size());
  if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
}

}  // namespace crypten
