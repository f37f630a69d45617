// Memory that is kept when it comes back. A protocol step needs blocks of the sizes that the step before it needed, and asking the system
// again, page by page, takes longer than most steps' arithmetic. Tensors (tensor_memory.h) and messages (byte_vector.h) live here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace crypten {

// Blocks of 4 KiB or more come in sizes 14 to 25 % apart; who asks is given the smallest free block that fits, if it is less than twice as
// large as needed; those that no free block fits are the system's. Smaller ones come in steps of 64 bytes, and each thread keeps up to 64 KiB
// of each size for its next. Threads may use it side by side, give back what another one was given, and a forked process may go on with it.
class Arena {
 public:
  static constexpr size_t kSmallest = 4096, kSpare = size_t{64} << 20;

  struct Use {  // of the blocks of 4 KiB or more
    uint64_t in_use, held, most_in_use;  // bytes of blocks: given out; given out and free; the first's maximum
    uint64_t from_system;                // how many blocks were asked of the system so far
  };

  static Arena& process();  // this process's; lives until it ends
  static bool keeps();      // whether blocks are kept at all

  // 64-byte aligned, not initialised; null: the system has no more, not even after all free blocks were given back. Where more than 2 ·
  // most_in_use + kSpare would be held, free blocks are given back first, beginning with the one that has been free for longest.
  void* allocate(size_t bytes);
  void free(void* memory);  // null: nothing

  Use use() const;
  void release();  // gives all free blocks of 4 KiB or more back to the system

 private:
  struct Header;
  Arena() = default;
  static constexpr size_t kClasses = 4 * 36;  // up to 2^48 bytes
  static size_t capacity(size_t size_class) { return (4 + size_class % 4) << (size_class / 4 + 10); }
  static size_t class_of(size_t bytes);
  void* take(size_t bytes, size_t& size_class);  // null: the system has none
  void make_room(size_t bytes);                  // below the limit, as far as free blocks allow
  void give_all_to_system();

  struct Free {
    void* block;
    uint64_t since;  // number of blocks that had come back before
  };
  mutable std::mutex mutex_;
  std::array<std::deque<Free>, kClasses> free_;
  uint64_t came_back_ = 0;
  Use use_{};
};

}  // namespace crypten
