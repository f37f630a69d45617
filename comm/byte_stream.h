// ByteStream: ordered messages between a client and a service (the dealer), independent of how they travel.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"

namespace crypten {

// A Channel is exactly that; the dealer's connections are Channels that are not part of a party mesh.
using ByteStream = Channel;

// Two ends joined in memory.
std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> local_stream_pair();

// Called on a thread of its own for each client that connected; returns when the client is done.
using StreamHandler = std::function<void(ByteStream&)>;

}  // namespace crypten
