// MaskCache: masks in clear that a dealer keeps, because static values (a model's weights) are multiplied again and again under the same
// mask. What it gives is what the streams give: no answer depends on what is kept.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "crypten_core/prg.h"
#include "mpc/provider/requests.h"

namespace crypten {

// Thread-safe. Masks of all sessions together take at most `bytes` (0: none is kept). One is kept from the second time that its session
// asks for it on, if it has kFewestWords or more and lies in the session's own stream (call 0): others are used once. Where there is no
// room, one that was not used since the new one was last asked for gives way, least recently used first; so what is asked for in turns and
// is too much for the room does not drive itself out. Overwritten when no longer kept and used.
class MaskCache {
 public:
  static constexpr int64_t kFewestWords = 4096;
  static constexpr size_t kMostNames = 4096;  // of masks that were asked for, kept or not

  explicit MaskCache(uint64_t bytes) : bytes_(bytes) {}

  // One client's part in a session. The masks of a session are forgotten with its last one.
  class Session {
   public:
    Session(MaskCache& cache, const Digest& session);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    // The mask's words, from `expand` (int64, contiguous) unless they are kept. Not to be written to.
    at::Tensor words(const MaskRef& mask, const std::function<at::Tensor()>& expand) const;

   private:
    MaskCache& cache_;
    const Digest session_;
  };

  uint64_t held() const;  // bytes of masks that are kept

 private:
  struct Entry {
    std::string name;
    at::Tensor words;    // undefined: asked for, not kept
    uint64_t asked = 0;  // when, last
  };
  using Entries = std::list<Entry>;  // least recently asked for first

  // The words, if they are kept; else when they were asked for before, 0: never.
  std::pair<at::Tensor, uint64_t> find(const std::string& name);
  void keep(const std::string& name, const at::Tensor& words, uint64_t asked_before);
  bool make_room(uint64_t bytes, uint64_t asked_before);
  void erase(Entries::iterator entry);

  const uint64_t bytes_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::map<std::string, Entries::iterator> by_name_;
  std::map<Digest, int> clients_;
  uint64_t held_ = 0, now_ = 0;
};

}  // namespace crypten
