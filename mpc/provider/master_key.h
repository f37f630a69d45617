// The dealer's master key: 16 bytes in a file that only its owner may read. Replicas of one dealer share a copy.
#pragma once

#include <string>

#include "crypten_core/prg.h"

namespace crypten {

// Throws SessionError: no such file, not a regular file of 16 bytes, owned by another user, or readable by group or others. No byte of the key is in a message.
Key load_master_key(const std::string& path);

// Writes a fresh key to a new file of mode 0600. Throws SessionError if the file exists or cannot be written.
void create_master_key(const std::string& path);

}  // namespace crypten
