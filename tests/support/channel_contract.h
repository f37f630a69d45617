// What every Channel must do, whatever carries it: one check for each promise of comm/channel.h. A check connects two ends, runs them (on
// two threads where both must act) and returns what went wrong, so that the caller asserts on its own thread; empty: all is well.
#pragma once

#include <atomic>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "comm/channel.h"

namespace crypten::test {

using ChannelPair = std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>>;
using ConnectPair = std::function<ChannelPair()>;

struct ChannelCheck {
  const char* name;
  std::function<void(Channel&, Channel&)> run;  // throws what is wrong
};

inline Clock::time_point in_seconds(double seconds) { return Clock::now() + std::chrono::microseconds(static_cast<long>(seconds * 1e6)); }

inline void expect(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

inline ByteVector pattern(size_t size, unsigned seed) {
  ByteVector bytes(size, std::byte{});
  unsigned state = seed * 2654435761u + 1;
  for (auto& byte : bytes) byte = std::byte((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

// Both at once; the first failure is rethrown.
inline void together(const std::function<void()>& left, const std::function<void()>& right) {
  std::exception_ptr failure;
  std::thread other([&] {
    try {
      right();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  try {
    left();
  } catch (...) {
    other.join();
    throw;
  }
  other.join();
  if (failure) std::rethrow_exception(failure);
}

inline void send_all(Channel& channel, Bytes payload) {
  do {
    const Bytes part = payload.first(std::min(payload.size(), channel.max_message()));
    expect(channel.send({&part, 1}) == Wire::ok, "send failed: " + channel.detail());
    payload = payload.subspan(part.size());
  } while (!payload.empty());
}

inline void receive_all(Channel& channel, MutableBytes payload) {
  do {
    const MutableBytes part = payload.first(std::min(payload.size(), channel.max_message()));
    expect(channel.receive_into({&part, 1}, in_seconds(20)) == Wire::ok, "receive_into failed: " + channel.detail());
    payload = payload.subspan(part.size());
  } while (!payload.empty());
}

inline const std::vector<ChannelCheck>& channel_contract() {
  static const std::vector<ChannelCheck> checks = {
      {"messages arrive whole and in order",
       [](Channel& a, Channel& b) {
         const size_t most = a.max_message();
         for (size_t size : {size_t{0}, size_t{1}, size_t{48}, size_t{4096}, size_t{4097}, most - 1, most}) {
           const auto sent = pattern(size, 7);
           const Bytes whole(sent);
           together(
               [&] {
                 for (int i = 0; i < 3; ++i) expect(a.send({&whole, 1}) == Wire::ok, "send failed");
                 expect(a.flush(in_seconds(20)) == Wire::ok, "flush failed");
               },
               [&] {
                 ByteVector got(3, std::byte{});
                 for (int i = 0; i < 3; ++i) {
                   expect(b.receive(got, in_seconds(20)) == Wire::ok, "receive failed: " + b.detail());
                   expect(got == sent, "a message of " + std::to_string(size) + " bytes came out different");
                 }
               });
         }
       }},
      {"pieces are joined and scattered",
       [](Channel& a, Channel& b) {
         const auto data = pattern(300000, 3);
         const Bytes all(data);
         const std::vector<Bytes> pieces = {all.first(48), all.subspan(48, 0), all.subspan(48, 100000), all.subspan(100048, 10),
                                            all.subspan(100058)};
         ByteVector got(data.size(), std::byte{});
         const MutableBytes into(got);
         const std::vector<MutableBytes> scattered = {into.first(1), into.subspan(1, 0), into.subspan(1, 150000), into.subspan(150001)};
         together([&] { expect(a.send(pieces) == Wire::ok && a.flush(in_seconds(20)) == Wire::ok, "send failed"); },
                  [&] { expect(b.receive_into(scattered, in_seconds(20)) == Wire::ok, "receive_into failed: " + b.detail()); });
         expect(got == data, "the pieces came out different");
       }},
      {"8 MiB in both directions at once do not block each other",
       [](Channel& a, Channel& b) {
         const size_t size = size_t{8} << 20;
         const auto left = pattern(size, 1), right = pattern(size, 2);
         ByteVector from_left(size, std::byte{}), from_right(size);
         auto side = [](Channel& channel, const ByteVector& out, ByteVector& in) {
           send_all(channel, out);
           receive_all(channel, in);
           expect(channel.flush(in_seconds(20)) == Wire::ok, "flush failed");
         };
         together([&] { side(a, left, from_right); }, [&] { side(b, right, from_left); });
         expect(from_left == left && from_right == right, "bytes came out different");
       }},
      {"after flush the buffer is the caller's",
       [](Channel& a, Channel& b) {
         auto buffer = pattern(500000, 5);
         const auto original = buffer;
         const Bytes whole(buffer);
         ByteVector got;
         together(
             [&] {
               expect(a.send({&whole, 1}) == Wire::ok && a.flush(in_seconds(20)) == Wire::ok, "send failed");
               std::memset(buffer.data(), 0xEE, buffer.size());
             },
             [&] { expect(b.receive(got, in_seconds(20)) == Wire::ok, "receive failed"); });
         expect(got == original, "the peer saw what was written after flush");
       }},
      {"a deadline in the past polls and loses nothing",
       [](Channel& a, Channel& b) {
         ByteVector got;
         const auto start = Clock::now();
         expect(b.receive(got, start) == Wire::deadline, "expected Wire::deadline");
         expect(Clock::now() - start < std::chrono::milliseconds(200), "a poll took too long");
         const auto sent = pattern(100000, 9);
         const Bytes whole(sent);
         together(
             [&] {
               expect(a.send({&whole, 1}) == Wire::ok && a.flush(in_seconds(20)) == Wire::ok, "send failed");
             },
             [&] {
               Wire wire = Wire::deadline;
               for (const auto end = in_seconds(20); wire == Wire::deadline && Clock::now() < end;) wire = b.receive(got, Clock::now());
               expect(wire == Wire::ok && got == sent, "the message was lost between two polls");
             });
       }},
      {"a message of another length closes with the reason",
       [](Channel& a, Channel& b) {
         const auto sent = pattern(10, 1);
         const Bytes whole(sent);
         expect(a.send({&whole, 1}) == Wire::ok, "send failed");
         ByteVector got(11, std::byte{});
         const MutableBytes into(got);
         expect(b.receive_into({&into, 1}, in_seconds(20)) == Wire::closed, "a message of 10 bytes filled a buffer of 11");
         expect(!b.detail().empty(), "no detail");
       }},
      {"close delivers what was sent, then ends the peer's wait",
       [](Channel& a, Channel& b) {
         const auto sent = pattern(200000, 4);
         const Bytes whole(sent);
         ByteVector got;
         together(
             [&] {
               expect(a.send({&whole, 1}) == Wire::ok && a.flush(in_seconds(20)) == Wire::ok, "send failed");
               a.close();
               expect(a.send({&whole, 1}) == Wire::closed, "send after close");
               expect(a.receive(got, in_seconds(5)) == Wire::closed, "receive after close");
             },
             [&] {
               ByteVector first, second;
               expect(b.receive(first, in_seconds(20)) == Wire::ok && first == sent, "the last message was lost");
               expect(b.receive(second, in_seconds(20)) == Wire::closed, "the wait did not end");
               expect(!b.detail().empty(), "no detail");
             });
       }},
      {"an identity is known",
       [](Channel& a, Channel& b) { expect(!a.peer_identity().empty() && !b.peer_identity().empty(), "no identity"); }},
      {"an interrupt ends a wait",
       [](Channel& a, Channel&) {
         struct Restore {
           ~Restore() { set_interrupt_check({}); }
         } restore;
         set_interrupt_check([] { throw std::domain_error("interrupted"); });
         ByteVector got;
         const auto start = Clock::now();
         bool interrupted = false;
         try {
           a.receive(got, in_seconds(10));
         } catch (const std::domain_error&) {
           interrupted = true;
         }
         expect(interrupted, "the wait went on");
         expect(Clock::now() - start < std::chrono::seconds(1), "the check came too late");
       }},
  };
  return checks;
}

// Runs one check over a fresh pair; empty, or what is wrong.
inline std::string verdict(const ChannelCheck& check, const ConnectPair& connect) {
  try {
    ChannelPair pair = connect();
    check.run(*pair.first, *pair.second);
    return {};
  } catch (const std::exception& error) {
    return std::string(check.name) + ": " + error.what();
  }
}

// The peer's object goes away while this end waits.
inline std::string verdict_on_destruction(const ConnectPair& connect) {
  try {
    ChannelPair pair = connect();
    std::thread leaving([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      pair.second.reset();
    });
    ByteVector got;
    const Wire wire = pair.first->receive(got, in_seconds(10));
    leaving.join();
    return wire == Wire::closed ? "" : "the wait went on after the peer was gone";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace crypten::test
