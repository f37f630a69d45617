// Providers of all ranks of one session, from either kind of dealer, for use on one thread.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "comm/byte_stream.h"
#include "crypten_core/error.h"
#include "mpc/provider/dealer_client.h"
#include "mpc/provider/dealer_server.h"
#include "mpc/provider/in_process.h"
#include "tests/comm/soon.h"

namespace crypten::test {

inline Session session(int rank, int world_size, uint8_t id = 1) {
  Session one;
  one.rank = rank;
  one.world_size = world_size;
  one.id[0] = id;
  one.roster_hash = roster_digest({});
  return one;
}

// A client's end of a stream; the server's end is served on a thread of its own. Destroy the client's end first.
class Served {
 public:
  explicit Served(DealerServer& server) {
    auto [ours, theirs] = local_stream_pair();
    client = std::move(ours);
    done_ = std::async(std::launch::async, [&server, stream = std::shared_ptr<ByteStream>(std::move(theirs))] { server.serve(*stream); });
  }
  // What serve() threw, in words of the error's class; "" if it returned.
  std::string outcome() {
    try {
      done_.get();
      return "";
    } catch (const std::exception& error) {
      return error_class_of(error);
    }
  }
  std::unique_ptr<ByteStream> client;

 private:
  static std::string error_class_of(const std::exception& error) {
    if (dynamic_cast<const PeerIdentityMismatch*>(&error)) return "PeerIdentityMismatch";
    if (dynamic_cast<const ConfigMismatch*>(&error)) return "ConfigMismatch";
    if (dynamic_cast<const VersionMismatch*>(&error)) return "VersionMismatch";
    if (dynamic_cast<const InvalidArgument*>(&error)) return "InvalidArgument";
    if (dynamic_cast<const MalformedFrame*>(&error)) return "MalformedFrame";
    return error.what();
  }
  std::future<void> done_;
};

enum class Kind { in_process, service };

inline void send(ByteStream& stream, const ByteVector& message) {
  const Bytes bytes(message);
  stream.send({&bytes, 1});
  stream.flush(soon());
}

// One dealer that is reached at once, by an open stream.
inline std::vector<DealerReplica> reached(std::unique_ptr<ByteStream> stream) {
  auto only = std::make_shared<std::unique_ptr<ByteStream>>(std::move(stream));
  std::vector<DealerReplica> replicas;
  replicas.push_back({"memory", [only](Clock::time_point) { return std::move(*only); }});
  return replicas;
}

struct Providers {
  std::unique_ptr<DealerServer> server;
  std::vector<Served> served;
  std::vector<std::unique_ptr<Provider>> by_rank;

  Provider& operator[](int rank) { return *by_rank[static_cast<size_t>(rank)]; }
};

inline Providers providers(Kind kind, int world_size, Ring ring = {}) {
  Providers all;
  if (kind == Kind::in_process) {
    auto dealer = std::make_shared<InProcessDealer>(world_size);
    for (int rank = 0; rank < world_size; ++rank) all.by_rank.push_back(in_process_provider(session(rank, world_size), dealer, ring));
    return all;
  }
  all.server = std::make_unique<DealerServer>(random_key(), DealerOptions{});
  for (int rank = 0; rank < world_size; ++rank) {
    all.served.emplace_back(*all.server);
    all.by_rank.push_back(dealer_provider(session(rank, world_size), reached(std::move(all.served.back().client)), soon(), ring));
  }
  return all;
}

}  // namespace crypten::test
